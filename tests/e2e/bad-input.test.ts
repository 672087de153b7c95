// needs: tmux, git
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { errorKinds, type ErrorBody, type ErrorCode } from "../../src/domain/errors.ts";
import { agentpoolBin, ensureBuilt } from "../support/built.ts";
import { agentToSpawn, spawnAgent } from "../support/cli-agent.ts";
import { cliHome, type CliHome } from "../support/cli-home.ts";
import { makeRepo } from "../support/home.ts";
import { cliEnvironment } from "../support/run-cli.ts";
import { waitFor } from "../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

interface Mistake {
  readonly words: readonly string[];
  readonly code: ErrorCode;
  readonly what: RegExp;
  readonly why: RegExp;
  readonly attempt: RegExp;
  readonly input?: string | Buffer;
  readonly through?: readonly string[];
}

/** Runs a command that cannot work, twice: for people and for programs. */
async function expectRefused(home: CliHome, mistake: Mistake): Promise<void> {
  const { words, code, what, why, attempt, input, through } = mistake;
  const status = errorKinds[code].exit;
  const options = {
    status,
    ...(input === undefined ? {} : { input }),
    ...(through === undefined ? {} : { through }),
  };
  const person = await home.run(words, options);
  const program = await home.run([...words, "--json"], options);

  const { error } = JSON.parse(program.stderr) as { error: ErrorBody };
  expect({ words, code: error.code, out: person.stdout + program.stdout }).toEqual({
    words,
    code,
    out: "",
  });
  expect(error.message).toMatch(what);
  expect(error.why).toMatch(why);
  expect(error.hint).toMatch(attempt);
  expect(person.stderr).toBe(
    `error: ${error.message} (${code})\n  why: ${error.why}\n  try: ${error.hint}\n`,
  );
}

const spawnWith = (...words: string[]): string[] => ["spawn", "--task", "Do it", ...words];

describe("a spawn that cannot work says what, why and what to try, and begins nothing", () => {
  test("because of its provider, its folder or its task", async () => {
    const home = cliHome();
    const plain = join(home.folder, "plain");
    mkdirSync(plain);
    writeFileSync(join(plain, "file"), "");
    const nowhere = join(home.folder, "nowhere");
    const fake = ["-p", "fake"];
    const task = (text: string): string[] => ["spawn", ...fake, "--task", text];
    const latin = Buffer.from("\ufffd caf\u00e9", "utf8");
    const damaged = Buffer.concat([latin, Buffer.from([0xe9, 0x0a])]);
    writeFileSync(join(plain, "latin.md"), damaged);
    const noText = {
      code: "invalid_input",
      why: /^The byte 0xe9 at offset 9 is part of no character/,
      attempt: /iconv/,
    } as const;

    const mistakes: readonly Mistake[] = [
      {
        words: spawnWith("-p", "codx"),
        code: "provider_not_found",
        what: /^No provider is called "codx"$/,
        why: /codex-cli.*fake/,
        attempt: /Did you mean --provider codex\?/,
      },
      {
        words: spawnWith("-p", "auto"),
        code: "provider_required",
        what: /^"auto" is not a provider$/,
        why: /agentpool never picks one/,
        attempt: /--provider .*codex-cli/,
      },
      {
        words: spawnWith(),
        code: "provider_required",
        what: /^No provider was named$/,
        why: /never chooses/,
        attempt: /agentpool inventory/,
      },
      {
        words: spawnWith(...fake, "--repo", nowhere),
        code: "repo_not_found",
        what: new RegExp(`^No folder ${nowhere}$`),
        why: /agentpool never creates it/,
        attempt: /--repo PATH/,
      },
      {
        words: spawnWith(...fake, "--repo", join(plain, "file")),
        code: "repo_not_a_directory",
        what: /is a file, not a folder$/,
        why: /works in a folder/,
        attempt: /--repo PATH/,
      },
      {
        words: spawnWith(...fake, "--repo", plain, "--isolation", "worktree"),
        code: "not_a_git_repository",
        what: /is no git repository$/,
        why: /A worktree needs one/,
        attempt: /--isolation shared.*git init/,
      },
      ...["", "   \n\t", "<task>", "<your task here>", "@filename", "{file}", "TODO"].map(
        (text): Mistake => ({
          words: task(text),
          code: "invalid_task",
          what: text.trim() === "" ? /it is empty$/ : /is a placeholder, not a task$/,
          why: /nothing to do/,
          attempt: /--task "/,
        }),
      ),
      {
        words: task("red \u001b[31mtext"),
        code: "invalid_task",
        what: /it holds the control byte 0x1b at character 4$/,
        why: /would steer the agent's terminal/,
        attempt: /tr -d/,
      },
      {
        ...noText,
        words: ["spawn", ...fake, "--task-stdin"],
        input: damaged,
        what: /^The task is no UTF-8 text$/,
      },
      {
        ...noText,
        words: ["spawn", ...fake, "--task-file", join(plain, "latin.md")],
        what: /latin\.md is no UTF-8 text$/,
      },
      {
        ...noText,
        words: ["spawn", ...fake],
        through: ["sh", "-c", 'exec "$@" --task "$(printf "caf\\303\\251 \\351t\\351")"', "sh"],
        what: /^"café \ufffdt\ufffd" is no UTF-8 text$/,
        why: /^The byte 0xe9 at offset 6 is part of no character/,
      },
      {
        words: ["spawn", ...fake, "--task-stdin"],
        input: "a".repeat(1_048_577),
        code: "text_too_large",
        what: /has 1048577 bytes$/,
        why: /At most 1048576 bytes/,
        attempt: /into a file/,
      },
    ];
    for (const mistake of mistakes) await expectRefused(home, mistake);

    expect(existsSync(nowhere)).toBe(false);
    expect(await home.json(["sessions"])).toMatchObject({ sessions: [] });
    expect(existsSync(join(home.home.root, "sessions"))).toBe(false);
  });

  test("because its agent is not installed", async () => {
    const home = cliHome({ env: { AGENTPOOL_OPENCODE_BINARY: "" } });
    // found nowhere, wherever this machine keeps one
    const env = { HOME: home.folder, PATH: "/usr/bin:/bin" };
    const { stderr } = await home.run(spawnWith("-p", "opencode"), { status: 4, env });

    expect(stderr).toMatch(/^error: opencode was not found \(provider_not_installed\)\n/);
    expect(stderr).toMatch(/\n {2}why: No program named opencode is on PATH/);
    expect(stderr).toMatch(/\n {2}try: npm install .*opencode-ai; or name it: AGENTPOOL_OPENCODE/);
  });
});

describe("a task arrives byte for byte", () => {
  const texts: Readonly<Record<string, string>> = {
    quotes: `it's "quoted", \`ticked\` and \\escaped\\ "`,
    "line ends and blanks": "  two\n\nlines\twith tabs  \n   ",
    "marks that other tools read as commands": "!ls\n/status\n#note\n@file ~ $HOME $(id) *.ts",
    "formats of the terminal": "#{pane_id} %H:%M #(id) ; display-message x \\; {a} }",
    "other scripts": "ä ß Ж 漢字 עברית 👩‍👩‍👧‍👦 🇩🇪 e\u0301 \u202eright to left \ufffd",
    "a dash at the start": "-n --version -- x",
  };

  test.each(["arg", "send_after_launch"])("%s: quotes, line ends, marks, scripts", async (mode) => {
    const home = cliHome();
    const given = Object.values(texts);
    const spawned = await Promise.all(
      given.map(async (text, i) => {
        const args = [`--initial-prompt-mode=${mode}`, "--task-stdin"];
        const { agent, words } = agentToSpawn(home, "", { name: `t${i}`, args });
        const line = words.filter((word, at) => word !== "--task" && words[at - 1] !== "--task");
        await home.run(line, { input: text });
        return agent;
      }),
    );
    await waitFor(() => spawned.every((agent) => agent.prompts().length > 0), {
      what: "all tasks",
    });

    expect(spawned.map((agent) => agent.prompts())).toEqual(given.map((text) => [text]));
  });

  test("of 1 MB, and so does what is sent later", async () => {
    const home = cliHome();
    const line = "0123456789 the quick brown fox jumps over the lazy dog äöü 🦊\n";
    const big = line.repeat(Math.floor(1_048_576 / Buffer.byteLength(line)));
    const { agent, words } = agentToSpawn(home, "", { args: ["--task-stdin"] });
    await home.run(
      words.filter((word, at) => word !== "--task" && words[at - 1] !== "--task"),
      { input: big },
    );
    await home.run(["observe", "s", "--wait-for", "completed", "--timeout", "60s"]);
    for (const text of Object.values(texts)) {
      await home.run(["send", "s", "--wait", "turn", "--timeout", "60s", "--stdin"], {
        input: text,
      });
    }

    expect(agent.prompts()).toHaveLength(1 + Object.keys(texts).length);
    expect(agent.prompts()[0] === big).toBe(true);
    expect(agent.prompts().slice(1)).toEqual(Object.values(texts));
  });
});

test("commands about sessions that are not there, not asking, not running or over say so", async () => {
  const home = cliHome();
  const { repo } = { repo: makeRepo(home.folder) };
  await spawnAgent(home, "hello", { name: "worker-1", args: ["--repo", repo] });
  await spawnAgent(home, "hello", { name: "over", args: ["--repo", repo] });
  await home.run(["terminate", "over"]);
  const noSession = { code: "session_not_found", why: /this id/ } as const;

  const mistakes: readonly Mistake[] = [
    ...(["observe", "send", "answer", "approve", "interrupt", "collect", "terminate"] as const).map(
      (verb): Mistake => ({
        ...noSession,
        words: [
          verb,
          "worker-2",
          ...(verb === "send" ? ["x"] : verb === "answer" ? ["--option", "a"] : []),
        ],
        what: /^No session "worker-2"$/,
        attempt: /Did you mean worker-1\?.*agentpool sessions/,
      }),
    ),
    { ...noSession, words: ["transcript", "ap_000000"], what: /ap_000000/, attempt: /sessions/ },
    {
      words: ["answer", "worker-1", "--option", "Yes"],
      code: "prompt_not_found",
      what: /asks nothing$/,
      why: /Its state is idle/,
      attempt: /agentpool observe ap_/,
    },
    {
      words: ["send", "over", "x"],
      code: "session_ended",
      what: /is over$/,
      why: /It ended completed/,
      attempt: /agentpool collect/,
    },
    {
      // a typed replacement character is a character like others
      words: ["send", "over", "x \ufffd"],
      code: "session_ended",
      what: /is over$/,
      why: /It ended completed/,
      attempt: /agentpool collect/,
    },
    {
      words: ["send", "worker-1", "bell \u0007"],
      code: "invalid_task",
      what: /control byte 0x07/,
      why: /would steer/,
      attempt: /tr -d/,
    },
    {
      words: ["send", "worker-1", " /quit"],
      code: "invalid_task",
      what: /would not take this text as it is$/,
      why: /are commands there/,
      attempt: /send <session> "<command>" --command$/,
    },
    {
      words: ["spawn", "-p", "fake", "--task", "/clear"],
      code: "invalid_task",
      what: /would not take this text as it is$/,
      why: /are commands there/,
      attempt: /Say more than the command/,
    },
    {
      words: ["observe", "worker-1", "--wait-for", "complted"],
      code: "invalid_wait_for",
      what: /"complted" is nothing to wait for/,
      why: /Known words: .*completed/,
      attempt: /Did you mean completed\?/,
    },
  ];
  for (const mistake of mistakes) await expectRefused(home, mistake);
  const { stderr } = await home.run(["interrupt", "worker-1"], { status: 5 });
  expect(stderr).toMatch(/\(nothing_to_interrupt\)\n {2}why: Its state is idle/);

  const { sessions } = await home.json<{ sessions: object[] }>(["sessions"]);
  expect(sessions).toMatchObject([
    { name: "over", state: "completed" },
    { name: "worker-1", state: "idle", turns: 1 },
  ]);

  // said to be one, a command is run
  await home.run(["send", "worker-1", "/quit", "--command"]);
  await home.run(["observe", "worker-1", "--wait-for", "exit", "--timeout", "60s"]);
});

describe("a session that asks", () => {
  test("takes no prompt while it wants approval, and no answer it does not offer", async () => {
    const home = cliHome();
    const agent = await spawnAgent(home, "clean", {
      set: { persona: "approval" },
      until: "approval",
    });
    const before = agent.facts("paste").length;

    await expectRefused(home, {
      words: ["send", "s", "go on"],
      code: "prompt_open",
      what: /shows an approval dialog$/,
      why: /nothing was typed/,
      attempt: /agentpool answer ap_\w+ --prompt pr_\w+ --option/,
    });
    await expectRefused(home, {
      words: ["answer", "s", "--option", "Perhaps"],
      code: "option_not_found",
      what: /does not offer "Perhaps"$/,
      why: /It offers: "Yes", .*"No"/,
      attempt: /--option/,
    });

    expect(agent.facts("paste")).toHaveLength(before);
    expect(agent.answers()).toEqual([]);
    await home.run(["approve", "s"]);
    await home.run(["observe", "s", "--wait-for", "completed", "--timeout", "60s"]);
    expect(agent.answers()).toEqual(["Yes"]);
  });

  test("and asks something else by now takes no answer meant for the first", async () => {
    const home = cliHome();
    const task = '!fake change 2\n!fake ask "First?" a|b';
    const agent = await spawnAgent(home, task, { until: "question" });
    // a command that looks may start so slowly that it sees the second one alone
    const opened = ["events", "s", "--type", "prompt_opened"];
    const first = await waitFor(async () => {
      const { events } = await home.json<{ events: { prompt_id: string }[] }>(opened);
      return events.length > 1 && events[0];
    });
    expect(agent.facts("dialog").length).toBeGreaterThan(1);

    await expectRefused(home, {
      words: ["answer", "s", "--prompt", first.prompt_id, "--option", "a"],
      code: "prompt_changed",
      what: /is not on screen any more$/,
      why: /now asks something else .*Nothing was typed/,
      attempt: /agentpool observe/,
    });

    expect(agent.answers()).toEqual([]);
  });
});

test("an agent that is killed is failed, with the signal, and its siblings go on", async () => {
  const home = cliHome();
  const agent = await spawnAgent(home, "!fake sleep 60", { name: "killed", until: "running" });
  const other = await spawnAgent(home, "hello", { name: "other" });

  process.kill(Number(agent.facts("start")[0]?.["pid"]), "SIGKILL");

  await home.run(["observe", "killed", "--wait-for", "exit", "--timeout", "60s"]);
  const { session } = await home.json<{ session: object }>(["session", "show", "killed"]);
  expect(session).toMatchObject({ state: "failed", exit_code: null, exit_signal: "SIGKILL" });
  const { stderr } = await home.run(["send", "killed", "x"], { status: 5 });
  expect(stderr).toContain("(session_ended)");
  await home.run(["send", "other", "second", "--wait", "turn"]);
  expect(other.prompts()).toEqual(["hello", "second"]);
});

describe("a session is named", () => {
  test("by id, by a beginning of it that fits one, by name, and @last is the newest", async () => {
    const home = cliHome();
    const ids: string[] = [];
    for (const name of ["one", "two", "twin", "twin"]) {
      const { words } = agentToSpawn(home, "hello", { name });
      ids.push((await home.json<{ session_id: string }>(words)).session_id);
    }
    const shown = async (word: string): Promise<string> =>
      (await home.json<{ session: { id: string } }>(["session", "show", word])).session.id;

    expect(await shown("one")).toBe(ids[0]);
    expect(await shown(ids[1] ?? "")).toBe(ids[1]);
    expect(await shown((ids[1] ?? "").slice(0, 12))).toBe(ids[1]);
    expect(await shown("@last")).toBe(ids[3]);
    await expectRefused(home, {
      words: ["terminate", "twin"],
      code: "ambiguous_id",
      what: /^"twin" fits 2 sessions$/,
      why: /must fit exactly one/,
      attempt: new RegExp(`${ids[3]}.*${ids[2]}|${ids[2]}.*${ids[3]}`),
    });
    await expectRefused(home, {
      words: ["terminate", "ap_"],
      code: "session_not_found",
      what: /^No session "ap_"$/,
      why: /this id/,
      attempt: /agentpool sessions/,
    });
    expect(await home.json(["sessions"])).toMatchObject({
      sessions: ids.map(() => ({ ended_at: null })),
    });
  });
});

describe("standard output that cannot be written", () => {
  test.each(["sessions", "sessions --json", "--version", "spawn --help"])(
    "is told, and the command has failed: %s",
    async (line) => {
      const home = cliHome();
      const words = line.split(" ");
      const onto = (where: string): readonly string[] => ["sh", "-c", `exec "$@" ${where}`, "sh"];

      const unopened = await home.run(words, { through: onto("1</dev/null"), status: 2 });
      expect(unopened.stderr).toMatch(/Standard output cannot be written.*EBADF/s);
      if (!existsSync("/dev/full")) return;
      const full = await home.run(words, { through: onto(">/dev/full"), status: 1 });
      expect(full.stderr).toMatch(/Standard output cannot be written.*ENOSPC/s);
    },
  );
});

describe("a reader that goes away", () => {
  /** The status of a command whose output is cut off after its first line, and what it complained. */
  async function cutOff(home: CliHome, words: readonly string[]) {
    const line = '{ { "$0" "$@"; echo "$?" >&3; } | head -n 1 >/dev/null; } 3>&1';
    const child = spawn("sh", ["-c", line, process.execPath, agentpoolBin, ...words], {
      env: cliEnvironment({ home: home.home.root }),
      cwd: home.folder,
    });
    let status = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (status += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    await new Promise((resolve) => child.on("close", resolve));
    return { status, stderr };
  }

  test("ends a command quietly, and what the command did stays done", async () => {
    const home = cliHome();
    const agent = await spawnAgent(home, "!fake long 200000");

    expect(await cutOff(home, ["transcript", "s"])).toEqual({ status: "0\n", stderr: "" });
    expect(await cutOff(home, ["observe", "s", "--detail", "full", "--json"])).toEqual({
      status: "0\n",
      stderr: "",
    });
    expect(await cutOff(home, ["send", "s", "second", "--wait", "turn", "--json"])).toEqual({
      status: "0\n",
      stderr: "",
    });
    // without an end of its own: it ends with its reader, at the next change
    const following = cutOff(home, ["sessions", "-f", "--json"]);
    await home.run(["send", "s", "third", "--wait", "turn"]);
    await home.run(["send", "s", "fourth", "--wait", "turn"]);
    expect(await following).toEqual({ status: "0\n", stderr: "" });
    expect(agent.prompts().slice(1)).toEqual(["second", "third", "fourth"]);
  });
});
