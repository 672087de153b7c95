import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { createRpcClient } from "../../src/rpc/client.ts";
import { openStore } from "../../src/store/open.ts";
import { agentpoolBin, ensureBuilt, repository } from "../support/built.ts";
import { cliHome } from "../support/cli-home.ts";
import { seededRandom } from "../support/random.ts";
import { startProgram } from "../support/start-program.ts";
import { waitFor } from "../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

const { version } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as {
  version: string;
};
const tasks = 300;
const leaseMs = 1_000;
/** What may pass beyond a claim's time: after a start its holder has 5 s to be heard. */
const latestMs = 5_000;

test.each([1, 2, 3])(
  "claimers are killed at every step: no task is in limbo, and each is completed once (seed %i)",
  async (seed) => {
    const home = cliHome();
    await home.wake();
    const random = seededRandom(String(seed));
    const client = createRpcClient({ socketPath: home.home.supervisorSocket, version });
    for (let n = 0; n < tasks; n++) {
      await client.call("task.add", { input: { title: `task ${n}`, max_attempts: 50 } });
    }
    const open = async (): Promise<number> => {
      // those that are not over, when no state is asked for
      const { tasks: some } = (await client.call("task.list", { input: { limit: 1 } })) as {
        tasks: object[];
      };
      return some.length;
    };
    const start = (name: string, hold: boolean) => {
      const own = [name, "0", String(leaseMs / 1_000), hold ? "hold" : ""];
      return startProgram(
        "task-worker",
        [home.home.supervisorSocket, version, agentpoolBin, ...own],
        { env: { AGENTPOOL_HOME: home.home.root, AGENTPOOL_SUPERVISOR_IDLE_SECONDS: "60" } },
      );
    };

    let kills = 0;
    const slot = async (index: number): Promise<void> => {
      for (let n = 0; n < 15 && (await open()) > 0; n++) {
        const hold = random() < 0.5;
        const claimer = await start(`c${index}-${n}`, hold);
        const isGone = claimer.exited.then(() => true);
        // past "ready" it has a task
        if (hold) await Promise.race([isGone, waitFor(() => claimer.lines.length > 1)]);
        await new Promise((resolve) => setTimeout(resolve, random() * 100));
        if (claimer.child.kill("SIGKILL")) kills += 1;
        await claimer.exited;
      }
    };
    await Promise.all([0, 1, 2].map(slot));
    // who takes what is left, and waits for what the dead ones held
    await waitFor(
      async () => {
        await (
          await start("last", false)
        ).exited;
        return (await open()) === 0;
      },
      { timeoutMs: 60_000, what: "the end of all tasks" },
    );

    const store = await openStore({ file: home.home.database, mode: "read", now: 0 });
    const { tasks: ended } = await store.tasks.list({ limit: 10_000 });
    const events = await store.events.since(0, { limit: 100_000 });
    await store.close();
    const ofType = (type: string) =>
      events.flatMap(({ at, body }) => (body.type === type ? [{ at, body }] : []));
    expect(ended.filter(({ state }) => state === "completed")).toHaveLength(tasks);
    expect(ofType("task_completed")).toHaveLength(tasks);
    const late: number[] = [];
    const deadlines = new Map<string, number>();
    for (const { at, body } of events) {
      if (!("task_id" in body) || typeof body.task_id !== "string") continue;
      const until = deadlines.get(body.task_id);
      if (until !== undefined) late.push(at - until);
      deadlines.delete(body.task_id);
      if (body.type === "task_claimed") deadlines.set(body.task_id, Date.parse(body.expires_at));
    }
    const released = ofType("task_released").length;
    const latest = Math.max(...late);
    process.stdout.write(
      `seed ${seed}: ${kills} kills, ${released} claims taken back, the latest ${latest} ms after its time\n`,
    );
    expect(released).toBeGreaterThan(0);
    expect(latest).toBeLessThan(latestMs);
  },
  240_000,
);
