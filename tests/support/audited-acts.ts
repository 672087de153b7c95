import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SessionState } from "../../src/domain/session.ts";
import { makeRepo } from "./git-repo.ts";
import type { TestHome } from "./home.ts";
import { decide } from "./records.ts";
import { makeSession } from "./session.ts";
import { waitFor } from "./wait.ts";

/** One use of an operation that changes something, and what is written down of it. */
export interface Act {
  /** Prepares what it needs and gives its input; null where trying it would tell nothing. */
  readonly input: ((home: TestHome) => object | Promise<object>) | null;
  /** Events of the act, exactly these and in this order. */
  readonly told: readonly string[];
  /** Events of the same request made again, where it acts again. */
  readonly again?: readonly string[];
  /** Where no event is told: why not. */
  readonly because?: string;
}

interface Task {
  readonly id: string;
  readonly claim: { readonly token: number };
}

const agent = "ci";

async function addTask(home: TestHome): Promise<string> {
  const given = { title: "Do it", max_attempts: 1 };
  return (await home.ask<{ task: Task }>("task.add", given)).task.id;
}

/** A task that is the agent's, as its operations name it. */
async function claimTask(home: TestHome): Promise<{ task_id: string; token: number }> {
  const asked = { task_id: await addTask(home), agent };
  const { task } = await home.ask<{ task: Task }>("task.claim", asked);
  return { task_id: task.id, token: task.claim.token };
}

async function failTask(home: TestHome): Promise<{ task_id: string }> {
  const claim = await claimTask(home);
  await home.ask("task.fail", { ...claim, error: "no" });
  return { task_id: claim.task_id };
}

async function ask(home: TestHome): Promise<{ approval_id: string }> {
  const given = { subject: "Push", agent };
  const { approval } = await home.ask<{ approval: { id: string } }>("approval.request", given);
  return { approval_id: approval.id };
}

async function openThread(home: TestHome): Promise<{ thread_id: string }> {
  const given = { title: "T", body: "first", agent };
  const { thread } = await home.ask<{ thread: { id: string } }>("thread.open", given);
  return { thread_id: thread.id };
}

async function write(home: TestHome): Promise<void> {
  await home.ask("agent.register", { name: "bob" });
  await home.ask("message.send", { to: "bob", body: "one", agent });
}

async function acquire(home: TestHome, file: string): Promise<{ lease_id: string }> {
  const given = { files: [file], agent };
  const { leases } = await home.ask<{ leases: { id: string }[] }>("lease.acquire", given);
  return { lease_id: leases[0]?.id ?? "" };
}

async function startWorkers(home: TestHome, name: string): Promise<{ workers: string }> {
  await home.ask("workers.start", { name, provider_id: "fake", tags: ["rare"] });
  return { workers: name };
}

/** A run whose tasks wait for room. */
async function startRun(home: TestHome): Promise<{ run_id: string }> {
  const given = { ...worker, prompts: ["x"] };
  const { run } = await home.ask<{ run: { id: string } }>("run.pool", given);
  return { run_id: run.id };
}

/** A run in which a task failed, by the hand of a person. */
async function failedRun(home: TestHome): Promise<{ run_id: string }> {
  const run = await startRun(home);
  const [task] = await waitFor(async () => {
    const tasks = await home.app.store.tasks.ofRun(run.run_id);
    return tasks.length > 0 && tasks;
  });
  const claim = { task_id: task?.id, agent };
  const { model, role } = task?.requires ?? {};
  const able = { ...(model ? { model } : {}), ...(role ? { role } : {}) };
  await home.ask("task.claim", { ...claim, ...able, provider_id: "fake" });
  await home.ask("task.fail", { ...claim, error: "no" });
  await waitFor(async () => (await home.app.store.runs.get(run.run_id))?.endedAt != null);
  return run;
}

async function addSession(home: TestHome, id: string, state: SessionState): Promise<string> {
  const over = state === "completed" ? { endedAt: 1 } : {};
  const session = makeSession({ id, state, name: null, ...over });
  await home.app.store.commit(decide({ writes: [{ noun: "session", insert: session }] }));
  return id;
}

const worker = { provider_id: "fake", isolation: "read_only", detach: true };
const none = (because: string): Act => ({ input: null, told: [], because });

/** Uses of operations about boards, runs and groups, none of which needs an agent. */
export const boardActs: Readonly<Record<string, Act>> = {
  "agent.register": { input: () => ({ name: agent }), told: ["agent_registered"] },
  "agent.heartbeat": {
    input: () => ({ name: agent, note: "x" }),
    told: [],
    because: "a sign of life; what it says stands in the list of agents",
  },
  "agent.leave": {
    input: async (home) => {
      await home.ask("agent.register", { name: "eve" });
      return { name: "eve" };
    },
    told: ["agent_left"],
  },
  "approval.request": { input: () => ({ subject: "Push", agent }), told: ["approval_requested"] },
  "approval.approve": { input: ask, told: ["approval_approved"] },
  "approval.reject": { input: ask, told: ["approval_rejected"] },
  "approval.cancel": { input: ask, told: ["approval_cancelled"] },
  "message.send": {
    input: async (home) => {
      await write(home);
      return { to: "bob", body: "two", agent };
    },
    told: ["message_sent"],
  },
  "message.broadcast": { input: () => ({ body: "to all", agent }), told: ["message_sent"] },
  "message.check": { input: () => ({ agent: "bob" }), told: ["message_delivered"] },
  "message.ack": { input: () => ({ through: 1_000, agent: "bob" }), told: ["message_acked"] },
  "thread.open": {
    input: () => ({ title: "T", body: "first", agent }),
    told: ["thread_opened", "message_sent"],
  },
  "thread.reply": {
    input: async (home) => ({ ...(await openThread(home)), body: "second", agent }),
    told: ["message_sent"],
  },
  "thread.resolve": { input: openThread, told: ["thread_resolved"] },
  "decision.log": { input: () => ({ decision: "Keep it", agent }), told: ["decision_logged"] },
  "task.add": { input: () => ({ title: "Do it" }), told: ["task_added"] },
  "task.batch": {
    input: () => ({ tasks: [{ title: "Do it" }, { title: "And that" }] }),
    told: ["task_added", "task_added"],
  },
  "task.claim": {
    input: async (home) => ({ task_id: await addTask(home), agent }),
    told: ["task_claimed"],
  },
  "task.complete": { input: claimTask, told: ["task_completed"] },
  "task.fail": {
    input: async (home) => ({ ...(await claimTask(home)), error: "no" }),
    told: ["task_failed"],
  },
  "task.release": { input: claimTask, told: ["task_released"] },
  "task.renew": {
    input: claimTask,
    told: [],
    because: "a sign of life; until when the claim holds stands with the task",
  },
  "task.note": {
    input: async (home) => ({ task_id: await addTask(home), text: "half of it" }),
    told: ["task_noted"],
  },
  "task.retry": { input: failTask, told: ["task_retried"] },
  "task.cancel": {
    input: async (home) => ({ task_id: await addTask(home) }),
    told: ["task_cancelled"],
  },
  "lease.acquire": { input: () => ({ files: ["a.txt"], agent }), told: ["lease_acquired"] },
  "lease.renew": {
    input: (home) => acquire(home, "b.txt"),
    told: ["lease_renewed"],
    again: ["lease_renewed"],
  },
  "lease.release": { input: (home) => acquire(home, "c.txt"), told: ["lease_released"] },
  "workers.start": {
    input: () => ({ name: "w", provider_id: "fake", tags: ["rare"] }),
    told: ["workers_started"],
  },
  "workers.scale": {
    input: async (home) => ({ ...(await startWorkers(home, "x")), max: 1 }),
    told: ["workers_bounded"],
    // it also ends what a breaker holds up
    again: ["workers_bounded"],
  },
  "workers.drain": { input: (home) => startWorkers(home, "y"), told: ["workers_state_changed"] },
  "workers.stop": { input: (home) => startWorkers(home, "z"), told: ["workers_state_changed"] },
  "run.pool": {
    input: () => ({ ...worker, prompts: ["x"] }),
    told: ["run_started"],
  },
  "run.swarm": { input: () => ({ ...worker, goal: "x" }), told: ["run_started"] },
  "run.team": {
    // its workers work in worktrees
    input: (home) => ({ ...worker, goal: "x", repo_path: makeRepo(join(home.folder, "repo"), {}) }),
    told: ["run_started"],
  },
  "run.start": {
    input: () => ({ ...worker, kind: "pool", spec: { tasks: ["x"] } }),
    told: ["run_started"],
  },
  "run.pipeline": {
    input: (home) => {
      const file = join(home.folder, "stages.yaml");
      writeFileSync(file, "stages: [{ name: one, prompt: x }]\n");
      return { ...worker, file };
    },
    told: ["run_started"],
  },
  "run.retry": { input: failedRun, told: ["task_retried", "run_state_changed"] },
  "run.pause": { input: startRun, told: ["run_state_changed"] },
  "run.resume": {
    input: async (home) => {
      const run = await startRun(home);
      await home.ask("run.pause", run);
      return run;
    },
    told: ["run_state_changed"],
  },
  "run.cancel": { input: startRun, told: ["run_ended"] },
  "task.assign": {
    input: async (home) => {
      const session_id = await addSession(home, "ap_000000000001", "idle");
      return { task_id: await addTask(home), session_id };
    },
    told: ["task_claimed"],
  },
  "session.remove": {
    input: async (home) => ({
      session_ids: [await addSession(home, "ap_000000000002", "completed")],
    }),
    told: ["session_removed"],
  },
  "session.prune": {
    input: async (home) => {
      await addSession(home, "ap_000000000003", "completed");
      return { older_than_seconds: 0 };
    },
    told: ["session_removed"],
  },
  "account.lift": {
    input: async (home) => {
      const at = home.app.now();
      const limit = {
        resetsAt: null,
        until: at + 60_000,
        since: at,
        sessionId: "ap_000000000001",
        because: "x",
      };
      const put = { id: "fake", providerId: "fake", limit: { ...limit, source: "log" } } as const;
      await home.app.store.commit(decide({ writes: [{ noun: "account", put }] }));
      return { account_id: "fake" };
    },
    told: ["account_lifted"],
  },
  "orphan.gc": none("what it removes belongs to no session that is known"),
  "usage.refresh": none("it asks vendors and writes down what they say, as usage"),
  "stats.card": none("it writes a picture"),
  "preferences.init": none("it writes a file of the person's"),
  "notification.test": none("it tries the ways of notification"),
};

/** What an agent experiences, each with the event of its own that says who asked for it. */
export const agentActs: Readonly<Record<string, string>> = {
  "session.spawn": "session_created",
  "session.send": "delivery_queued",
  "session.answer": "prompt_answered",
  "session.approve": "prompt_answered",
  "session.deny": "prompt_answered",
  "session.interrupt": "interrupt_requested",
  "session.keys": "keys_pressed",
  "session.collect": "artifacts_collected",
  "session.terminate": "session_closing",
  "session.resume": "session_resumed",
  "session.recover": "session_resumed",
  "worktree.cleanup": "worktree_removed",
  "supervisor.stop": "supervisor_stopped",
};
