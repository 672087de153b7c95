import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "../../src/store/open.ts";
import type { CliHome } from "./cli-home.ts";
import { agentToSpawn, spawnAgent, type CliAgentOptions } from "./cli-agent.ts";
import { makeRepo } from "./home.ts";
import type { CliResult } from "./run-cli.ts";
import { waitFor } from "./wait.ts";

/** An instant at which the supervisor dies: the n-th commit or request to tmux from then on. */
export interface Instant {
  readonly step: "commit" | "ask";
  readonly moment: "before" | "after";
  readonly n: number;
}

/** Something a person asks for, which must come out the same wherever the supervisor dies. */
export interface Scenario {
  /** Instants there are at least; 6 unless it is said. */
  readonly fewest?: number;
  readonly prepare?: (home: CliHome) => Promise<void>;
  /** The one that dies is the next supervisor, over what its predecessor left. */
  readonly inTheNext?: boolean;
  /** Resolves with what the command that was under way said. */
  readonly act: (home: CliHome) => Promise<CliResult>;
  /** What is wrong afterwards, by the agent's own record and by what we say; empty when all is well. */
  readonly judge: (home: CliHome, result: CliResult) => Promise<string[]>;
}

/** Plays a scenario with a supervisor that dies once. Gives whether it died, and the complaints. */
export async function playKilled(
  home: CliHome,
  scenario: Scenario,
  instant: Instant,
): Promise<{ readonly died: boolean; readonly complaints: readonly string[] }> {
  const orders = join(home.home.root, "kill.json");
  await scenario.prepare?.(home);
  // a home that has nothing yet has its supervisor already: its start is a scenario of its own
  await home.wake();
  if (scenario.inTheNext === true) {
    await home.run(["supervisor", "stop"]);
    await waitFor(() => !existsSync(home.home.supervisorFacts));
  }
  writeFileSync(orders, JSON.stringify(instant));
  const result = await scenario.act(home);
  const complaints = await scenario.judge(home, result);
  return { died: existsSync(`${orders}.done`), complaints };
}

/** Starts a command that ends once the supervisor that died over it was replaced. */
const under = (words: readonly string[]) => (home: CliHome) =>
  home.start([...words, "--json"]).ended;

const spawning =
  (task: string, options: CliAgentOptions = {}) =>
  (home: CliHome) =>
    home.start([...agentToSpawn(home, task, options).words, "--json"]).ended;

const idle = { state: "idle", turns: ["completed"] };

export const scenarios: Readonly<Record<string, Scenario>> = {
  spawn: {
    act: spawning("hello"),
    judge: (home, result) => expectWorld(home, result, { prompts: ["hello"], ...idle }),
  },
  "spawn with the task as argument": {
    act: spawning("hello", { args: ["--initial-prompt-mode", "arg"] }),
    judge: (home, result) => expectWorld(home, result, { prompts: ["hello"], ...idle }),
  },
  "spawn into a worktree": {
    prepare: async (home) => void makeRepo(home.folder),
    act: spawning("hello", { args: ["--isolation", "worktree", "--repo", "repo"] }),
    judge: (home, result) => expectWorld(home, result, { prompts: ["hello"], ...idle }),
  },
  send: {
    prepare: async (home) => void (await spawnAgent(home, "begin")),
    act: under(["send", "s", "two\nlines", "--wait", "turn", "--timeout", "20s"]),
    judge: (home, result) =>
      expectWorld(home, result, {
        prompts: ["begin", "two\nlines"],
        state: "idle",
        turns: ["completed", "completed"],
      }),
  },
  "claim a task": {
    fewest: 2,
    prepare: async (home) => void (await home.run(["task", "add", "Do it"])),
    act: under(["task", "claim", "--agent", "me"]),
    judge: (home, result) => expectTask(home, result, { state: "claimed", events: ["claimed"] }),
  },
  "complete a task": {
    fewest: 2,
    prepare: claimedTask,
    act: under(["task", "complete", "@last", "--agent", "me", "--token", "1", "--result", "done"]),
    judge: (home, result) =>
      expectTask(home, result, { state: "completed", events: ["claimed", "completed"] }),
  },
  "fail a task": {
    fewest: 2,
    prepare: claimedTask,
    act: under(["task", "fail", "@last", "--agent", "me", "--token", "1", "--error", "no"]),
    judge: (home, result) =>
      expectTask(home, result, { state: "pending", events: ["claimed", "released"] }),
  },
  "answer through the channel": {
    prepare: (home) => asking(home, { persona: "approval" }),
    act: under(["answer", "s", "--option", "Yes"]),
    judge: (home, result) =>
      expectWorld(home, result, { prompts: ["clean"], answers: ["Yes"], ...idle }),
  },
  "answer by keys": {
    prepare: (home) => asking(home, { persona: "approval", answers: "keys" }),
    act: under(["answer", "s", "--option", "Yes"]),
    judge: (home, result) =>
      expectWorld(home, result, { prompts: ["clean"], answers: ["Yes"], ...idle }),
  },
  "answer with a text": {
    prepare: (home) => asking(home, { persona: "question" }),
    act: under(["answer", "s", "--text", "light pink"]),
    judge: (home, result) =>
      expectWorld(home, result, {
        prompts: ["clean"],
        answers: ["light pink"],
        receipts: ["accepted", "accepted"],
        ...idle,
      }),
  },
  "choose an option by sending its number": {
    prepare: (home) => asking(home, { persona: "question" }),
    act: under(["send", "s", "2"]),
    judge: (home, result) =>
      expectWorld(home, result, { prompts: ["clean"], answers: ["Green"], ...idle }),
  },
  "a take-over": {
    prepare: async (home) => {
      await spawnAgent(home, "!fake sleep 2\n!fake say one", { until: "running" });
      await home.run(["send", "s", "two", "--wait", "none"]);
    },
    inTheNext: true,
    act: under(["send", "s", "three", "--wait", "turn", "--timeout", "30s"]),
    judge: (home, result) =>
      expectWorld(home, result, {
        prompts: ["!fake sleep 2\n!fake say one", "two", "three"],
        state: "idle",
        turns: ["completed", "completed", "completed"],
      }),
  },
  interrupt: {
    prepare: async (home) => void (await spawnAgent(home, "!fake sleep 60", { until: "running" })),
    act: under(["interrupt", "s"]),
    judge: (home, result) =>
      expectWorld(home, result, {
        prompts: ["!fake sleep 60"],
        interrupts: 1,
        state: "idle",
        turns: ["interrupted"],
      }),
  },
  terminate: {
    prepare: async (home) => void (await spawnAgent(home, "begin")),
    act: under(["terminate", "s"]),
    judge: (home, result) =>
      expectWorld(home, result, { prompts: ["begin"], state: "completed", turns: ["completed"] }),
  },
  "terminate one that ignores TERM": {
    prepare: async (home) =>
      void (await spawnAgent(home, "begin", { set: { persona: "stubborn" } })),
    act: under(["terminate", "s"]),
    judge: (home, result) =>
      expectWorld(home, result, { prompts: ["begin"], state: "completed", turns: ["completed"] }),
  },
  resume: {
    prepare: killed,
    act: under(["resume", "s", "--prompt", "two"]),
    judge: (home, result) =>
      expectWorld(home, result, {
        prompts: ["begin", "two"],
        starts: 2,
        state: "idle",
        turns: ["completed", "completed"],
      }),
  },
  recover: {
    prepare: killed,
    act: under(["recover"]),
    judge: (home, result) => expectWorld(home, result, { prompts: ["begin"], starts: 2, ...idle }),
  },
  collect: {
    prepare: async (home) => {
      makeRepo(home.folder);
      const args = ["--isolation", "worktree", "--repo", "repo"];
      await spawnAgent(home, "write", { set: { persona: "patch" }, args });
    },
    act: under(["collect", "s", "--close"]),
    judge: async (home, result) => {
      const complaints = await expectWorld(home, result, {
        prompts: ["write"],
        state: "completed",
        turns: ["completed"],
      });
      const { artifact_dir, files } = await home.json<{
        artifact_dir: string;
        files: { kind: string; exists: boolean }[];
      }>(["artifacts", "s"]);
      const patch = readFileSync(join(artifact_dir, "diff.patch"), "utf8");
      if (!patch.includes("+patched in turn 1")) complaints.push(`the patch is ${patch}`);
      for (const file of files) if (!file.exists) complaints.push(`${file.kind} is missing`);
      return complaints;
    },
  },
};

/** An agent that took a prompt and was then ended by somebody else. */
async function killed(home: CliHome): Promise<void> {
  const { facts } = await spawnAgent(home, "begin");
  process.kill(Number(facts("start")[0]?.["pid"]), "SIGKILL");
  await home.run(["observe", "s", "--wait-for", "exit", "--timeout", "30s"]);
}

async function asking(home: CliHome, set: Readonly<Record<string, string>>): Promise<void> {
  const until = set["persona"] === "question" ? "question" : "approval";
  await spawnAgent(home, "clean", { set, until });
}

interface Shown {
  readonly session: { readonly state: string };
  readonly turns: readonly { readonly state: string }[];
  readonly deliveries: readonly { readonly state: string }[];
}

/** Settles the session and compares what it did with what was asked. */
async function expectWorld(
  home: CliHome,
  result: CliResult,
  expected: {
    readonly status?: number;
    readonly prompts: readonly string[];
    readonly answers?: readonly string[];
    readonly interrupts?: number;
    /** How often the agent was started; once unless told otherwise. */
    readonly starts?: number;
    /** `accepted` for each prompt unless told otherwise. */
    readonly receipts?: readonly string[];
    readonly state: string;
    readonly turns: readonly string[];
  },
): Promise<string[]> {
  const complaints: string[] = [];
  const { agent } = agentToSpawn(home, "");
  const compare = (what: string, got: unknown, wanted: unknown): void => {
    const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];
    if (a !== b) complaints.push(`${what}: ${a} instead of ${b}`);
  };
  if (result.status !== (expected.status ?? 0)) {
    complaints.push(`the command ended with ${result.status}: ${result.stdout}${result.stderr}`);
  }
  const shown = await waitFor(
    async () => {
      const now = await home.json<Shown>(["session", "show", "s"]);
      const waits = now.deliveries.some((one) => one.state !== "accepted");
      const runs = now.turns.some((turn) => ["queued", "running"].includes(turn.state));
      return now.session.state === expected.state && !waits && !runs && now;
    },
    { timeoutMs: 20_000, what: `state ${expected.state}` },
  ).catch(() => home.json<Shown>(["session", "show", "s"]));
  const { sessions } = await home.json<{ sessions: unknown[] }>(["sessions"]);
  compare("sessions", sessions.length, 1);
  compare("agents started", agent.facts("start").length, expected.starts ?? 1);
  compare("state", shown.session.state, expected.state);
  compare(
    "turns",
    shown.turns.map((turn) => turn.state),
    expected.turns,
  );
  compare("prompts the agent took", agent.prompts(), expected.prompts);
  compare(
    "receipts",
    shown.deliveries.map((one) => one.state),
    expected.receipts ?? expected.prompts.map(() => "accepted"),
  );
  if (expected.answers) compare("answers the agent took", agent.answers(), expected.answers);
  if (expected.interrupts !== undefined) {
    compare("interrupts", agent.facts("interrupt").length, expected.interrupts);
  }
  return complaints;
}

async function claimedTask(home: CliHome): Promise<void> {
  await home.run(["task", "add", "Do it"]);
  await home.run(["task", "claim", "--agent", "me"]);
}

/** One task, its state, and each step that was told of it once. */
async function expectTask(
  home: CliHome,
  result: CliResult,
  wanted: { readonly state: string; readonly events: readonly string[] },
): Promise<string[]> {
  const complaints = [];
  if (result.status !== 0) complaints.push(`the command ended with ${result.status}`);
  const { task } = await home.json<{ task: { state: string; attempt: number } }>([
    "task",
    "show",
    "@last",
  ]);
  if (task.state !== wanted.state) complaints.push(`the task is ${task.state}`);
  if (task.attempt !== 1) complaints.push(`it was given out ${task.attempt} times`);
  const store = await openStore({ file: home.home.database, mode: "read", now: 0 });
  const told = (await store.events.since(0, { limit: 1_000 })).map(({ body }) => body.type);
  await store.close();
  const steps = told.filter((type) => type.startsWith("task_")).join(" ");
  const right = ["added", ...wanted.events].map((step) => `task_${step}`).join(" ");
  if (steps !== right) complaints.push(`what was told of it is ${steps}`);
  return complaints;
}
