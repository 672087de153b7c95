// needs: tmux, git
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { AgentPool, Pipeline, Stage, Task, type PoolEvent } from "../../../src/index.ts";
import { openHome, type TestHome } from "../../support/home.ts";
import { serveHome } from "../../support/serve-home.ts";

/** A home with its supervisor in this process, and what a program says to use it. */
async function served(options: Parameters<typeof openHome>[0] = {}) {
  const home = await openHome(options);
  const program = await serveHome(home);
  return { home, program };
}

async function statesOf(home: TestHome): Promise<readonly string[]> {
  const { runs } = await home.ask<{ runs: { state: string }[] }>("run.list", { all: true });
  return runs.map(({ state }) => state);
}

test("results come in the order of submit, each with what became of it, and one that fails harms no other", async () => {
  const { home, program } = await served();
  const seen: string[] = [];
  const logFile = join(home.folder, "agents.jsonl");
  await using pool = new AgentPool({
    ...program,
    provider: "fake",
    maxAgents: 3,
    logFile,
    eventCallback: (agentId, type) => void seen.push(`${agentId} ${type}`),
  });
  const told: PoolEvent[] = [];
  pool.submit(new Task({ prompt: "!fake sleep 0.3\n!fake say one", model: "fake-large" }));
  pool.submit({ prompt: "!fake say two", agentId: "lost", workspace: join(home.folder, "none") });
  pool.submit(new Task({ prompt: "!fake say three", provider: "nobody" }));
  pool.submit("!fake fail broken");
  pool.submit({ prompt: "!fake hang", agentId: "late", timeoutSeconds: 5 });
  const loop = (async () => {
    for await (const event of pool.events()) told.push(event);
  })();

  const results = await pool.run();
  await loop;

  expect(results.map(({ agentId, status, response }) => [agentId, status, response])).toEqual([
    ["agent-1", "completed", "one"],
    ["lost", "failed", null],
    ["agent-3", "failed", null],
    ["agent-4", "failed", null],
    ["late", "timeout", null],
  ]);
  const [first, lost, nobody, broken, late] = results;
  expect(first?.model).toBe("fake-large");
  expect(first?.tokens?.output).toBeGreaterThan(0);
  expect(first?.durationSeconds).toBeGreaterThan(0.3);
  expect(lost?.error).toContain("No folder");
  expect(nobody?.error).toContain("no provider is called nobody");
  expect(broken?.error).toContain("broken");
  expect(late?.error).toContain("longer than 5 s");
  expect(late?.durationSeconds).toBeGreaterThanOrEqual(5);
  expect(seen.filter((one) => one.endsWith("agent_complete")).toSorted()).toEqual(
    results.map(({ agentId }) => `${agentId} agent_complete`).toSorted(),
  );
  expect(seen.filter((one) => one.endsWith("agent_started")).toSorted()).toEqual([
    "agent-1 agent_started",
    "agent-4 agent_started",
    "late agent_started",
  ]);
  expect(told[0]).toMatchObject({ type: "run_started", runId: pool.runId });
  expect(told.at(-1)).toMatchObject({ type: "run_ended", state: "partial" });
  const lines = readFileSync(logFile, "utf8").trim().split("\n");
  const logged = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(logged.map(({ message }) => message)).toEqual(told.map(({ type }) => type));
  expect(logged.find((one) => one["message"] === "agent_started")).toMatchObject({
    run_id: pool.runId,
    data: { session_id: expect.stringMatching(/^ap_/) as string },
  });
  expect(await pool.run()).toEqual([]);
});

test("one agent does tasks that are alike where sessions are reused, but for one that refuses", async () => {
  const { program } = await served();
  await using pool = new AgentPool({
    ...program,
    provider: "fake",
    isolation: "read_only",
    maxAgents: 1,
    reuseSessions: true,
  });
  pool.submit(new Task({ prompt: "!fake say one", priority: 3 }));
  pool.submit(new Task({ prompt: "!fake say two", priority: 2 }));
  pool.submit(new Task({ prompt: "!fake say three", priority: 1, reuse: false }));

  const results = await pool.run();

  expect(results.map(({ response }) => response)).toEqual(["one", "two", "three"]);
  const [one, two, three] = results.map(({ sessionId }) => sessionId);
  expect(two).toBe(one);
  expect(three).not.toBe(one);
});

test("the home bounds how many work at once, also where the number comes from config", async () => {
  const { home, program } = await served({ env: { AGENTPOOL_MAX_PARALLEL_SESSIONS: "1" } });
  const config = Object.freeze({ maxAgents: 50, provider: "fake" });
  await using pool = new AgentPool({ ...program, config });
  for (const word of ["one", "two", "three"]) pool.submit(`!fake sleep 0.2\n!fake say ${word}`);

  const results = await pool.run();

  expect(results.map(({ response }) => response)).toEqual(["one", "two", "three"]);
  const { events } = await home.ask<{ events: { type: string }[] }>("event.query", {
    types: ["turn_started", "turn_completed"],
  });
  // each began when the one before was over
  expect(events.map(({ type }) => type)).toEqual(
    results.flatMap(() => ["turn_started", "turn_completed"]),
  );
});

test("requestStop ends the run, and what was not done is cancelled", async () => {
  const { home, program } = await served();
  await using pool = new AgentPool({ ...program, provider: "fake", maxAgents: 1 });
  pool.submit("!fake say one");
  pool.submit("!fake hang");
  pool.submit("!fake say three");
  const running = pool.run();
  for await (const event of pool.events()) {
    if (event.type === "agent_started" && event.agentId === "agent-2") await pool.requestStop();
  }

  const results = await running;

  expect(results.map(({ status }) => status)).toEqual(["completed", "cancelled", "cancelled"]);
  expect(results[1]?.error).toContain("the program asked it to stop");
  expect(await statesOf(home)).toEqual(["cancelled"]);
  const { sessions } = await home.ask<{ sessions: { state: string }[] }>("session.list", {});
  expect(sessions.map(({ state }) => state)).toEqual(["cancelled", "completed"]);
});

test("a pool that is left while it works ends its run", async () => {
  const { home, program } = await served();
  const pool = new AgentPool({ ...program, provider: "fake" });
  pool.submit("!fake hang");
  const running = pool.run();
  for await (const event of pool.events()) if (event.type === "agent_started") break;

  // a signal's handler and `await using` may both do so
  await Promise.all([pool.close(), pool.close()]);
  expect(() => pool.submit("too late")).toThrow("after close");

  expect((await running).map(({ status }) => status)).toEqual(["cancelled"]);
  expect(await statesOf(home)).toEqual(["cancelled"]);
});

test("a team's tasks wait for those they depend on, and a lead stands beside its workers", async () => {
  const { home, program } = await served();
  await using pool = new AgentPool({ ...program, provider: "fake", mode: "team", maxAgents: 4 });
  const [schema] = pool.addTasks(["!fake sleep 0.2\n!fake say the schema"]);
  const endpoints = pool.taskBoard.add("!fake say the endpoints", { dependsOn: [schema] });
  expect(await pool.taskBoard.status()).toMatchObject([{ state: "pending" }, { state: "blocked" }]);

  const results = await pool.runTeam({
    leadPrompt: "!fake say well done",
    numWorkers: 3,
    worker: { isolation: "shared" },
    endsWith: "turn",
  });

  expect(results.map(({ agentId, status, response }) => [agentId, status, response])).toEqual([
    ["lead", "completed", "well done"],
    [schema, "completed", "the schema"],
    [endpoints, "completed", "the endpoints"],
  ]);
  expect(await pool.taskBoard.status()).toMatchObject([
    { key: "lead", state: "completed" },
    { key: schema, state: "completed" },
    { key: endpoints, state: "completed" },
  ]);
  const ids = results.map(({ taskId }) => taskId);
  const { events } = await home.ask<{ events: { type: string; task_id: string }[] }>(
    "event.query",
    {
      types: ["task_claimed", "task_completed"],
      run_id: pool.runId,
    },
  );
  const order = events.map((event) => `${event.type} ${ids.indexOf(event.task_id)}`);
  expect(order.indexOf("task_claimed 2")).toBeGreaterThan(order.indexOf("task_completed 1"));
  expect(() => pool.taskBoard.add("late")).toThrow(/works already/);
});

test("a pipeline hands each answer on, shaped by functions and rules", async () => {
  const { program } = await served();
  const shouted: string[] = [];
  const shout = async (response: string): Promise<string> => {
    shouted.push(response);
    return response.toUpperCase();
  };
  const pipeline = new Pipeline(
    [
      new Stage("research", {
        prompt: "!fake say found {input}",
        transform: [shout, { first: 6 }],
      }),
      new Stage("plan", { prompt: "!fake say plan for {previous_response}", transform: shout }),
    ],
    { ...program, provider: "fake", input: "a bug", isolation: "read_only" },
  );

  const result = await pipeline.run();

  expect(result).toMatchObject({ success: true, error: null, finalResponse: "PLAN FOR FOUND" });
  expect(shouted).toEqual(["found a bug", "plan for FOUND"]);
  expect(result.stages.map(({ stage, response }) => [stage, response])).toEqual([
    ["research", "found a bug"],
    ["plan", "plan for FOUND"],
  ]);
  expect(result.totalDuration).toBeGreaterThan(0);
});

test("a transform that throws ends the pipeline with the results so far", async () => {
  const { program } = await served();
  const pipeline = new Pipeline(
    [
      new Stage("one", {
        prompt: "!fake say first",
        transform: () => {
          throw new Error("no JSON in it");
        },
      }),
      new Stage("two", { prompt: "!fake say second" }),
    ],
    { ...program, provider: "fake", isolation: "read_only" },
  );

  const result = await pipeline.run();

  expect(result.success).toBe(false);
  expect(result.error).toContain("no JSON in it");
  expect(result.finalResponse).toBe("first");
  expect(result.stages.map(({ stage }) => stage)).toEqual(["one"]);
});

test("a transform that never returns is given up when the pipeline is stopped", async () => {
  const { program } = await served();
  const stopping = new AbortController();
  const pipeline = new Pipeline(
    [
      new Stage("one", {
        prompt: "!fake say first",
        transform: () => {
          stopping.abort();
          return new Promise<string>(() => undefined);
        },
      }),
      new Stage("two", { prompt: "!fake say second" }),
    ],
    { ...program, provider: "fake", isolation: "read_only" },
  );

  const result = await pipeline.run({ signal: stopping.signal });

  expect(result.success).toBe(false);
  expect(result.error).toContain("the program asked it to stop");
  expect(result.stages.map(({ stage }) => stage)).toEqual(["one"]);
});

test("nor is one of the last stage waited for, which no task follows", async () => {
  const { program } = await served();
  const stopping = new AbortController();
  const transform = (): Promise<string> => {
    stopping.abort();
    return new Promise(() => undefined);
  };
  const pipeline = new Pipeline([new Stage("one", { prompt: "!fake say first", transform })], {
    ...program,
    provider: "fake",
    isolation: "read_only",
  });

  const result = await pipeline.run({ signal: stopping.signal });

  expect(result).toMatchObject({ success: false, finalResponse: "first" });
  expect(result.error).toContain("the program asked it to stop");
});
