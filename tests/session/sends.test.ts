import { describe, expect, it } from "vitest";
import { awkwardText, emptyTally, faults, sendThroughFault } from "../support/fault-sends.ts";
import { openHome } from "../support/home.ts";
import { seededRandom } from "../support/random.ts";

describe("sending through everything that goes wrong", () => {
  it.each(Object.keys(faults))(
    "%s: nothing lost, doubled, damaged or falsely reported",
    async (fault) => {
      const home = await openHome();
      const random = seededRandom(fault);
      const texts = [40, 700, 4_000].map((bytes, number) => awkwardText(number, bytes, random));
      const tally = emptyTally(texts.length);
      await sendThroughFault(home, fault, texts, tally);
      expect(tally).toMatchObject({ lost: [], doubled: [], damaged: [], falseSuccesses: [] });
      expect(tally.accepted + tally.unconfirmed + tally.refused).toBe(texts.length);
    },
    90_000,
  );
});
