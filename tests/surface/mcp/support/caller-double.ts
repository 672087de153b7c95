import type { CallOptions, CallRequest, Caller } from "../../../../src/rpc/wire.ts";

export interface Asked {
  readonly name: string;
  readonly request: CallRequest;
  readonly options: CallOptions;
}

export type Answer = (asked: Asked) => unknown;

/** Stands for the supervisor: answers by operation name and remembers what it was asked. */
export function callerDouble(
  answers: Readonly<Record<string, Answer>>,
  events: Caller["events"] = noEvents,
): Pick<Caller, "call" | "events"> & { readonly asked: readonly Asked[] } {
  const asked: Asked[] = [];
  return {
    asked,
    events,
    async call(name, request, options = {}) {
      const one = { name, request, options };
      asked.push(one);
      const answer = answers[name];
      if (!answer) throw new Error(`the double cannot answer ${name}`);
      return answer(one);
    },
  };
}

/** Nothing happens until the follower leaves. */
async function* noEvents(_: unknown, signal: AbortSignal): AsyncGenerator<never> {
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  yield* [];
}

/** Resolves never, and rejects when the call is given up. */
export function untilAborted({ options }: Asked): Promise<never> {
  return new Promise((_, reject) => {
    options.signal?.addEventListener("abort", () => reject(new Error("given up")));
  });
}
