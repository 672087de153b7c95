// needs: tmux
import { beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { cliHome } from "../support/cli-home.ts";
import { waitFor } from "../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

test("a wait goes on across the death of the supervisor, and nobody notices", async () => {
  const { run, start, supervisor } = cliHome();
  await run([
    "spawn",
    "-p",
    "fake",
    "--provider-option",
    "persona=slow",
    "--provider-option",
    "slow_s=5",
    "--task",
    "Take your time",
    "--name",
    "s",
  ]);
  const first = supervisor();
  const waiting = start(["observe", "s", "--wait-for", "completed", "--timeout", "60s", "--json"]);
  await run(["observe", "s", "--wait-for", "running", "--timeout", "60s"]);

  process.kill(first, "SIGKILL");

  const { status, stdout, stderr } = await waiting.ended;
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(JSON.parse(stdout)).toMatchObject({ outcome: "satisfied", turn: { state: "completed" } });
  expect(supervisor()).not.toBe(first);
});

test("a message sent while the supervisor dies arrives once", async () => {
  const { run, start, supervisor, json } = cliHome();
  await run([
    "spawn",
    "-p",
    "fake",
    "--provider-option",
    "persona=multi_turn",
    "--task",
    "one",
    "--name",
    "s",
  ]);
  await run(["observe", "s", "--wait-for", "completed", "--timeout", "60s"]);

  const sending = start(["send", "s", "two", "--wait", "turn", "--timeout", "60s", "--json"]);
  await waitFor(
    async () =>
      (await json<{ deliveries: unknown[] }>(["session", "show", "s"])).deliveries.length === 2,
  );
  process.kill(supervisor(), "SIGKILL");

  const { status, stdout, stderr } = await sending.ended;
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, turn: { n: 2, state: "completed" } });
  const { deliveries, turns } = await json<{ deliveries: unknown[]; turns: unknown[] }>([
    "session",
    "show",
    "s",
  ]);
  expect([deliveries.length, turns.length]).toEqual([2, 2]);
});
