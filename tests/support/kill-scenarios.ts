import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CliHome } from "./cli-home.ts";
import { makeRepo, readRecord } from "./home.ts";
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
  readonly prepare?: (home: CliHome) => Promise<void>;
  /** Resolves with what the command that was under way said. */
  readonly act: (home: CliHome) => Promise<CliResult>;
  /** What is wrong afterwards, by the agent's own record and by what we say; empty when all is well. */
  readonly judge: (home: CliHome, result: CliResult) => Promise<string[]>;
}

interface Shown {
  readonly session: { readonly state: string; readonly exit_code: number | null };
  readonly turns: readonly {
    readonly n: number;
    readonly state: string;
    readonly result: string;
  }[];
  readonly deliveries: readonly { readonly state: string }[];
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
  await home.run(["inventory"]);
  writeFileSync(orders, JSON.stringify(instant));
  const result = await scenario.act(home);
  const complaints = await scenario.judge(home, result);
  return { died: existsSync(`${orders}.done`), complaints };
}

const record = (home: CliHome): string => join(home.folder, "record.jsonl");

function facts(home: CliHome, kind: string): Record<string, unknown>[] {
  return readRecord(record(home)).filter((one) => one["fact"] === kind);
}

function spawnArgs(home: CliHome, task: string, more: readonly string[] = []): string[] {
  const option = ["--provider-option", `record=${record(home)}`];
  return ["spawn", "-p", "fake", "--name", "s", "--task", task, ...option, ...more, "--json"];
}

async function spawnIdle(home: CliHome, task = "begin", more: readonly string[] = []) {
  await home.run(spawnArgs(home, task, more));
  await home.run(["observe", "s", "--wait-for", "completed", "--timeout", "20s"]);
}

/** Settles the session and compares what it did with what was asked. */
async function expectWorld(
  home: CliHome,
  result: CliResult,
  expected: {
    readonly status?: number;
    readonly prompts: readonly string[];
    readonly answers?: readonly string[];
    readonly state: string;
    readonly turns: readonly string[];
  },
): Promise<string[]> {
  const complaints: string[] = [];
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
  compare("agents started", facts(home, "start").length, 1);
  compare("state", shown.session.state, expected.state);
  compare(
    "turns",
    shown.turns.map((turn) => turn.state),
    expected.turns,
  );
  compare(
    "prompts the agent took",
    facts(home, "prompt").map((one) => one["text"]),
    expected.prompts,
  );
  compare(
    "receipts",
    shown.deliveries.map((one) => one.state),
    expected.prompts.map(() => "accepted"),
  );
  if (expected.answers) {
    compare(
      "answers the agent took",
      facts(home, "answer").map((one) => one["option"] ?? one["text"]),
      expected.answers,
    );
  }
  return complaints;
}

const approvalKeys = ["--provider-option", "persona=approval", "--provider-option", "answers=keys"];

async function spawnAsking(home: CliHome, more: readonly string[]): Promise<void> {
  await home.run(spawnArgs(home, "clean", more));
  await home.run(["observe", "s", "--wait-for", "approval", "--timeout", "20s"]);
}

export const scenarios: Readonly<Record<string, Scenario>> = {
  spawn: {
    act: (home) => home.start(spawnArgs(home, "hello")).ended,
    judge: (home, result) =>
      expectWorld(home, result, { prompts: ["hello"], state: "idle", turns: ["completed"] }),
  },
  "spawn with the task as argument": {
    act: (home) => home.start(spawnArgs(home, "hello", ["--initial-prompt-mode", "arg"])).ended,
    judge: (home, result) =>
      expectWorld(home, result, { prompts: ["hello"], state: "idle", turns: ["completed"] }),
  },
  "spawn into a worktree": {
    prepare: async (home) => void makeRepo(home.folder),
    act: (home) =>
      home.start(spawnArgs(home, "hello", ["--isolation", "worktree", "--repo", "repo"])).ended,
    judge: (home, result) =>
      expectWorld(home, result, { prompts: ["hello"], state: "idle", turns: ["completed"] }),
  },
  send: {
    prepare: (home) => spawnIdle(home),
    act: (home) =>
      home.start(["send", "s", "two\nlines", "--wait", "turn", "--timeout", "20s", "--json"]).ended,
    judge: (home, result) =>
      expectWorld(home, result, {
        prompts: ["begin", "two\nlines"],
        state: "idle",
        turns: ["completed", "completed"],
      }),
  },
  "answer through the channel": {
    prepare: (home) => spawnAsking(home, ["--provider-option", "persona=approval"]),
    act: (home) => home.start(["answer", "s", "--option", "Yes", "--json"]).ended,
    judge: (home, result) =>
      expectWorld(home, result, {
        prompts: ["clean"],
        answers: ["Yes"],
        state: "idle",
        turns: ["completed"],
      }),
  },
  "answer by keys": {
    prepare: (home) => spawnAsking(home, approvalKeys),
    act: (home) => home.start(["answer", "s", "--option", "Yes", "--json"]).ended,
    judge: (home, result) =>
      expectWorld(home, result, {
        prompts: ["clean"],
        answers: ["Yes"],
        state: "idle",
        turns: ["completed"],
      }),
  },
  "answer a question with a text": {
    prepare: async (home) => {
      await home.run(spawnArgs(home, "ask", ["--provider-option", "persona=question"]));
      await home.run(["observe", "s", "--wait-for", "question", "--timeout", "20s"]);
    },
    act: (home) => home.start(["answer", "s", "--text", "light pink", "--json"]).ended,
    judge: async (home, result) => {
      const complaints = await expectWorld(home, result, {
        prompts: ["ask"],
        state: "idle",
        turns: ["completed"],
      });
      return complaints.filter((one) => !one.startsWith("receipts"));
    },
  },
  interrupt: {
    prepare: async (home) => {
      await home.run(spawnArgs(home, "!fake sleep 60"));
      await home.run(["observe", "s", "--wait-for", "running", "--timeout", "20s"]);
    },
    act: (home) => home.start(["interrupt", "s", "--json"]).ended,
    judge: async (home, result) => {
      const presses = facts(home, "interrupt").length;
      return [
        ...(await expectWorld(home, result, {
          prompts: ["!fake sleep 60"],
          state: "idle",
          turns: ["interrupted"],
        })),
        ...(presses > 1 ? [`${presses} interrupts`] : []),
      ];
    },
  },
  terminate: {
    prepare: (home) => spawnIdle(home),
    act: (home) => home.start(["terminate", "s", "--json"]).ended,
    judge: async (home, result) => [
      ...(await expectWorld(home, result, {
        prompts: ["begin"],
        state: "completed",
        turns: ["completed"],
      })),
    ],
  },
  "terminate one that ignores TERM": {
    prepare: (home) => spawnIdle(home, "begin", ["--provider-option", "persona=stubborn"]),
    act: (home) => home.start(["terminate", "s", "--json"]).ended,
    judge: (home, result) =>
      expectWorld(home, result, { prompts: ["begin"], state: "completed", turns: ["completed"] }),
  },
  collect: {
    prepare: async (home) => {
      makeRepo(home.folder);
      await spawnIdle(home, "write", [
        ...["--provider-option", "persona=patch"],
        ...["--isolation", "worktree", "--repo", "repo"],
      ]);
    },
    act: (home) => home.start(["collect", "s", "--close", "--json"]).ended,
    judge: async (home, result) => {
      const complaints = await expectWorld(home, result, {
        prompts: ["write"],
        state: "completed",
        turns: ["completed"],
      });
      const { artifact_dir, files } = await home.json<{
        artifact_dir: string;
        files: { kind: string; exists: boolean; verified: boolean }[];
      }>(["artifacts", "s"]);
      const patch = readFileSync(join(artifact_dir, "diff.patch"), "utf8");
      if (!patch.includes("+patched in turn 1")) complaints.push(`the patch is ${patch}`);
      for (const file of files) if (!file.exists) complaints.push(`${file.kind} is missing`);
      return complaints;
    },
  },
};
