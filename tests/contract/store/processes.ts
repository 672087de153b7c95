import { describe, expect, test } from "vitest";
import { startProgram } from "../../support/start-program.ts";
import { decide, makeEvent } from "../../support/records.ts";
import { step, twins } from "../../support/store-steps.ts";
import { waitFor } from "../../support/wait.ts";
import type { StoreBackend } from "../store.ts";

const kills = 50;

export function processContract({ place }: StoreBackend): void {
  describe("several processes", () => {
    test("a reader sees whole commits only while another process writes", async () => {
      const { address, open } = place();
      await (await open()).commit(step(0));

      await startProgram("store-writer", [address]);
      const reader = await startProgram("store-reader", [address, "60"]);

      expect({ code: await reader.exited, stderr: reader.stderr() }).toEqual({
        code: 0,
        stderr: "",
      });
      const report = JSON.parse(reader.lines[0] ?? "") as { versions: number; faults: string[] };
      expect(report).toMatchObject({ versions: 60, faults: [] });
    });

    test("two writers take turns, and lose nothing", async () => {
      const { address, open } = place();
      const store = await open();
      const writer = await startProgram("store-writer", [address]);
      await waitFor(() => writer.lines.length > 0, { what: "the first commit of the program" });

      const mine: number[] = [];
      for (let n = 0; n < 200; n += 1) {
        const result = await store.commit(decide({ events: [makeEvent({ sessionId: null })] }));
        if (result.ok) mine.push(...result.events.map(({ seq }) => seq));
        await new Promise((resolve) => setImmediate(resolve));
      }
      writer.child.kill("SIGKILL");
      await writer.exited;

      const all = await store.events.since(0, { limit: 1_000_000 });
      expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1));
      expect(all.filter((event) => event.sessionId === null).map(({ seq }) => seq)).toEqual(mine);
      expect(all.length - mine.length).toBeGreaterThanOrEqual(writer.lines.length * 2);
    });

    test(`a writer killed ${kills} times loses no commit that resolved and halves none`, async () => {
      const { address, open } = place();
      const [first, second] = twins;
      let acknowledged = 0;

      for (let round = 0; round < kills; round += 1) {
        const writer = await startProgram("store-writer", [address]);
        await waitFor(() => writer.lines.length > 0, { what: "a commit" });
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 12));
        writer.child.kill("SIGKILL");
        await writer.exited;
        acknowledged = Number(writer.lines.at(-1));

        const store = await open(round % 2 === 0 ? "read" : "write");
        const n = (await store.sessions.get(first))?.version ?? 0;
        expect(n).toBeGreaterThanOrEqual(acknowledged);
        expect(n).toBeLessThanOrEqual(acknowledged + 1);
        expect((await store.sessions.get(second))?.version).toBe(n);
        expect(await store.turns.ofSession(first, 1)).toMatchObject([{ n }]);
        expect(await store.events.last()).toBe(2 * n);
        expect(await store.observations.ofSession(first, { limit: 1 })).toMatchObject([
          { n, seq: 2 * n, ref: `o${n}` },
        ]);
        expect(await store.transcripts.ofSession(first, n - 1, 9)).toMatchObject([
          { n, ref: `r${n}` },
        ]);
        expect(await store.cursors.get(first, "log:/a")).toMatchObject({ offset: n });
        await store.close();
      }

      const store = await open("read");
      const events = await store.events.since(0, { limit: 1_000_000 });
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
      const turns = await store.turns.ofSession(first);
      expect(turns.map((turn) => turn.n)).toEqual(turns.map((_, index) => index + 1));
      expect(turns.length).toBeGreaterThanOrEqual(acknowledged);
    });
  });
}
