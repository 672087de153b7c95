import type { CallOptions, CallRequest, Caller } from "../../../../src/rpc/wire.ts";

export interface Asked {
  readonly name: string;
  readonly request: CallRequest;
  readonly options: CallOptions;
}

export type Answer = (asked: Asked) => unknown;

/** Stands for the supervisor: answers by operation name and remembers what it was asked. */
export function callerDouble(answers: Readonly<Record<string, Answer>>): Pick<Caller, "call"> & {
  readonly asked: readonly Asked[];
} {
  const asked: Asked[] = [];
  return {
    asked,
    async call(name, request, options = {}) {
      const one = { name, request, options };
      asked.push(one);
      const answer = answers[name];
      if (!answer) throw new Error(`the double cannot answer ${name}`);
      return answer(one);
    },
  };
}

/** Resolves never, and rejects when the call is given up. */
export function untilAborted({ options }: Asked): Promise<never> {
  return new Promise((_, reject) => {
    options.signal?.addEventListener("abort", () => reject(new Error("given up")));
  });
}
