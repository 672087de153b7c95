// needs: tmux, git
import { beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { cliHome } from "../support/cli-home.ts";
import { checkTeam, killAllOf, startTeam, untilDone } from "../support/orchestration/team-kill.ts";

beforeAll(ensureBuilt, 120_000);

test("a team of which everything was killed is carried to its end by run watch, each task once", async () => {
  const home = cliHome();
  await startTeam(home, 4, 2);
  await untilDone(home, 1);
  expect(killAllOf(home)).toBeGreaterThan(2);

  const { stdout } = await home.run(["run", "watch", "@last"]);

  expect(stdout).toContain("6 of 6 done");
  await checkTeam(home, 4);
});
