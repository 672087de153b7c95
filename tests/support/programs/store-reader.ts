import { openStore } from "../../../src/store/open.ts";
import type { Event } from "../../../src/domain/event.ts";
import { twins } from "../store-steps.ts";

/**
 * Reads the store at this address again and again while somebody writes it, and looks for traces
 * of half a commit. Ends after so many different versions; prints what it found as JSON.
 */
const [address = "", wanted = "50"] = process.argv.slice(2);
const store = await openStore({ file: address, mode: "read", now: 0 });

const versions = new Set<number>();
const faults: string[] = [];
let cursor = 0;
while (versions.size < Number(wanted) && faults.length === 0) {
  const { sessions } = await store.sessions.list({ limit: 10, offset: 0 });
  const [one, other] = twins.map((id) => sessions.find((session) => session.id === id));
  if (one?.version !== other?.version) faults.push(`versions ${one?.version}, ${other?.version}`);
  versions.add(one?.version ?? -1);

  const events: readonly Event[] = await store.events.since(cursor, { limit: 1_000 });
  for (const event of events) {
    if (event.seq !== cursor + 1) faults.push(`event ${event.seq} after ${cursor}`);
    cursor = event.seq;
  }
  if (cursor % 2 !== 0) faults.push(`half the events of a commit: ${cursor}`);
  await new Promise((resolve) => setImmediate(resolve));
}
process.stdout.write(`${JSON.stringify({ versions: versions.size, events: cursor, faults })}\n`);
await store.close();
