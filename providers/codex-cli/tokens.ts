import type { Claim, TokenCount } from "../../src/provider/definition.ts";
import { fieldsOf, textOf, type Fields } from "./fields.ts";

/** For logs that tell what the thread has spent in all, and not what the turn has. */
export interface Spent {
  /** The log tells it by turn. */
  readonly byTurn: boolean;
  /** Of the thread, as it was told last. */
  readonly total: TokenCount;
  /** Of the thread, when the turn began. */
  readonly before: TokenCount;
  readonly turn: string | null;
}

/** What the reader remembers that is needed here. */
interface Counting {
  readonly spent: Spent;
  readonly model: string | null;
}

interface Counted {
  readonly claims: readonly Claim[];
  readonly memory?: { readonly spent: Spent };
}

/** What the turn has spent so far. */
export function readSpent(payload: Fields, { spent, model }: Counting): Counted {
  const tokens = countOf(fieldsOf(payload["turn_token_usage"]));
  return {
    claims: [spentClaim(tokens, { agentTurn: textOf(payload, "turn_id"), model })],
    memory: { spent: { ...spent, byTurn: true } },
  };
}

/** The thread's total, which each of these lines repeats: the turn spent what came on top of it. */
export function readThreadTotal(payload: Fields, { spent, model }: Counting): Counted {
  const told = fieldsOf(fieldsOf(payload["info"])["total_token_usage"]);
  if (Object.keys(told).length === 0) return { claims: [] };
  const total = countOf(told);
  const memory = { spent: { ...spent, total } };
  const { before, turn, byTurn } = spent;
  if (byTurn || total.input < before.input) return { claims: [], memory };
  const tokens = {
    input: total.input - before.input,
    output: Math.max(0, total.output - before.output),
    cached: Math.max(0, total.cached - before.cached),
    cacheWritten: Math.max(0, (total.cacheWritten ?? 0) - (before.cacheWritten ?? 0)),
  };
  return { claims: [spentClaim(tokens, { agentTurn: turn, model })], memory };
}

export function spentOf(memory: Fields): Spent {
  return {
    byTurn: false,
    total: noTokens,
    before: noTokens,
    turn: null,
    ...(fieldsOf(memory["spent"]) as Partial<Spent>),
  };
}

const noTokens: TokenCount = { input: 0, output: 0, cached: 0, cacheWritten: 0 };

function spentClaim(
  tokens: TokenCount,
  { agentTurn, model }: { readonly agentTurn: string | null; readonly model: string | null },
): Claim {
  const models = model === null ? {} : { models: { [model]: tokens } };
  return { kind: "usage", tokens: { ...tokens, ...models }, agentTurn };
}

/** Cached tokens are a part of the input here, and reasoning a part of the output. */
function countOf(fields: Fields): TokenCount {
  const count = (name: string): number => {
    const value = fields[name];
    return typeof value === "number" && Number.isFinite(value) ? value : 0;
  };
  return {
    input: count("input_tokens"),
    output: count("output_tokens"),
    cached: count("cached_input_tokens"),
    cacheWritten: count("cache_write_input_tokens"),
  };
}
