// needs: tmux
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ensureBuilt, repository } from "../../support/built.ts";
import { cliHome } from "../../support/cli-home.ts";
import { runCli } from "../../support/run-cli.ts";
import { tempFolder } from "../../support/temp-folder.ts";

beforeAll(ensureBuilt, 120_000);

const captured = join(repository, "providers/fake/screens/awaiting_approval/command-100.txt");

describe("detect read", () => {
  test("prints exactly what the rules make of a screen, and makes no home", async () => {
    const home = join(tempFolder(), "home");
    const input = readFileSync(captured);

    const { status, stdout } = await runCli(["detect", "read", "-p", "fake", "--json"], {
      home,
      input,
    });

    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      provider: "fake",
      state: "awaiting_approval",
      prompt: {
        kind: "approval",
        text: expect.stringContaining("rm -rf build"),
        options: [
          { label: "Yes", key: "1" },
          { label: "Yes, and don't ask again", key: "2" },
          { label: "No", key: "3" },
        ],
      },
      rule: "approval-approval-needed",
      region: expect.stringContaining("Approval needed"),
      confidence: "medium",
    });
    expect(existsSync(home)).toBe(false);
  });

  test("knows a provider by its alias, and says so where no rule fits", async () => {
    const home = join(tempFolder(), "home");
    const { stdout } = await runCli(["detect", "read", "-p", "fake-idle", "--json"], {
      home,
      input: "some other program\n",
    });
    expect(JSON.parse(stdout)).toEqual({
      provider: "fake",
      state: "unknown",
      prompt: null,
      rule: null,
      region: null,
      confidence: "none",
    });
  });

  test.each([
    ["no provider", ["--file", captured], "provider_required"],
    ["an unknown provider", ["-p", "fak", "--file", captured], "provider_not_found"],
    ["no such file", ["-p", "fake", "--file", "/nowhere.txt"], "invalid_input"],
    ["a folder", ["-p", "fake", "--file", "/"], "invalid_input"],
    ["a program", ["-p", "fake", "--file", process.execPath], "invalid_input"],
    ["nothing", ["-p", "fake"], "invalid_input"],
    ["a size that cannot be", ["-p", "fake", "--file", captured, "--cols", "20"], "invalid_input"],
    ["no size", ["-p", "fake", "--file", captured, "--rows", "many"], "invalid_input"],
  ])("given %s fails with a code and a hint", async (_, args, code) => {
    const home = join(tempFolder(), "home");
    const { status, stderr } = await runCli(["detect", "read", ...args, "--json"], { home });
    const { error } = JSON.parse(stderr) as { error: { code: string; hint: string } };
    expect(error.code).toBe(code);
    expect(error.hint).not.toBe("");
    expect([2, 3]).toContain(status);
  });
});

test("detect eval measures a provider, and says where a corpus is when there is none", async () => {
  const home = join(tempFolder(), "home");
  const args = ["detect", "eval", "--provider", "fake", "--split", "held_out"];

  const { status, stdout } = await runCli([...args, "--json"], { home, cwd: repository });
  const { split, providers } = JSON.parse(stdout) as {
    split: string;
    providers: { provider: string; frames: { count: number; right: number } }[];
  };
  expect(split).toBe("held_out");
  expect(providers).toMatchObject([{ provider: "fake" }]);
  expect(providers[0]?.frames.right).toBe(providers[0]?.frames.count);
  expect(status).toBe(0);

  const nowhere = await runCli(args, { home, cwd: tempFolder() });
  expect(nowhere.status).toBe(2);
  expect(nowhere.stderr).toContain("--corpus");
});

test("provider capture records a pane with times, without its secrets, and it can be replayed", async () => {
  const { run, json, folder } = cliHome({ env: { MY_TOKEN: "hunter2-hunter2" } });
  const file = join(folder, "report.cast");
  const task = '!fake say "the token is hunter2-hunter2"\n!fake stream 20';
  await run(["spawn", "-p", "fake", "--name", "seen", "--env", "MY_TOKEN", "--task", task]);
  await run(["observe", "seen", "--wait-for", "running", "--timeout", "60"]);

  const told = await json(["provider", "capture", "seen", "--seconds", "3", "--output", file]);
  await run(["terminate", "seen"]);

  expect(told).toMatchObject({ file, provider: "fake", version: "1.0.0", cols: 200, rows: 50 });
  const text = readFileSync(file, "utf8");
  expect(text).not.toContain("hunter2");
  expect(text).toContain("*".repeat(15));
  expect(text.split("\n").length).toBeGreaterThan(4);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await json(["detect", "read", "-p", "fake", "--file", file])).toMatchObject({
    state: "running",
    rule: "spinner",
  });
  const { steps } = await json<{ steps: { state: string }[] }>(["detect", "eval", "--file", file]);
  expect(steps.at(-1)?.state).toBe("running");

  writeFileSync(join(folder, "kept"), "mine");
  const over = ["provider", "capture", "seen", "--output", join(folder, "kept")];
  expect((await run(over, { status: 2 })).stderr).toContain("exists");
  const ended = ["provider", "capture", "seen", "--output", join(folder, "other")];
  expect((await run(ended, { status: 5 })).stderr).toContain("session_ended");
  expect(existsSync(join(folder, "other"))).toBe(false);
});
