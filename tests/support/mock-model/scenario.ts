/**
 * What a test may ask the mock model to do. The wish stands in the prompt itself, so that it
 * travels through the agent CLI unchanged and needs no second channel: `[[verb:argument]]`.
 *
 * Wishes are done one a model call, in their order; `+` between two puts both into one call. When
 * all are done, the model ends the turn with a text. Text around the wishes is ignored.
 */
export type Step =
  | { readonly verb: "say"; readonly text: string }
  | { readonly verb: "slow"; readonly seconds: number }
  | { readonly verb: "result"; readonly characters: number }
  | { readonly verb: "hang"; readonly seconds: number }
  | { readonly verb: "cut" }
  | { readonly verb: "status"; readonly status: number; readonly times: number }
  | { readonly verb: "limit"; readonly seconds: number; readonly times: number }
  | { readonly verb: "used"; readonly percent: number }
  | { readonly verb: "shell"; readonly command: string; readonly asks: boolean }
  | { readonly verb: "write"; readonly path: string; readonly text: string }
  | { readonly verb: "ask"; readonly question: string; readonly options: readonly string[] }
  | { readonly verb: "plan"; readonly text: string }
  | { readonly verb: "call"; readonly tool: string; readonly input: unknown }
  | { readonly verb: "mcp"; readonly tool: string; readonly input: unknown };

/** Steps of one model call. */
export type Move = readonly Step[];

const WISH = /\[\[([a-z]+)(?::((?:(?!\]\]).)*))?\]\](\s*\+\s*(?=\[\[))?/gs;

/**
 * Reads the wishes of a prompt, in order.
 *
 * | wish | effect |
 * |---|---|
 * | `say:text` | streams the text |
 * | `slow:seconds` | streams a word every quarter second for so long |
 * | `bigresult:characters` | streams a text of that length, last words `end of result` |
 * | `hang:seconds` | sends the head of an answer, then nothing for so long |
 * | `cut` | breaks the connection in the middle of an answer |
 * | `status:code[:times]` | refuses with that HTTP status, every time or so many times |
 * | `limit:seconds[:times]` | refuses as a spent subscription does, lifted in so many seconds |
 * | `used:percent` | answers with quota headers that say so much is spent |
 * | `tool:shell:command` | calls the agent's shell tool so that it asks for approval |
 * | `run:command` | calls it without asking for more rights than the agent gives by itself |
 * | `edit:path:text` | calls the agent's file tool; `\n` in the text is a line end |
 * | `ask:question:a\|b` | calls the agent's question tool |
 * | `plan:text` | proposes a plan the agent's way |
 * | `call:tool:json` | calls a tool by the agent's own name for it |
 * | `mcp:tool:json` | calls a tool of an MCP server, whatever the agent puts before its name |
 *
 * In the JSON of a tool `{{task.id}}` stands for what an earlier result of this turn holds there.
 *
 * @throws Error on a verb or argument it does not know, so that a typing error fails its test.
 */
export function readScenario(text: string): readonly Move[] {
  const moves: Step[][] = [];
  let joins = false;
  for (const [, verb = "", argument = "", plus] of text.matchAll(WISH)) {
    const step = readStep(verb, argument);
    if (joins) moves.at(-1)?.push(step);
    else moves.push([step]);
    joins = plus !== undefined;
  }
  return moves;
}

function readStep(verb: string, argument: string): Step {
  const [first, rest] = split(argument);
  switch (verb) {
    case "say":
      return { verb, text: unescape(argument) };
    case "slow":
    case "hang":
      return { verb, seconds: number(verb, argument) };
    case "bigresult":
      return { verb: "result", characters: number(verb, argument) };
    case "cut":
      return { verb };
    case "status":
      return { verb, status: number(verb, first), times: times(verb, rest) };
    case "limit":
      return { verb, seconds: number(verb, first), times: times(verb, rest) };
    case "used":
      return { verb, percent: number(verb, argument) };
    case "tool":
      if (first !== "shell") throw new Error(`mock model: no tool called ${first}`);
      return { verb: "shell", command: unescape(rest), asks: true };
    case "run":
      return { verb: "shell", command: unescape(argument), asks: false };
    case "edit":
      return { verb: "write", path: first, text: unescape(rest) };
    case "ask": {
      const at = argument.lastIndexOf(":");
      if (at < 0) throw new Error(`mock model: a question needs options, got ${argument}`);
      return { verb, question: argument.slice(0, at), options: argument.slice(at + 1).split("|") };
    }
    case "plan":
      return { verb, text: unescape(argument) };
    case "call":
    case "mcp":
      return { verb, tool: first, input: JSON.parse(rest) };
    default:
      throw new Error(`mock model: no wish called ${verb}`);
  }
}

function split(argument: string): [string, string] {
  const at = argument.indexOf(":");
  return at < 0 ? [argument, ""] : [argument.slice(0, at), argument.slice(at + 1)];
}

function unescape(text: string): string {
  return text.replaceAll("\\n", "\n");
}

function times(verb: string, text: string): number {
  return text === "" ? Infinity : number(verb, text);
}

function number(verb: string, text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) {
    throw new Error(`mock model: ${verb} needs a number, got "${text}"`);
  }
  return value;
}
