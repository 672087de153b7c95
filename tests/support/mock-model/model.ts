/** The mind of the mock: which reply a request gets. Its only memory is how often it refused. */
import type { Act } from "./agent-tools.ts";
import { act } from "./agent-tools.ts";
import type { Answer, Exchange, Reply } from "./exchange.ts";
import { quotaHeaders, refusal, usageLimit } from "./refusals.ts";
import type { Move, Step } from "./scenario.ts";
import { readScenario } from "./scenario.ts";

export interface Decision {
  readonly reply: Reply;
  /** In words, for the journal. */
  readonly did: string;
}

const TITLE = "Mock conversation";
/** The answer to a prompt without wishes. */
const HEARD = "Mock: heard you.";

export class Model {
  readonly #refused = new Map<string, number>();
  readonly #now: () => number;
  readonly #wishes: (prompt: string) => string;

  /** @param options `wishes` finds them in prompts that hold none, being ordinary instructions */
  constructor(
    options: { readonly now?: () => number; readonly wishes?: (prompt: string) => string } = {},
  ) {
    this.#now = options.now ?? Date.now;
    this.#wishes = options.wishes ?? ((prompt) => prompt);
  }

  decide(exchange: Exchange): Decision {
    if (exchange.purpose === "title") {
      const text = exchange.protocol === "chat" ? TITLE : JSON.stringify({ title: TITLE });
      return { reply: answer({ text }), did: "title" };
    }
    if (exchange.purpose === "helper") return { reply: answer({ text: "ok" }), did: "helper" };
    try {
      return this.#play(withRemarks(readScenario(this.#wishes(exchange.userText))), exchange);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { reply: refusal(exchange.protocol, 400, message), did: `wrong scenario: ${message}` };
    }
  }

  /** The first move whose tool calls are not all answered yet, and whose refusals are not spent. */
  #play(moves: readonly Move[], exchange: Exchange): Decision {
    let results = exchange.toolResults.length;
    for (const [index, move] of moves.entries()) {
      const calls = move.filter((step) => isCall(step, exchange)).length;
      if (calls > 0 && results >= calls) {
        results -= calls;
        continue;
      }
      const refused = this.#refuse(move, exchange, index);
      if (refused === "spent") continue;
      return refused ?? this.#answer(move, exchange);
    }
    const said = exchange.toolResults.length > 0 ? "Mock: the tool is done." : HEARD;
    return { reply: answer({ text: said }), did: "text" };
  }

  #refuse(move: Move, exchange: Exchange, index: number): Decision | "spent" | undefined {
    const step = move[0];
    if (step?.verb !== "status" && step?.verb !== "limit") return undefined;
    const key = JSON.stringify([exchange.userTexts.length, exchange.userText, index]);
    const before = this.#refused.get(key) ?? 0;
    if (before >= step.times) return "spent";
    this.#refused.set(key, before + 1);
    const nowS = Math.floor(this.#now() / 1000);
    return step.verb === "status"
      ? {
          reply: refusal(exchange.protocol, step.status, `Mock refusal ${step.status}`),
          did: `refused ${step.status}`,
        }
      : {
          reply: usageLimit(exchange.protocol, nowS + step.seconds, nowS),
          did: `limit ${step.seconds}`,
        };
  }

  #answer(move: Move, exchange: Exchange): Decision {
    const nowS = Math.floor(this.#now() / 1000);
    const acts = move.flatMap((step) => perform(step, exchange));
    const calls = acts.filter((one) => "tool" in one);
    const said = acts.flatMap((one) => ("said" in one ? [one.said] : []));
    const used = move.find((step) => step.verb === "used");
    return {
      reply: answer({
        text: acts.length === 0 ? HEARD : said.join("\n"),
        calls,
        overMs: secondsOf(move, "slow") * 1000,
        silenceMs: secondsOf(move, "hang") * 1000,
        cut: move.some((step) => step.verb === "cut"),
        headers: used ? quotaHeaders(exchange.protocol, used.percent, nowS + 3600, nowS) : {},
      }),
      did: move.map((step) => step.verb).join(" "),
    };
  }
}

/** What a step adds to an answer; nothing for those that only change how it is sent. */
function perform(step: Step, exchange: Exchange): Act[] {
  switch (step.verb) {
    case "say":
      return [{ said: step.text }];
    case "slow":
      return [{ said: slowText(step.seconds) }];
    case "result":
      return [{ said: longText(step.characters) }];
    case "hang":
    case "cut":
    case "used":
      return [];
    case "status":
    case "limit":
      throw new Error("mock model: a refusal cannot be joined with +");
    default:
      return [act(step, exchange)];
  }
}

function secondsOf(move: Move, verb: "slow" | "hang"): number {
  const step = move.find((one) => one.verb === verb);
  return step !== undefined && "seconds" in step ? step.seconds : 0;
}

function answer(part: Partial<Answer>): Answer {
  return {
    kind: "answer",
    text: "",
    overMs: 0,
    silenceMs: 0,
    cut: false,
    calls: [],
    headers: {},
    ...part,
  };
}

function isCall(step: Step, exchange: Exchange): boolean {
  switch (step.verb) {
    case "shell":
    case "write":
    case "ask":
    case "call":
    case "mcp":
      return true;
    case "plan":
      return exchange.protocol !== "responses";
    default:
      return false;
  }
}

/** `used` is a remark on the answer that follows, not an answer of its own. */
function withRemarks(moves: readonly Move[]): readonly Move[] {
  const joined: Step[][] = [];
  let pending = false;
  for (const move of moves) {
    if (pending) joined.at(-1)?.push(...move);
    else joined.push([...move]);
    pending = move.every((step) => step.verb === "used");
  }
  return joined;
}

function slowText(seconds: number): string {
  const words = Math.max(1, Math.round(seconds * 4));
  return Array.from({ length: words }, (_, index) => `word${index + 1}`).join(" ");
}

const END = " end of result";

function longText(characters: number): string {
  const room = Math.max(0, characters - END.length);
  let text = "";
  for (let line = 1; text.length < room; line += 1) {
    text += `Line ${line} of a long result with nothing in it.\n`;
  }
  return text.slice(0, room) + END.slice(Math.max(0, END.length - characters));
}
