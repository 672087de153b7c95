// needs: tmux
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { homeFrom } from "../../src/platform/home.ts";
import { startToken } from "../../src/supervisor/start-token.ts";
import { ensureBuilt } from "../support/built.ts";
import { spawnAgent } from "../support/cli-agent.ts";
import { cliHome, type CliHome } from "../support/cli-home.ts";
import { removeFolder, tempFolder } from "../support/temp-folder.ts";
import { waitFor } from "../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

interface Processes {
  readonly supervisor: number;
  readonly tmux: number;
  readonly agent: number;
}

/** Spawns an agent that works for a minute; gives who lives for this home. */
async function populate(home: CliHome, name = "s"): Promise<Processes> {
  const agent = await spawnAgent(home, "!fake sleep 60", { name, until: "running" });
  const { stdout } = spawnSync(
    "tmux",
    ["-S", home.home.tmuxSocket, "display-message", "-p", "#{pid}"],
    { encoding: "utf8" },
  );
  return {
    supervisor: home.supervisor(),
    tmux: Number(stdout),
    agent: Number(agent.facts("start")[0]?.["pid"]),
  };
}

const livingOf = (processes: Processes): string[] =>
  Object.entries(processes)
    .filter(([, pid]) => startToken(pid as number) !== undefined)
    .map(([role]) => role);

const everybody = ["supervisor", "tmux", "agent"];

/** Two looks that are some seconds apart, and the end of the agents. */
const leavesWithin = { what: "the end of the supervisor" };

test("a home that is removed takes its supervisor, tmux and agents with it; a store does not", async () => {
  const [home, other] = [cliHome(), cliHome()];
  const [processes, otherProcesses] = [await populate(home), await populate(other)];
  expect(livingOf(processes)).toEqual(everybody);

  rmSync(home.home.root, { recursive: true });
  rmSync(join(other.home.database, ".."), { recursive: true });

  await waitFor(() => livingOf(processes).length === 0, leavesWithin);
  expect(existsSync(home.home.root)).toBe(false);
  await waitFor(() => !livingOf(otherProcesses).includes("supervisor"), leavesWithin);
  expect(livingOf(otherProcesses)).toEqual(["tmux", "agent"]);
  expect(readFileSync(other.home.log, "utf8")).toContain("its home was removed");
});

/** Too long for a socket: those of such a home lie outside of it and outlive it. */
function longFolder(): string {
  const folder = join(tempFolder(), "long".repeat(25));
  mkdirSync(folder);
  const { tmuxSocket } = homeFrom({ ...process.env, AGENTPOOL_HOME: join(folder, "home") });
  onTestFinished(() => removeFolder(dirname(tmuxSocket)));
  return folder;
}

test.each([
  ["in it", tempFolder],
  ["elsewhere", longFolder],
])("a home with its sockets %s may be removed and begun anew at once", async (_, folder) => {
  const home = cliHome({ folder: folder() });
  const old = await populate(home, "old");

  rmSync(home.home.root, { recursive: true });
  const next = await populate(home, "next");
  // both sets live for a moment, on one path
  const left = next.tmux === old.tmux ? ["tmux"] : [];
  await waitFor(() => livingOf(old).join() === left.join(), leavesWithin);

  expect(livingOf(next)).toEqual(everybody);
  expect(home.supervisor()).toBe(next.supervisor);
  const { sessions } = await home.json<{ sessions: object[] }>(["sessions"]);
  expect(sessions).toMatchObject([{ name: "next", state: "running" }]);
  await home.run(["interrupt", "next"]);
  await home.run(["send", "next", "hello", "--wait", "turn", "--timeout", "60s"]);
});

test("a home that is moved keeps its agents, and the supervisor leaves and says why", async () => {
  const home = cliHome();
  const processes = await populate(home);
  const moved = cliHome({ folder: tempFolder() });

  renameSync(home.home.root, moved.home.root);

  await waitFor(() => !livingOf(processes).includes("supervisor"), leavesWithin);
  expect(livingOf(processes)).toEqual(["tmux", "agent"]);
  expect(existsSync(home.home.root)).toBe(false);
  expect(readFileSync(moved.home.bootLog, "utf8")).toContain("its home is not at its path");
  const { sessions } = await moved.json<{ sessions: object[] }>(["sessions"]);
  expect(sessions).toMatchObject([{ name: "s", state: "running" }]);
});
