import type { Asker } from "../../session/asker.ts";

/** A run asks, with a key of the step: made twice, it is one request. */
export function runAsker(runId: string, key: string): Asker {
  return {
    principal: { kind: "run", runId },
    idempotencyKey: key,
    signal: new AbortController().signal,
  };
}
