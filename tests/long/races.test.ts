import { expect, it } from "vitest";
import { emptyRaces, raceAnswer } from "../support/answer-races.ts";
import { openHome } from "../support/home.ts";
import { seededRandom } from "../support/random.ts";

const races = Number(process.env["AGENTPOOL_LONG_RACES"] ?? 200);

it.each(["channel", "keys"] as const)(
  `${races} dialogs that change while they are answered, through %s`,
  async (via) => {
    const home = await openHome();
    const random = seededRandom(via);
    const tally = emptyRaces();
    const lane = async (): Promise<void> => {
      while (tally.races < races) {
        const changeMs = 300 + Math.floor(random() * 300);
        // an answer takes some 20 ms to get there, so that half of them meet the change on the way
        const beforeMs = Math.floor(random() * 50) - 5;
        await raceAnswer(home, via, changeMs, beforeMs, tally);
      }
    };
    await Promise.all([lane(), lane()]);
    console.log(via, JSON.stringify(tally, null, 1));
    // keys have a window between the check inside the terminal and the agent's reading; it is published
    const allowed = via === "channel" ? 0 : 0.05 * tally.races;
    expect(tally.wrong.length, JSON.stringify(tally.wrong)).toBeLessThanOrEqual(allowed);
    expect(tally.wrong.filter((one) => one.endsWith("called right"))).toEqual([]);
  },
  3_600_000,
);
