// needs: tmux
import { beforeAll, expect, it } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { faults } from "../support/delivery/faults.ts";
import { runDeliveries } from "../support/delivery/run.ts";
import { nothingWrong } from "../support/delivery/tally.ts";

beforeAll(ensureBuilt, 120_000);

// the first of many: npm run test:long
it("sends through every persona and fault, over a kill of the supervisor: nothing lost, doubled, damaged or falsely reported", async () => {
  const { tally, kills } = await runDeliveries({
    sends: 80,
    lanes: 10,
    seed: "short",
    batch: 3,
    maxBytes: 64 * 1024,
    killEachSends: 30,
    stallEachSends: 25,
  });
  expect(tally).toMatchObject({ sends: 80, ...nothingWrong });
  expect(kills).toBeGreaterThan(0);
  expect(Object.keys(tally.byFault).length).toBe(Object.keys(faults).length);
}, 120_000);
