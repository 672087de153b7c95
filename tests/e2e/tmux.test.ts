// needs: tmux, git
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startToken } from "../../src/supervisor/start-token.ts";
import { agentpoolBin, ensureBuilt } from "../support/built.ts";
import { agentToSpawn, spawnAgent, type CliAgent } from "../support/cli-agent.ts";
import { cliHome, type CliHome } from "../support/cli-home.ts";
import { person, whyNoPerson } from "../support/person.ts";
import { executable } from "../support/programs.ts";
import { skipBecause } from "../support/skip.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitFor } from "../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

const tmuxPath = execFileSync("sh", ["-c", "command -v tmux"], { encoding: "utf8" }).trim();

/** What agentpool, its hooks and its log writer run; tmux is not among it. */
const programs =
  "node git sh env pwd stty dd wc rm mv cat mktemp mkfifo sleep kill printf mkdir ls ps".split(" ");

/** A PATH with all that is needed but tmux. */
function withoutTmux() {
  const path = tempFolder();
  const link = (program: string, name: string): void => symlinkSync(program, join(path, name));
  link(process.execPath, "node");
  for (const name of programs.slice(1)) {
    const found = execFileSync("sh", ["-c", `command -v ${name} || true`], { encoding: "utf8" });
    if (found.startsWith("/")) link(found.trim(), name);
  }
  return {
    path,
    remove: (): void => rmSync(join(path, "tmux"), { force: true }),
    install: (program: string): void => link(program, "tmux"),
  };
}

const stateOf = async (home: CliHome, name = "s"): Promise<object> =>
  (await home.json<{ session: object }>(["session", "show", name])).session;

async function stopSupervisor(home: CliHome): Promise<void> {
  await home.run(["supervisor", "stop"]);
  await waitFor(() => !existsSync(home.home.supervisorFacts));
}

const pidOf = (agent: CliAgent): number => Number(agent.facts("start")[0]?.["pid"]);

describe("where tmux is missing", () => {
  test("or too old nothing is begun, the error says how to repair it, and then all works", async () => {
    const { path, install, remove } = withoutTmux();
    const home = cliHome({ env: { PATH: path } });
    const { agent, words } = agentToSpawn(home, "hello");

    const missing = await home.run(words, { status: 4 });
    install(executable(tempFolder(), "tmux", "#!/bin/sh\necho tmux 2.9a\n"));
    const old = await home.run(words, { status: 4 });

    expect(missing.stderr).toMatch(
      /^error: tmux could not be run \(tmux_missing\)\n {2}why: .+\n {2}try: .*install.* tmux\n$/,
    );
    expect(old.stderr).toMatch(
      /^error: tmux 2\.9a is too old \(tmux_too_old\)\n {2}why: .+3\.2.+\n {2}try: .*install.* tmux\n$/,
    );
    expect(await home.json(["sessions"])).toMatchObject({ sessions: [] });
    expect(existsSync(join(home.home.root, "sessions"))).toBe(false);
    remove();
    install(tmuxPath);
    await home.run(words);
    await home.run(["observe", "s", "--wait-for", "completed", "--timeout", "60s"]);
    expect(agent.prompts()).toEqual(["hello"]);
  });

  test("a supervisor that was started there does not keep those waiting who have it", async () => {
    const { path } = withoutTmux();
    const home = cliHome();
    const { words } = agentToSpawn(home, "hello");
    await home.run(words, { status: 4, env: { PATH: path } });

    await home.run(words);

    const observe = ["observe", "s", "--wait-for", "completed", "--timeout", "60s"];
    expect(await home.json(observe)).toMatchObject({ turn: { state: "completed" } });
  });

  test("sessions that run are unreachable, not lost, and go on when it is back", async () => {
    const { path, install } = withoutTmux();
    const home = cliHome();
    const agent = await spawnAgent(home, "hello");
    await stopSupervisor(home);

    const away = { env: { PATH: path } };
    const seen = await home.run(["observe", "s", "--json"], away);
    const sent = await home.run(["send", "s", "x"], { ...away, status: 1 });
    const ended = await home.run(["terminate", "s"], { ...away, status: 1 });

    expect(JSON.parse(seen.stdout)).toMatchObject({
      state: "unreachable",
      because: expect.stringContaining("tmux"),
    });
    for (const { stderr } of [sent, ended]) {
      expect(stderr).toMatch(/^error: Session ap_\w+ cannot be reached \(terminal_failed\)\n/);
    }
    install(tmuxPath);
    await waitFor(async () => (await stateOf(home))["state" as never] === "idle");
    await home.run(["send", "s", "second", "--wait", "turn", "--timeout", "60s"]);
    expect(agent.prompts()).toEqual(["hello", "second"]);
  });
});

describe("when the tmux server is ended", () => {
  test.each([
    ["killed", (pid: number) => void process.kill(pid, "SIGKILL")],
    [
      "told to go by a person",
      (_: number, socket: string) => void spawnSync("tmux", ["-S", socket, "kill-server"]),
    ],
  ])("(%s) sessions are lost, nothing of them lives on, and new ones start", async (_, end) => {
    const home = cliHome();
    const agents = [
      await spawnAgent(home, "hello", { name: "idle" }),
      await spawnAgent(home, "!fake sleep 60", { name: "busy", until: "running" }),
      await spawnAgent(home, "hello", { name: "tough", set: { persona: "stubborn" } }),
    ];
    const socket = home.home.tmuxSocket;
    const pid = execFileSync("tmux", ["-S", socket, "display-message", "-p", "#{pid}"]);

    end(Number(pid), socket);

    for (const { name } of agents) {
      await home.run(["observe", name, "--wait-for", "exit", "--timeout", "60s"]);
      expect(await stateOf(home, name)).toMatchObject({
        state: "lost",
        because: expect.stringMatching(/tmux/),
        exit_code: null,
      });
    }
    await waitFor(() => agents.every((agent) => startToken(pidOf(agent)) === undefined), {
      what: "the end of all agents",
    });
    const { stderr } = await home.run(["send", "busy", "x"], { status: 5 });
    expect(stderr).toContain("(session_ended)");
    const next = await spawnAgent(home, "after that", { name: "next" });
    expect(next.prompts()).toEqual(["after that"]);
  });
});

describe("from inside the user's own tmux", () => {
  test("with base-index 1, a status bar at the top and a hostile ~/.tmux.conf, all is the same", async () => {
    const home = cliHome();
    const user = join(home.folder, "user");
    mkdirSync(user);
    writeFileSync(
      join(user, ".tmux.conf"),
      [
        "set -g base-index 1",
        "set -g pane-base-index 1",
        "set -g status-position top",
        "set -g prefix C-a",
        "set -g default-size 80x24",
        "set -g remain-on-exit off",
        "set -g history-limit 10",
        "set -g exit-empty on",
        "set -g allow-rename on",
        "set -g mouse on",
        "set -g window-size smallest",
        "set -s escape-time 500",
        "set -g default-terminal screen",
        "set-hook -g after-new-window 'display-message hello'",
      ].join("\n"),
    );
    // theirs: the default socket, in a folder of this test's own
    const env = { ...process.env, HOME: user, TMUX_TMPDIR: user, TMUX: "", TMUX_PANE: "" };
    const tmux = (...args: string[]): string =>
      execFileSync(tmuxPath, args, { env, encoding: "utf8" });
    tmux("new-session", "-d", "-s", "work", "-x", "90", "-y", "30", "cat");
    onTestFinished(() => void tmux("kill-server"));
    expect(tmux("list-windows", "-F", "#{window_index}")).toBe("1\n");
    const theirs = (): string =>
      tmux("list-windows", "-a") +
      tmux("list-panes", "-a") +
      tmux("show-options", "-g") +
      tmux("list-keys") +
      tmux("list-buffers");
    const before = theirs();

    const { agent, words } = agentToSpawn(home, "make a button", {
      set: { persona: "question" },
      args: ["--repo", home.folder],
    });
    const steps: readonly (readonly string[])[] = [
      words,
      ["observe", "s", "--wait-for", "question", "--timeout", "60s"],
      ["answer", "s", "--option", "Green"],
      ["observe", "s", "--wait-for", "completed", "--timeout", "60s"],
      ["send", "s", "line one\nline two", "--wait", "accepted"],
      ["attach", "s", "--json"],
      ["interrupt", "s"],
      ["terminate", "s"],
    ];
    const said = join(home.folder, "said");
    const script = steps.map(
      (step) =>
        `${shell([process.execPath, agentpoolBin, ...step])} >>said 2>&1; echo "rc=$?" >>said`,
    );
    const file = executable(
      home.folder,
      "job",
      `#!/bin/sh\ncd ${home.folder}\necho "in $TMUX" >said\n${script.join("\n")}\necho done >>said\n`,
    );
    tmux("new-window", "-d", "-t", "work:", "-e", `AGENTPOOL_HOME=${home.home.root}`, file);
    await waitFor(() => existsSync(said) && readFileSync(said, "utf8").endsWith("done\n"), {
      timeoutMs: 90_000,
      what: "the end of the job",
    });

    const text = readFileSync(said, "utf8");
    expect(text).toMatch(/^in \/.+\/default,/);
    expect(text.match(/rc=\d+/g)).toEqual(steps.map(() => "rc=0"));
    expect(text).toContain(home.home.tmuxSocket);
    expect(agent.facts("start")).toMatchObject([{ columns: 200, rows: 50 }]);
    expect(agent.facts("resize")).toEqual([]);
    expect(agent.answers()[0]).toBe("Green");
    expect(agent.prompts()).toEqual(["make a button", "line one\nline two"]);
    await waitFor(() => theirs() === before, { what: "the user's tmux as it was" });
  });
});

test(
  "people who look on from terminals of any size change nothing for the agent",
  skipBecause(whyNoPerson),
  async () => {
    const home = cliHome();
    const agent = await spawnAgent(home, "hello");
    const sizes = [
      [20, 5],
      [80, 24],
      [320, 90],
    ] as const;
    const people = sizes.map(([cols, rows], i) =>
      person([process.execPath, agentpoolBin, "attach", "s", ...(i === 1 ? ["--rw"] : [])], {
        cols,
        rows,
        env: { AGENTPOOL_HOME: home.home.root, TERM: "xterm-256color" },
      }),
    );
    await waitFor(
      () =>
        spawnSync("tmux", ["-S", home.home.tmuxSocket, "list-clients"], { encoding: "utf8" })
          .stdout.split("\n")
          .filter((line) => line.includes("ap_view_")).length === people.length,
      { what: "three viewers" },
    );

    await home.run(["send", "s", '!fake ask "Which?" a|b\n!fake say {answer}', "--wait", "turn"], {
      status: 8,
    });
    await home.run(["answer", "s", "--option", "b"]);
    await home.run(["send", "s", `${"long ".repeat(3_000)}end`, "--wait", "turn"]);

    expect(agent.facts("resize")).toEqual([]);
    expect(agent.answers()).toEqual(["b"]);
    expect(agent.prompts().at(-1)).toBe(`${"long ".repeat(3_000)}end`);
    people[1]?.type("\u0002d");
    expect(await people[1]?.left).toBe(0);
    expect(await stateOf(home)).toMatchObject({ state: "idle" });
    await home.run(["terminate", "s"]);
    await Promise.all([people[0]?.left, people[2]?.left]);
  },
);

function shell(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}
