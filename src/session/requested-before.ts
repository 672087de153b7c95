import type { EventBody } from "../domain/event.ts";
import type { Store } from "../store/store.ts";

type Requested = Extract<EventBody, { readonly request_key: string | null }>["type"];

/** A request is made again within seconds; so many events back it is looked for. */
export const repeatedWithin = 1_000;

/** What was written down for the same request, made before its supervisor was killed or its answer lost. */
export async function requestedBefore<T extends Requested>(
  { events }: Pick<Store, "events">,
  {
    sessionId,
    type,
    requestKey,
  }: { readonly sessionId: string; readonly type: T; readonly requestKey: string | null },
): Promise<Extract<EventBody, { readonly type: T }> | undefined> {
  if (requestKey === null) return undefined;
  const found = await events.since(Math.max(0, (await events.last()) - repeatedWithin), {
    sessionIds: [sessionId],
    types: [type],
    limit: repeatedWithin,
  });
  return found
    .map(({ body }) => body as Extract<EventBody, { readonly type: T }>)
    .find((body) => "request_key" in body && body.request_key === requestKey);
}
