/** The mind of the mock: which reply a request gets. Its only memory is how often it refused. */
import { act } from "./agent-tools.ts";
import type { Answer, Exchange, Reply, ToolCall } from "./exchange.ts";
import { quotaHeaders, refusal, usageLimit } from "./refusals.ts";
import type { Move, Step } from "./scenario.ts";
import { readScenario } from "./scenario.ts";

export interface Decision {
  readonly reply: Reply;
  /** In words, for the journal. */
  readonly did: string;
}

/** Longest answer a side request gets; a title has to be short. */
const TITLE = "Mock conversation";

export class Model {
  readonly #refused = new Map<string, number>();
  readonly #now: () => number;

  constructor(options: { readonly now?: () => number } = {}) {
    this.#now = options.now ?? Date.now;
  }

  decide(exchange: Exchange): Decision {
    if (exchange.purpose === "title") {
      const text = exchange.protocol === "chat" ? TITLE : JSON.stringify({ title: TITLE });
      return { reply: answer({ text }), did: "title" };
    }
    if (exchange.purpose === "helper") return { reply: answer({ text: "ok" }), did: "helper" };
    try {
      return this.#play(readScenario(exchange.userText), exchange);
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
      return refused ?? this.#answer(withQuota(move, moves[index + 1]), exchange);
    }
    const said = exchange.toolResults.length > 0 ? "Mock: the tool is done." : "Mock: heard you.";
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
    const calls: ToolCall[] = [];
    const texts: string[] = [];
    let made = answer({});
    for (const step of move) {
      switch (step.verb) {
        case "say":
          texts.push(step.text);
          break;
        case "slow":
          texts.push(slowText(step.seconds));
          made = { ...made, overMs: step.seconds * 1000 };
          break;
        case "result":
          texts.push(longText(step.characters));
          break;
        case "hang":
          made = { ...made, silenceMs: step.seconds * 1000 };
          break;
        case "cut":
          made = { ...made, cut: true };
          break;
        case "used":
          made = {
            ...made,
            headers: quotaHeaders(exchange.protocol, step.percent, nowS + 3600, nowS),
          };
          break;
        case "status":
        case "limit":
          throw new Error("mock model: a refusal cannot be joined with +");
        default: {
          const acted = act(step, exchange);
          if ("said" in acted) texts.push(acted.said);
          else calls.push(acted);
        }
      }
    }
    const silent = texts.length === 0 && calls.length === 0;
    const text = silent ? "Mock: heard you." : texts.join("\n");
    return {
      reply: { ...made, text, calls },
      did: move.map((step) => step.verb).join(" "),
    };
  }
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
      return true;
    case "plan":
      return exchange.protocol !== "responses";
    default:
      return false;
  }
}

/** `used` is a remark on the answer that follows, not an answer of its own. */
function withQuota(move: Move, next: Move | undefined): Move {
  return move.length === 1 && move[0]?.verb === "used" && next !== undefined
    ? [...move, ...next]
    : move;
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
