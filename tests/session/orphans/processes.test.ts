import { spawn } from "node:child_process";
import { expect, onTestFinished, test } from "vitest";
import { homeFrom } from "../../../src/platform/home.ts";
import { createLocalMachine } from "../../../src/runtime/local/machine.ts";
import { parseValues } from "../../../src/runtime/local/process-status.ts";
import { findProcesses } from "../../../src/session/orphans/processes.ts";
import { makeSession } from "../../support/session.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { waitFor } from "../../support/wait.ts";

const now = Date.now();

/** A process as an agent leaves it behind. */
async function left(sessionId: string): Promise<number> {
  const child = spawn("sleep", ["30"], {
    env: { PATH: process.env["PATH"], AGENTPOOL_SESSION_ID: sessionId },
    stdio: "ignore",
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const pid = child.pid ?? 0;
  const machine = createLocalMachine();
  // its environment is its own only once it runs its program
  await waitFor(async () => (await machine.process(pid))?.name === "sleep");
  return pid;
}

test("processes of sessions that are over are found; those of others, of live ones and of ends under way are not", async () => {
  const sessions = [
    makeSession({ id: "ap_00000000a001", state: "completed", endedAt: now - 60_000 }),
    makeSession({ id: "ap_00000000a002", state: "idle", endedAt: null }),
    makeSession({ id: "ap_00000000a003", state: "lost", endedAt: now - 1_000 }),
  ];
  const [over] = await Promise.all(
    ["ap_00000000a001", "ap_00000000a002", "ap_00000000a003", "ap_00000000a004"].map(left),
  );

  const found = await findProcesses({
    machine: createLocalMachine(),
    home: homeFrom({ AGENTPOOL_HOME: tempFolder() }),
    now,
    session: async (id) => sessions.find((one) => one.id === id),
    repoPaths: async () => [],
    panes: async () => undefined,
  });

  expect(found).toMatchObject([
    { sessionId: "ap_00000000a001", what: `sleep (pid ${over})`, stays: null },
  ]);
});

test("values of a variable are read from what ps prints", () => {
  const text = " 12 sleep 30 PATH=/bin X=ap_1 Y=2\n 13 sleep X\n 14 vi X=\n";

  expect([...parseValues(text, "X")]).toEqual([
    [12, "ap_1"],
    [14, ""],
  ]);
});
