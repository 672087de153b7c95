import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import type { Decision } from "../../src/domain/decision.ts";
import { homeFrom, type SessionFolder } from "../../src/platform/home.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import { t0 } from "./session.ts";
import { tempFolder } from "./temp-folder.ts";

/** A home with an empty store of its own. */
export async function openHome(): Promise<{
  readonly store: Store;
  readonly folder: (sessionId: string) => SessionFolder;
  readonly root: string;
}> {
  const root = tempFolder();
  const home = homeFrom({ AGENTPOOL_HOME: join(root, "home"), HOME: root });
  const store = await openStore({ file: home.database, mode: "write", now: t0 });
  onTestFinished(() => store.close());
  return { store, folder: home.session, root };
}

export async function commit(store: Store, decision: Partial<Decision>): Promise<void> {
  const done = await store.commit({ guards: [], writes: [], events: [], ...decision });
  expect(done.ok).toBe(true);
}
