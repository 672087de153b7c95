// needs: tmux, git
import { expect, test } from "vitest";
import { cliHome } from "../support/cli-home.ts";
import { checkTeam, killAllOf, startTeam, untilDone } from "../support/orchestration/team-kill.ts";
import { seededRandom } from "../support/random.ts";

const tasks = 20;

test.each([1, 2, 3])(
  "a team of 20 tasks, everything of it killed twice in the middle: run watch ends with each task done once (seed %i)",
  async (seed) => {
    const home = cliHome();
    const random = seededRandom(String(seed));
    await startTeam(home, tasks, 4);
    for (const share of [0.1 + random() * 0.3, 0.6 + random() * 0.3]) {
      await untilDone(home, Math.round(tasks * share));
      expect(killAllOf(home)).toBeGreaterThan(0);
    }

    const { stdout } = await home.run(["run", "watch", "@last"]);

    expect(stdout).toContain("22 of 22 done");
    await checkTeam(home, tasks);
  },
  600_000,
);
