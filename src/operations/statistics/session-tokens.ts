import { AgentpoolError } from "../../domain/errors.ts";
import type { App } from "../app.ts";
import { addTokens } from "./cost.ts";
import type { TokensJson } from "./shape.ts";
import { billingOf } from "./tokens.ts";

/**
 * What a session's turns told of tokens, with an estimate of their cost. A list of prices of the
 * person's own that cannot be read is a warning: the session is shown all the same.
 */
export async function sessionTokens(
  { store, home, now }: Pick<App, "store" | "home" | "now">,
  sessionId: string,
): Promise<{ readonly tokens: TokensJson | null; readonly warnings: readonly string[] }> {
  const filter = { from: 0, to: now(), sessionId };
  const sums = (await store.statistics.tokens(filter, ["provider", "account", "model"])) ?? [];
  if (sums.length === 0) return { tokens: null, warnings: [] };
  try {
    const { billing } = await billingOf(store, home.prices);
    return { tokens: addTokens(sums, billing), warnings: [] };
  } catch (thrown) {
    const { message } = AgentpoolError.from(thrown);
    const billing = { prices: [], subscriptions: new Set<string>() };
    return { tokens: addTokens(sums, billing), warnings: [`costs: ${message}`] };
  }
}
