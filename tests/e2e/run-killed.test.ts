// needs: tmux
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { agentpoolBin } from "../support/built.ts";
import { cliHome } from "../support/cli-home.ts";
import { cliEnvironment } from "../support/run-cli.ts";
import { waitFor } from "../support/wait.ts";

interface Shown {
  readonly run: { readonly id: string; readonly state: string };
  readonly tasks: readonly {
    readonly id: string;
    readonly state: string;
    readonly result: string | null;
    readonly attempt: number;
    readonly session_id: string | null;
  }[];
}

interface Events {
  readonly events: readonly { readonly type: string; readonly task_id: string }[];
}

test("kill -9 of the supervisor in the middle of a pool: run watch ends with each task done once", async () => {
  const home = cliHome();
  const prompts = Array.from({ length: 8 }, (_, n) => `!fake sleep 0.5\n!fake say result ${n + 1}`);
  const begun = ["run", "pool", ...prompts, "--provider", "fake", "--concurrency", "3", "--detach"];
  expect((await home.run(begun)).stdout).toContain("running");
  const shown = (): Promise<Shown> => home.json<Shown & Record<string, unknown>>(["run", "show"]);
  const done = async (count: number): Promise<boolean> =>
    (await shown()).tasks.filter(({ state }) => state === "completed").length >= count;

  await waitFor(() => done(1));
  process.kill(home.supervisor(), "SIGKILL");
  const watched = await home.run(["run", "watch", "@last"]);

  expect(watched.stdout).toContain("8 of 8 done");
  const { run, tasks } = await shown();
  expect(run.state).toBe("completed");
  expect(tasks.map(({ result, attempt }) => [result, attempt])).toEqual(
    prompts.map((_, n) => [`result ${n + 1}`, 1]),
  );
  const { sessions } = await home.json<{ sessions: { id: string; state: string }[] }>([
    "sessions",
    "--all",
  ]);
  expect(new Set(sessions.map(({ id }) => id))).toEqual(
    new Set(tasks.map(({ session_id: id }) => id)),
  );
  expect(sessions).toHaveLength(8);
  const { events } = await home.json<Events & Record<string, unknown>>([
    "events",
    "--type",
    "task_completed",
    "--limit",
    "100",
  ]);
  expect(new Set(events.map((event) => event.task_id)).size).toBe(events.length);
  expect(events).toHaveLength(8);
});

test("Ctrl-C in a command that follows a run says that the run goes on, and how to end it", async () => {
  const home = cliHome();
  const begun = ["run", "pool", "!fake sleep 20", "--provider", "fake", "--name", "slow"];
  const following = spawn(process.execPath, [agentpoolBin, ...begun], {
    cwd: home.folder,
    env: cliEnvironment({ home: home.home.root, env: {} }),
  });
  let said = "";
  following.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  // it shows the run, and so it follows it
  await once(following.stdout, "data");
  following.kill("SIGINT");

  expect(await once(following, "close")).toEqual([130, null]);
  expect(said).toMatch(/goes on\..*run watch rn_\S+; .*run cancel rn_/);
  expect((await home.run(["run", "cancel", "slow"])).stdout).toContain("cancelled");
});
