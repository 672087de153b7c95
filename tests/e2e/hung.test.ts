// needs: tmux
import { beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { agentToSpawn } from "../support/cli-agent.ts";
import { cliHome, type CliHome } from "../support/cli-home.ts";
import { waitFor } from "../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

interface Hung {
  readonly ok: boolean;
  readonly stuck: number;
  readonly dead: number;
  readonly agents: readonly { readonly name: string; readonly health: string }[];
}

/** A slow agent writes several times within it, on a busy machine, too. */
const threshold = ["--threshold", "4s"];

async function hung(home: CliHome): Promise<Hung & { readonly status: number | null }> {
  const { status, stdout } = await home.start(["hung", ...threshold, "--json"]).ended;
  return { status, ...(JSON.parse(stdout) as Hung) };
}

const healths = ({ agents }: Hung): string[] =>
  agents.map(({ name, health }) => `${name} ${health}`).toSorted();

test("a frozen pane is stuck, a killed one dead, a slow one that moves is well", async () => {
  const home = cliHome();
  const tasks = { slow: "!fake stream 60", frozen: "!fake hang", killed: "!fake stream 60" };
  for (const [name, task] of Object.entries(tasks)) {
    await home.run(agentToSpawn(home, task, { name }).words);
    await home.run(["observe", name, "--wait-for", "running", "--timeout", "60s"]);
  }
  const well = await home.json<Hung>(["agents", "--threshold", "60s"]);
  expect(healths(well)).toEqual(["frozen healthy", "killed healthy", "slow healthy"]);

  const { session } = await home.json<{ session: { tmux: { pid: number } } }>([
    "session",
    "show",
    "killed",
  ]);
  process.kill(session.tmux.pid, "SIGKILL");
  const found = await waitFor(async () => {
    const now = await hung(home);
    return now.stuck === 1 && now.dead === 1 && now;
  });

  expect(healths(found)).toEqual(["frozen stuck", "killed dead"]);
  expect(found).toMatchObject({ ok: false, status: 1 });
  // what is known of them does not hang on who looks after them
  process.kill(home.supervisor(), "SIGKILL");
  await home.wake();
  expect(healths(await hung(home))).toEqual(["frozen stuck", "killed dead"]);

  await home.run(["terminate", "frozen"]);
  expect(healths(await hung(home))).toEqual(["killed dead"]);
});

test("who registered and is silent is dead, who says the same for too long is stuck, who left is neither", async () => {
  const home = cliHome();
  await home.run(["agent", "register", "silent", "--ttl", "1s"]);
  await home.run(["agent", "register", "same"]);
  await home.run(["agent", "heartbeat", "same", "--activity", "working", "--note", "Test 3"]);
  await home.run(["agent", "register", "gone", "--ttl", "1s"]);
  await home.run(["agent", "leave", "gone"]);
  const found = await waitFor(async () => {
    const now = await hung(home);
    return now.agents.length === 2 && now;
  });
  expect(healths(found)).toEqual(["same stuck", "silent dead"]);

  await home.run(["agent", "register", "silent", "--ttl", "1h"]);
  let n = 4;
  // where commands start slowly, the word is too old by the time the next one looks
  const well = await waitFor(async () => {
    await home.run(["agent", "heartbeat", "same", "--note", `Test ${n++}`]);
    const now = await hung(home);
    return now.ok && now;
  });
  expect(well).toMatchObject({ status: 0, agents: [] });
});
