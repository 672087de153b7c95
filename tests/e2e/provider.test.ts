// needs: tmux, git
/** A provider of one's own, as a person makes, tries and uses it. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { cliHome } from "../support/cli-home.ts";
import { skipBecause } from "../support/skip.ts";

beforeAll(ensureBuilt, 120_000);

interface Report {
  readonly ok: boolean;
  readonly turns_spent: number;
  readonly steps: readonly {
    readonly step: string;
    readonly status: string;
    readonly source: string | null;
    readonly evidence: string;
  }[];
}

const guide = readFileSync(new URL("../../docs/providers-of-your-own.md", import.meta.url), "utf8");
/** The file of the guide, as a reader would copy it. */
const python = /`python-repl\.json`[\s\S]*?```json\n([\s\S]*?)```/.exec(guide)?.[1] ?? "";

const hasPython = spawnSync("python3", ["--version"]).status === 0;

function statusOf(report: Report): Record<string, string> {
  return Object.fromEntries(report.steps.map(({ step, status }) => [step, status]));
}

describe(
  "the Python prompt is a provider by the one file of the guide",
  skipBecause(hasPython ? undefined : "python3 is not installed"),
  () => {
    test("it is known, takes prompts, is interrupted, leaves, and is collected", async () => {
      const { home, run, json } = cliHome();
      mkdirSync(home.providers, { recursive: true });
      const file = join(home.providers, "python-repl.json");
      writeFileSync(file, python);

      const { providers, broken } = await json<{
        providers: { id: string; installed: boolean; origin: string; file: string | null }[];
        broken: unknown[];
      }>(["inventory"]);
      expect(broken).toEqual([]);
      expect(providers.find(({ id }) => id === "python-repl")).toMatchObject({
        installed: true,
        origin: "user",
        file,
      });
      expect((await run(["doctor", "--json"])).stdout).toContain("provider python-repl");

      const spawn = ["spawn", "-p", "python-repl", "--name", "py", "--isolation", "shared"];
      await run([...spawn, "--task", "open('made.txt', 'w').write('x')"]);
      await run(["observe", "py", "--wait-for", "completed", "--timeout", "60"]);

      // a line longer than the pane is wide, and shown whole before Enter
      const sum = Array.from({ length: 120 }, () => "1").join(" + ");
      const sent = await json<{ delivery: { acceptance: string; accepted_by: string } }>([
        "send",
        "py",
        `print("sum", ${sum})`,
        "--wait",
        "turn",
        "--timeout",
        "60",
      ]);
      expect(sent.delivery).toMatchObject({ acceptance: "none", accepted_by: "screen" });

      await run(["send", "py", "import time; time.sleep(60)"]);
      await run(["wait", "py", "--wait-for", "running", "--timeout", "60"]);
      await run(["interrupt", "py"]);
      const refused = await run(["send", "py", "a = 1\nb = 2"], { status: 2 });
      expect(refused.stderr).toContain("(invalid_task)");

      const shown = await json<{ turns: { state: string }[] }>(["session", "show", "py"]);
      expect(shown.turns.map((turn) => turn.state)).toEqual([
        "completed",
        "completed",
        "interrupted",
      ]);
      await run(["send", "py", "print('bye')", "--wait", "turn", "--timeout", "60"]);
      const left = await json<{ exit_code: number }>(["terminate", "py", "--ask"]);
      expect(left.exit_code).toBe(0);
      const { artifact_dir: folder } = await json<{ artifact_dir: string }>(["collect", "py"]);
      expect(readFileSync(join(folder, "transcript.txt"), "utf8")).toContain("sum 120");
    });
  },
);

describe("provider test", () => {
  test("shows every step of the scripted agent, spends nothing and leaves nothing", async () => {
    const { folder, run } = cliHome();
    const { stdout } = await run(["provider", "test", "fake", "--json"], {
      env: { TMPDIR: folder },
    });
    const report = JSON.parse(stdout) as Report;
    expect(report).toMatchObject({ ok: true, free: true, version: "1.0.0" });
    const { resume, ...others } = statusOf(report);
    expect(Object.values(others)).toEqual(Array.from({ length: 13 }, () => "ok"));
    expect(["ok", "not_offered"]).toContain(resume);
    const step = (name: string) => report.steps.find((one) => one.step === name);
    expect(step("64 KB paste")?.evidence).toBe("65536 bytes, the same in its own record");
    expect(step("approval")?.source).toMatch(/^(?:hook|log)$/);
    expect(step("exit")?.evidence).toBe("left by C-c C-c C-c, exit code 0");
    expect(readdirSync(folder).filter((name) => name.startsWith("agentpool-trial-"))).toEqual([]);
  });

  test("spends no turn of an account unasked, and says how many it would", async () => {
    const { home, folder, run } = cliHome();
    mkdirSync(home.providers, { recursive: true });
    writeFileSync(
      join(home.providers, "costly.json"),
      JSON.stringify({
        binary: { candidates: ["/bin/sh"], versionArgs: ["-c", "echo 1.0"] },
        prompt: "$ ",
      }),
    );
    const args = ["provider", "test", "costly"];
    const asked = await run(args, { status: 2, env: { TMPDIR: folder } });
    expect(asked.stderr).toContain("spends at most 2 turns of costly on your account");
    expect(asked.stderr).toContain("try: agentpool provider test costly --yes");
    expect(readdirSync(folder).filter((name) => name.startsWith("agentpool-trial-"))).toEqual([]);

    const none = await run([...args, "--yes", "--max-turns", "0", "--json"], {
      status: 7,
      env: { TMPDIR: folder },
    });
    const report = JSON.parse(none.stdout) as Report;
    expect(report.turns_spent).toBe(0);
    expect(statusOf(report)).toMatchObject({ found: "ok", version: "ok", starts: "not_seen" });
  });

  test("says what is missing where the program is not installed", async () => {
    const { home, run } = cliHome();
    mkdirSync(home.providers, { recursive: true });
    const text = JSON.stringify({ binary: "no-such-program-here", prompt: "$ " });
    writeFileSync(join(home.providers, "absent.json"), text);
    const { stderr } = await run(["provider", "test", "absent"], { status: 4 });
    expect(stderr).toContain("(provider_not_installed)");
  });
});

describe("provider new", () => {
  test("writes data that works as it stands, with a schema for the editor", async () => {
    const { home, folder, run, json } = cliHome();
    const made = await json<{ file: string; next: string[] }>(["provider", "new", "my-agent"]);
    expect(made.file).toBe(join(home.providers, "my-agent", "provider.json"));
    expect(made.next[0]).toBe("agentpool provider test my-agent");
    const { $schema } = JSON.parse(readFileSync(made.file, "utf8")) as { $schema: string };
    expect(existsSync(join(home.providers, "my-agent", $schema))).toBe(true);
    const tested = await run(["provider", "test", "my-agent", "--json", "--max-turns", "1"], {
      status: 7,
      env: { TMPDIR: folder },
    });
    expect(statusOf(JSON.parse(tested.stdout) as Report)).toMatchObject({
      starts: "ok",
      "composer ready": "ok",
      "prompt accepted": "not_offered",
      "turn over": "ok",
      interrupt: "not_seen",
      exit: "ok",
    });
    const again = await run(["provider", "new", "my-agent"], { status: 5 });
    expect(again.stderr).toContain("(conflict)");
  });

  test("writes a module that works as it stands", async () => {
    const { home, run, json } = cliHome();
    const made = await json<{ file: string }>(["provider", "new", "my-agent", "--mjs"]);
    expect(made.file).toBe(join(home.providers, "my-agent", "provider.mjs"));
    const spawn = ["spawn", "-p", "my-agent", "--name", "one", "--isolation", "shared"];
    await run([...spawn, "--task", "echo po''ng"]);
    await run(["observe", "one", "--wait-for", "completed", "--timeout", "60"]);
    const { artifact_dir: folder } = await json<{ artifact_dir: string }>(["collect", "one"]);
    expect(readFileSync(join(folder, "transcript.txt"), "utf8")).toMatch(/^pong$/m);
  });

  test("names the program and what it asks with, and says what it replaces", async () => {
    const { home, run, json } = cliHome();
    const line = ["provider", "new", "py", "--command", "python3 -i -q", "--prompt", ">>> "];
    const { file } = await json<{ file: string }>(line);
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
      binary: { candidates: ["python3"] },
      launch: ["{binary}", "-i", "-q"],
      prompt: ">>> ",
    });
    const { warnings } = await json<{ warnings: string[] }>(["provider", "new", "fake"]);
    expect(warnings).toEqual(["it takes the place of the built-in provider fake"]);
    const inventory = await json<{ providers: { id: string; warnings: string[] }[] }>([
      "inventory",
    ]);
    expect(inventory.providers.find(({ id }) => id === "fake")?.warnings[0]).toBe(
      `takes the place of the built-in fake: ${join(home.providers, "fake", "provider.json")}`,
    );
    for (const id of ["My Agent", "auto", "-x"]) {
      await run(["provider", "new", "--", id], { status: 2 });
    }
  });
});
