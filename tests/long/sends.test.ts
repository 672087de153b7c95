import { expect, it } from "vitest";
import { awkwardText, emptyTally, faults, sendThroughFault } from "../support/fault-sends.ts";
import { openHome } from "../support/home.ts";
import { seededRandom } from "../support/random.ts";

const total = Number(process.env["AGENTPOOL_LONG_SENDS"] ?? 1_000);
const batch = 10;

it(`${total} sends through every fault: 0 lost, 0 doubled, 0 damaged, 0 false successes`, async () => {
  const random = seededRandom("long");
  const tally = emptyTally(total);
  const names = Object.keys(faults);
  const sizes = [1, 20, 90, 300, 1_500, 6_000, 20_000, 64_000];
  const home = await openHome();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < total / batch) {
      const number = next++;
      const texts = Array.from({ length: batch }, (_, i) =>
        awkwardText(number * batch + i, sizes[Math.floor(random() * sizes.length)] ?? 1, random),
      );
      await sendThroughFault(home, names[number % names.length] ?? "none", texts, tally);
    }
  };
  await Promise.all([lane(), lane(), lane()]);
  console.log(JSON.stringify(tally, null, 1));
  expect(tally).toMatchObject({ lost: [], doubled: [], damaged: [], falseSuccesses: [] });
}, 3_600_000);
