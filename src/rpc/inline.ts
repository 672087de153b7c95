import { asCoordinator, type Principal } from "../domain/principal.ts";
import type { App } from "../operations/app.ts";
import type { Operation } from "../operations/define.ts";
import type { EventJson } from "../operations/projection.ts";
import { followEvents } from "./follow-events.ts";
import { createPerform } from "./perform.ts";
import type { Caller, CallOptions, CallRequest, EventsRequest } from "./wire.ts";

/**
 * A caller in the same process as the app: same checks, same errors and, by a round trip through
 * JSON, the same values as over the socket.
 */
export function createInlineCaller(options: {
  readonly operations: readonly Operation[];
  readonly app: App;
  readonly principal: Principal;
}): Caller {
  const { app, principal } = options;
  const perform = createPerform(options.operations, app);
  return {
    async call(
      name: string,
      request: CallRequest,
      { signal, onProgress, timeoutMs }: CallOptions = {},
    ) {
      const signals = [
        ...(signal ? [signal] : []),
        ...(timeoutMs === undefined ? [] : [AbortSignal.timeout(timeoutMs)]),
      ];
      const output = await perform({
        name,
        input: roundTrip(request.input),
        principal: asCoordinator(principal, request.coordinator),
        idempotencyKey: request.idempotencyKey ?? crypto.randomUUID(),
        env: request.env ?? {},
        cwd: request.cwd ?? process.cwd(),
        signal: AbortSignal.any(signals),
        progress: (message, done, total) =>
          onProgress?.({ message, done: done ?? null, total: total ?? null }),
      });
      return roundTrip(output);
    },

    async *events(request: EventsRequest, signal: AbortSignal) {
      const steps = followEvents(app.store, request, signal);
      let ready = request.onReady;
      for await (const step of steps) {
        ready?.();
        ready = undefined;
        for (const event of step.events) yield roundTrip(event) as EventJson;
      }
    },
  };
}

function roundTrip(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}
