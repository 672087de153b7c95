// needs: tmux
import { expect, it } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { runDeliveries } from "../support/delivery/run.ts";
import { nothingWrong } from "../support/delivery/tally.ts";

const sends = Number(process.env["AGENTPOOL_LONG_SENDS"] ?? 10_000);
const fault = process.env["AGENTPOOL_LONG_FAULT"];
const lanes = Number(process.env["AGENTPOOL_LONG_LANES"] ?? 16);

it(`${sends} sends through every persona and fault: 0 lost, 0 doubled, 0 damaged, 0 false successes`, async () => {
  ensureBuilt();
  const result = await runDeliveries({
    sends,
    lanes,
    ...(fault === undefined ? {} : { fault }),
    seed: process.env["AGENTPOOL_LONG_SEED"] ?? "long",
    batch: 24,
    maxBytes: 64 * 1024,
    killEachSends: 100,
    stallEachSends: 70,
  });
  console.log(JSON.stringify(result, null, 1));
  expect(result.tally).toMatchObject({ sends, ...nothingWrong });
}, 7_200_000);
