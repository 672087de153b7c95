import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { chainLine, ChainReader, chainStart } from "../../src/domain/export-chain.ts";
import { openHome } from "../support/home.ts";
import { decide, makeEvent } from "../support/records.ts";

const events = 100_000;
const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

test("100,000 events are paged through without gaps, searched and exported in seconds", async () => {
  const home = await openHome();
  for (let from = 0; from < events; from += 1_000) {
    await home.app.store.commit(
      decide({
        events: Array.from({ length: 1_000 }, (_, i) =>
          makeEvent({ sessionId: null, body: { type: "output_gap", because: `n ${from + i}` } }),
        ),
      }),
    );
  }
  const took = async (what: string, work: () => Promise<void>, atMostMs: number): Promise<void> => {
    const startedAt = performance.now();
    await work();
    const ms = Math.round(performance.now() - startedAt);
    process.stdout.write(`${what}: ${ms} ms\n`);
    expect(ms).toBeLessThan(atMostMs);
  };
  const page = (input: object) =>
    home.ask<{ events: { seq: number }[]; cursor: number; has_more: boolean }>("event.query", {
      ...input,
    });

  await took(
    "a page of 200 in the middle",
    () => page({ after: 50_000 }).then(() => undefined),
    500,
  );
  await took(
    "one event found by its text",
    async () => expect((await page({ grep: "n 99999" })).events).toHaveLength(1),
    10_000,
  );
  await took(
    "everything, read, chained and verified",
    async () => {
      const reader = new ChainReader(hash);
      let previous = chainStart;
      const add = (record: Record<string, unknown>): void => {
        const { line, sha256 } = chainLine(record, previous, hash);
        previous = sha256;
        expect(reader.read(line)).toBeNull();
      };
      add({ line: "begin" });
      for (let after = 0, more = true; more;) {
        const found = await page({ after, limit: 5_000 });
        for (const event of found.events) add({ line: "event", ...event });
        ({ cursor: after, has_more: more } = found);
      }
      add({ line: "end", events: reader.events });
      expect(reader.end()).toBeNull();
      expect(reader.events).toBeGreaterThanOrEqual(events);
    },
    30_000,
  );
});
