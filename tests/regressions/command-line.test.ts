/** Faults of an earlier tool at its command line. */
import { beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { cliHome } from "../support/cli-home.ts";

beforeAll(ensureBuilt, 120_000);

test("46 and 47: text of a worker is printed as it is, whole and with its brackets", async () => {
  const { run } = cliHome();
  const words = `[/x] [bold]${"wide ".repeat(60)}end[/]`;
  await run(["spawn", "-p", "fake", "--task", `!fake say ${words}`, "--name", "w"]);
  await run(["observe", "w", "--wait-for", "completed", "--timeout", "60s"]);
  expect((await run(["transcript", "w"])).stdout).toContain(`\n${words}\n`);
  const { stdout } = await run(["observe", "w", "--detail", "full"]);
  expect(stdout).toContain(words);
});

test.each([
  ["a role nobody knows", ["--role", "bogus", "--task", "Do it"], "invalid_input"],
  ["a task that was never filled in", ["--task", "<your task here>"], "invalid_task"],
  ["an empty task", ["--task", "  "], "invalid_task"],
])("48: %s is an error with a code, as JSON where JSON was asked for", async (_, flags, code) => {
  const { run } = cliHome();
  const { stdout, stderr } = await run(["spawn", "-p", "fake", ...flags, "--json"], { status: 2 });
  expect(stdout).toBe("");
  const { error } = JSON.parse(stderr) as { error: { code: string; message: string } };
  expect(error.code).toBe(code);
  expect(stderr).not.toMatch(/\n\s+at /);
});

test("49: the status of observe tells completed, question, timeout and failure apart", async () => {
  const { run } = cliHome();
  const spawn = (name: string, task: string): Promise<unknown> =>
    run(["spawn", "-p", "fake", "--task", task, "--name", name]);
  await spawn("done", "!fake say done");
  await spawn("asks", '!fake ask "Which?" a|b');
  await spawn("slow", "!fake sleep 60");
  await spawn("dies", "!fake exit 3");
  const observe = ["observe", "--wait-for", "completed", "--timeout"];
  const status = async (name: string, timeout: string, expected: number): Promise<number | null> =>
    (await run([...observe, timeout, name], { status: expected })).status;
  expect(await status("done", "60s", 0)).toBe(0);
  expect(await status("asks", "60s", 8)).toBe(8);
  expect(await status("slow", "1", 124)).toBe(124);
  expect(await status("dies", "60s", 1)).toBe(1);
});

test("50: an unknown session is called so, and the hint leads to the list", async () => {
  const { run } = cliHome();
  const { stdout, stderr } = await run(["observe", "ap_000000000000"], { status: 3 });
  expect(stdout).toBe("");
  expect(stderr).toMatch(/session_not_found/);
  expect(stderr).toMatch(/agentpool sessions/);
});
