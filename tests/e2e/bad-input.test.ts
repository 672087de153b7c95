// needs: tmux
/** What a person may mistype or forget: each is told what, why and what to try, and costs nothing. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { cliHome, type CliHome } from "../support/cli-home.ts";
import { readRecord } from "../support/home.ts";
import { runCli } from "../support/run-cli.ts";

beforeAll(ensureBuilt, 120_000);

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly why?: string;
  readonly hint?: string;
}

/** Runs a command that must be refused, and gives what it was told. */
async function refused(home: CliHome, status: number, args: readonly string[]): Promise<Refusal> {
  const { stdout, stderr } = await home.run([...args, "--json"], { status });
  expect(stdout).toBe("");
  return (JSON.parse(stderr) as { error: Refusal }).error;
}

const spawn = ["spawn", "-p", "fake"] as const;

describe("a spawn that cannot be meant starts nothing", () => {
  test.each([
    ["an unknown provider", 3, ["spawn", "-p", "zzz", "--task", "x"], "provider_not_found", /fake/],
    ["a misspelt one", 3, ["spawn", "-p", "cluade", "--task", "x"], "provider_not_found", /claude/],
    ["none at all", 2, ["spawn", "--task", "x"], "provider_required", /inventory/],
    ["the choice left to us", 2, ["spawn", "-p", "auto", "--task", "x"], "provider_required", /./],
    ["an empty task", 2, [...spawn, "--task", ""], "invalid_task", /empty/],
    ["a placeholder", 2, [...spawn, "--task", "<task>"], "invalid_task", /placeholder/],
    ["a control byte", 2, [...spawn, "--task", "a\u0007b"], "invalid_task", /0x07/],
    ["no such folder", 3, [...spawn, "--task", "x", "--repo", "gone"], "repo_not_found", /gone/],
    ["a file", 5, [...spawn, "--task", "x", "--repo", "file"], "repo_not_a_directory", /file/],
    [
      "a worktree without git",
      5,
      [...spawn, "--task", "x", "--isolation", "worktree"],
      "not_a_git_repository",
      /git/,
    ],
  ])("%s", async (_, status, args, code, told) => {
    const home = cliHome();
    writeFileSync(join(home.folder, "file"), "");
    const error = await refused(home, status, args);
    expect(error.code).toBe(code);
    expect(JSON.stringify(error)).toMatch(told);
    expect(error.hint ?? error.why).toBeTruthy();
    expect(existsSync(join(home.folder, "gone"))).toBe(false);
    expect((await home.json<{ sessions: unknown[] }>(["sessions"])).sessions).toEqual([]);
  });

  test("a provider that is not installed names the way to get it", async () => {
    const home = cliHome();
    const { status, stderr } = await runCli(["spawn", "-p", "codex", "--task", "x", "--json"], {
      home: home.home.root,
      cwd: home.folder,
      env: { PATH: "/usr/bin:/bin", HOME: home.folder },
    });
    expect(status).toBe(4);
    const { error } = JSON.parse(stderr) as { error: Refusal };
    expect(error.code).toBe("provider_not_installed");
    expect(error.hint).toMatch(/npm install/);
  });

  test("a task over a megabyte is refused with its size, one of a megabyte is not", async () => {
    const home = cliHome();
    const bytes = 1024 * 1024;
    await home.run([...spawn, "--task", "!fake say first", "--name", "f"]);
    await home.run(["observe", "f", "--wait-for", "completed", "--timeout", "20s"]);
    const large = await home.run(["send", "f", "-"], { status: 2, input: "x".repeat(bytes + 1) });
    expect(large.stderr).toMatch(/text_too_large/);
    expect(large.stderr).toContain(String(bytes + 1));
  });
});

test("quotes, line ends, marks of shells and CLIs, and emoji arrive byte for byte", async () => {
  const home = cliHome();
  const record = join(home.folder, "record.jsonl");
  const texts = [
    "\"double\" 'single' `tick` $HOME $(id) \\n \\ %s %H ; { } #{pane_id} #(id)",
    "two\nlines\n\nand an empty one",
    "!not a shell",
    "/not a command",
    "#not a comment",
    "-not --a flag",
    "emoji 🎉👩‍👩‍👧 ünï © 漢字 \t tab",
  ];
  await home.run([
    ...spawn,
    "--name",
    "b",
    "--provider-option",
    "persona=idle",
    "--provider-option",
    `record=${record}`,
    "--task",
    texts[0] ?? "",
  ]);
  await home.run(["observe", "b", "--wait-for", "idle", "--timeout", "20s"]);
  for (const text of texts.slice(1)) {
    const sent = await home.run(["send", "b", "-", "--wait", "accepted", "--timeout", "20s"], {
      input: text,
    });
    expect(sent.stdout).toContain("accepted");
  }
  const taken = readRecord(record).filter((one) => one["fact"] === "prompt");
  expect(taken.map((one) => one["text"])).toEqual(texts);
});

describe("a session that is named wrongly or asked at the wrong time", () => {
  test("unknown, ambiguous, by prefix and by @last", async () => {
    const home = cliHome();
    expect((await refused(home, 3, ["send", "nobody", "hi"])).code).toBe("session_not_found");
    const spawned = async (name: string): Promise<string> =>
      (await home.json<{ session_id: string }>([...spawn, "--name", name, "--task", "!fake say x"]))
        .session_id;
    const [first, second] = [await spawned("one"), await spawned("two")];
    const seen = async (id: string): Promise<string> =>
      (await home.json<{ session_id: string }>(["observe", id])).session_id;
    expect(await seen(first.slice(0, 9))).toBe(first);
    expect(await seen("@last")).toBe(second);
    await spawned("two");
    expect((await refused(home, 2, ["observe", "two"])).code).toBe("ambiguous_id");
  });

  test("a text for a session that asks for approval types nothing", async () => {
    const home = cliHome();
    const record = join(home.folder, "record.jsonl");
    await home.run([
      ...spawn,
      "--name",
      "a",
      "--provider-option",
      `record=${record}`,
      "--task",
      '!fake approve "rm -rf build"\n!fake say {answer}',
    ]);
    await home.run(["observe", "a", "--wait-for", "approval", "--timeout", "20s"]);
    const error = await refused(home, 5, ["send", "a", "go on then"]);
    expect(error.code).toBe("prompt_open");
    expect(error.hint).toMatch(/agentpool (answer|approve)/);
    expect(readRecord(record).map((one) => one["fact"])).not.toContain("lost_text");
    await home.run(["deny", "a"]);
    await home.run(["observe", "a", "--wait-for", "completed", "--timeout", "20s"]);
  });

  test("an answer to a dialog that became another one is refused, and says what is open now", async () => {
    const home = cliHome();
    await home.run([
      ...spawn,
      "--name",
      "c",
      "--provider-option",
      "dialog_change_ms=400",
      "--provider-option",
      "answers=keys",
      "--task",
      '!fake approve "echo first"\n!fake say {answer}',
    ]);
    const seen = await home.json<{ prompts: { id: string; text: string }[] }>([
      "observe",
      "c",
      "--wait-for",
      "approval",
      "--timeout",
      "20s",
    ]);
    const old = seen.prompts[0]?.id ?? "";
    for (let now = old; now === old;) {
      const { prompts } = await home.json<{ prompts: { id: string }[] }>(["observe", "c"]);
      now = prompts[0]?.id ?? old;
    }
    const error = await refused(home, 5, ["answer", "c", "--prompt", old, "--option", "Yes"]);
    expect(error.code).toBe("prompt_changed");
    expect(error.why).toMatch(/git push --force/);
  });

  test("a session that is over takes nothing more, and says how it ended", async () => {
    const home = cliHome();
    await home.run([...spawn, "--task", "!fake exit 3", "--name", "d"]);
    await home.run(["observe", "d", "--wait-for", "exit", "--timeout", "20s"]);
    const error = await refused(home, 5, ["send", "d", "hello?"]);
    expect(error.code).toBe("session_ended");
    await home.run(["terminate", "d"]);
  });
});

test("a reader that closes its end early gets no stack trace, and the session goes on", async () => {
  const home = cliHome();
  await home.run([...spawn, "--task", "!fake long 100000", "--name", "p"]);
  await home.run(["observe", "p", "--wait-for", "completed", "--timeout", "20s"]);
  const { execFileSync } = await import("node:child_process");
  const { agentpoolBin } = await import("../support/built.ts");
  const log = join(home.folder, "stderr");
  const out = execFileSync(
    "sh",
    ["-c", `"$0" "$1" transcript p 2>"$2" | head -1`, process.execPath, agentpoolBin, log],
    { env: { ...process.env, AGENTPOOL_HOME: home.home.root }, encoding: "utf8" },
  );
  expect(out.split("\n").filter(Boolean)).toHaveLength(1);
  expect(readFileSync(log, "utf8")).toBe("");
  expect(await home.json(["observe", "p"])).toMatchObject({ state: "idle" });
});
