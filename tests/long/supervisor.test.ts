// needs: tmux
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { spawnAgent } from "../support/cli-agent.ts";
import { cliHome } from "../support/cli-home.ts";
import { isGone } from "../support/is-gone.ts";
import { killableBuild } from "../support/killable-build.ts";
import { waitFor } from "../support/wait.ts";

const build = killableBuild();

test("a stopped supervisor that nobody can tell from another process is left alone, and goes on when it is woken", async () => {
  const home = cliHome();
  const agent = await spawnAgent(home, "hello");
  const stopped = home.supervisor();
  process.kill(stopped, "SIGSTOP");
  rmSync(home.home.supervisorFacts);
  try {
    const { stderr } = await home.run(["send", "s", "second"], { status: 5 });

    expect(stderr).toContain("error: The supervisor does not answer (supervisor_stuck)");
    expect(stderr).toMatch(/why: .+\n/);
    expect(stderr).toMatch(/try: .+: lsof /);
    expect(isGone(stopped)).toBe(false);
  } finally {
    process.kill(stopped, "SIGCONT");
  }
  await home.run(["send", "s", "third", "--wait", "turn", "--timeout", "20s"]);
  expect(agent.prompts()).toEqual(["hello", "third"]);
  process.kill(stopped, "SIGKILL");
  await waitFor(() => isGone(stopped));
});

test("a supervisor that has the role and never listens is ended by the next command", async () => {
  const home = cliHome({ bin: build.bin });
  const agent = await spawnAgent(home, "hello");
  await home.run(["supervisor", "stop"]);
  await waitFor(() => !existsSync(home.home.supervisorFacts));
  // it stops itself when it comes to ask tmux which panes there are
  const order = { step: "ask", moment: "before", n: 1, signal: "SIGSTOP" };
  writeFileSync(join(home.home.root, "kill.json"), JSON.stringify(order));

  await home.run(["send", "s", "second", "--wait", "turn", "--timeout", "60s"]);

  expect(agent.prompts()).toEqual(["hello", "second"]);
}, 120_000);
