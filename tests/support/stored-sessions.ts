import type { Session } from "../../src/domain/session.ts";
import { homeFrom } from "../../src/platform/home.ts";
import { openStore } from "../../src/store/open.ts";
import { decide } from "./records.ts";
import { makeSession, t0 } from "./session.ts";

/** Puts sessions into the store of a home that nobody supervises. */
export async function storeSessions(
  root: string,
  ...sessions: readonly Partial<Session>[]
): Promise<void> {
  const file = homeFrom({ AGENTPOOL_HOME: root }).database;
  const store = await openStore({ file, mode: "write", now: t0 });
  await store.commit(
    decide({
      writes: sessions.map((fields) => ({ noun: "session", insert: makeSession(fields) })),
    }),
  );
  await store.close();
}
