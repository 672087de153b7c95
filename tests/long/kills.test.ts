// needs: tmux, git
import { expect, test } from "vitest";
import { cliHome } from "../support/cli-home.ts";
import { playKilled, scenarios, type Instant } from "../support/kill-scenarios.ts";
import { killableBuild } from "../support/killable-build.ts";

const steps = ["commit", "ask"] as const;
const moments = ["before", "after"] as const;

const build = killableBuild();

test.each(Object.entries(scenarios))(
  "kill -9 of the supervisor at every commit and every request to tmux of %s: nothing is lost and nothing done twice",
  async (_, scenario) => {
    const complaints: string[] = [];
    let played = 0;
    const play = async (instant: Instant): Promise<boolean> => {
      const result = await playKilled(cliHome({ bin: build.bin }), scenario, instant);
      const when = `${instant.moment} ${instant.step} ${instant.n}`;
      complaints.push(...result.complaints.map((one) => `${when}: ${one}`));
      if (result.died) played += 1;
      return result.died;
    };

    for (const step of steps) {
      for (const moment of moments) {
        // up to the first one that does not come any more
        for (let n = 1; await play({ step, moment, n }); n++);
      }
    }

    console.log(`${played} instants`);
    expect(played).toBeGreaterThanOrEqual(scenario.fewest ?? 6);
    expect(complaints).toEqual([]);
  },
);
