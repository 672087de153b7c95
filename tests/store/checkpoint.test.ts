import { statSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openStore } from "../../src/store/open.ts";
import { connect } from "../../src/store/sqlite/connection.ts";
import type { Store } from "../../src/store/store.ts";
import { startProgram } from "../support/start-program.ts";
import { decide, makeEvent } from "../support/records.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitFor } from "../support/wait.ts";

const event = decide({
  events: [makeEvent({ body: { type: "output_gap", because: "x".repeat(2_000) } })],
});

async function commitMany(store: Store, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await store.commit(event);
}

test("the log is folded into the database while the store is open, and starts anew", async () => {
  const file = join(tempFolder(), "agentpool.db");
  const store = await openStore({ file, mode: "write", now: 0 });
  onTestFinished(() => store.close());
  const logSize = (): number => statSync(`${file}-wal`).size;

  // each burst has the log folded in, and unless the next write comes too early, all of it
  await waitFor(
    async () => {
      await commitMany(store, 1_000);
      // on a busy machine the end of a burst may be left for the next one
      const isFolded = await waitFor(() => statSync(file).size === allPages(file), {
        timeoutMs: 5_000,
      }).then(
        () => true,
        () => false,
      );
      if (!isFolded) return false;
      const before = logSize();
      await store.commit(event);
      return logSize() === before;
    },
    { what: "a commit that does not make the log longer", timeoutMs: 60_000 },
  );

  expect(statSync(file).size).toBeGreaterThan(1_000 * 2_000);
}, 90_000);

/** Bytes of the database when everything in the log is folded in. */
function allPages(file: string): number {
  const connection = connect(file, true);
  const pages = connection.prepare("PRAGMA page_count").get()?.["page_count"];
  connection.close();
  return Number(pages) * 4_096;
}

test("a stream of writes without a pause cannot make the log grow on and on", async () => {
  const file = join(tempFolder(), "agentpool.db");
  const store = await openStore({ file, mode: "write", now: 0 });
  onTestFinished(() => store.close());

  await commitMany(store, 8_000);

  expect(statSync(`${file}-wal`).size).toBeLessThan(55_000_000);
  expect(await store.events.last()).toBe(8_000);
});

test("closing folds everything in and leaves an empty log", async () => {
  const file = join(tempFolder(), "agentpool.db");
  const store = await openStore({ file, mode: "write", now: 0 });
  await commitMany(store, 600);

  await Promise.all([store.close(), store.close()]);

  expect(statSync(`${file}-wal`).size).toBe(0);
  expect(statSync(file).size).toBeGreaterThan(600 * 2_000);
  const again = await openStore({ file, mode: "read", now: 0 });
  onTestFinished(() => again.close());
  expect(await again.events.last()).toBe(600);
});

test("a store that is open and wrote much does not keep its process alive", async () => {
  const file = join(tempFolder(), "agentpool.db");

  const program = await startProgram("store-burst", [file, "700"]);

  expect(await program.exited).toBe(0);
  expect(program.lines).toEqual(["700"]);
});
