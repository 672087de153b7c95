import { mkdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { AgentPool, Pipeline, Stage, Task, TaskBoard } from "../../../src/index.ts";
import { EventSinks } from "../../../src/surface/library/event-sinks.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { waitFor } from "../../support/wait.ts";

const anything = (value: unknown): never => value as never;

test.each([
  ["a task without words", () => new Task({ prompt: " " }), /prompt is no text/],
  ["a field nobody knows", () => new Task(anything({ prompt: "x", sandbox: "docker" })), /sandbox/],
  ["a field that is nearly one", () => new Task(anything({ prompt: "x", modle: "y" })), /model/],
  ["no time", () => new Task({ prompt: "x", timeoutSeconds: 0 }), /timeoutSeconds is 0/],
  ["no agents", () => new AgentPool({ provider: "x", maxAgents: 0 }), /maxAgents is 0/],
  ["no agents by config", () => new AgentPool({ config: { maxAgents: 0 } }), /maxAgents is 0/],
  [
    "reused sessions of a team",
    () => new AgentPool({ mode: "team", reuseSessions: true }),
    /reuseSessions is for independent tasks/,
  ],
  ["a reuse there is not", () => new Task(anything({ prompt: "x", reuse: true })), /only be false/],
  ["a mode there is not", () => new AgentPool(anything({ mode: "swarm" })), /parallel or team/],
  ["a folder kind there is not", () => new AgentPool(anything({ isolation: "x" })), /worktree/],
  ["no stages", () => new Pipeline([]), /empty/],
  ["a stage without words", () => new Stage("a", {}), /prompt is no text/],
  [
    "a transform there is not",
    () => new Stage("a", anything({ prompt: "x", transform: {} })),
    /shell/,
  ],
  ["a stage that is none", () => new Pipeline(anything(["a"]), { provider: "x" }), /stages\[0\]/],
  ["a stage with nothing", () => new Stage("a", anything(undefined)), /options are no object/],
  ["a word for options", () => new AgentPool(anything("codex-cli")), /options are no object/],
  // left aside, it would be a cap that is none
  ["a cap there is not", () => new AgentPool(anything({ budget: { dollars: 1 } })), /dollars/],
  ["a cap of nothing", () => new AgentPool({ budget: { usd: 0 } }), /a number above 0/],
  ["a callback that is none", () => new AgentPool(anything({ eventCallback: "x" })), /no function/],
  ["a board elsewhere", () => new TaskBoard(anything({ redis: "x" })), /redis/],
])("%s is refused when it is written", (_, make, why) => {
  expect(make).toThrow(expect.objectContaining({ code: "invalid_input" }) as Error);
  expect(make).toThrow(why);
});

test("nobody chooses a provider", () => {
  const pool = new AgentPool();
  const missing = expect.objectContaining({ code: "provider_required" }) as Error;
  expect(() => pool.submit("x")).toThrow(missing);
  expect(pool.submit({ prompt: "x", provider: "one" })).toBe("agent-1");
  expect(pool.submit({ prompt: "x", profile: "tester" })).toBe("agent-2");
  expect(() => new Pipeline([new Stage("a", { prompt: "x" })])).toThrow(missing);
});

test("a pool refuses what is for another mode, and a name twice", async () => {
  const pool = new AgentPool({ provider: "x" });
  pool.submit({ prompt: "x", agentId: "me" });
  expect(() => pool.submit({ prompt: "x", agentId: "me" })).toThrow(/another task's/);
  expect(() => pool.addTasks(["x"])).toThrow(/addTasks is for team/);
  const team = new AgentPool({ provider: "x", mode: "team" });
  expect(() => team.submit("x")).toThrow(/submit is for parallel/);
  await expect(team.runTeam({ leadPrompt: "x" })).rejects.toThrow(/nothing to do/);
  expect(() => team.taskBoard.add("x", { dependsOn: ["task-0009"] })).toThrow(
    expect.objectContaining({ code: "dependency_unknown" }) as Error,
  );
});

test("a task without a name is never called as one that has one", () => {
  const pool = new AgentPool({ provider: "x" });
  pool.submit({ prompt: "x", agentId: "agent-2" });
  expect([pool.submit("x"), pool.submit("x")]).toEqual(["agent-3", "agent-4"]);
  pool.submit({ prompt: "x", agentId: "agent-6" });
  expect([pool.submit("x"), pool.submit("x")]).toEqual(["agent-7", "agent-8"]);
});

test("nothing comes of a pool that is closed, and a loop over it ends", async () => {
  const pool = new AgentPool({ provider: "x" });
  const before = pool.events().next();
  await pool.close();
  expect((await before).done).toBe(true);
  expect((await pool.events().next()).done).toBe(true);
});

test("a run of nothing is over at once, for whoever reads along too", async () => {
  const pool = new AgentPool({ provider: "x" });
  const next = pool.events().next();
  expect(await pool.run()).toEqual([]);
  expect((await next).done).toBe(true);
});

test("a log file that cannot be written any more is a warning, once, and goes on when it can", async () => {
  const file = join(tempFolder(), "agents.jsonl");
  const sinks = new EventSinks({ logFile: file });
  const warnings: string[] = [];
  const heard = ({ message }: Error): void => void warnings.push(message);
  process.on("warning", heard);
  onTestFinished(() => void process.off("warning", heard));
  const tell = (runId: string): void => sinks.tell({ type: "run_started", runId, at: 0 });
  rmSync(file);
  mkdirSync(file);
  for (const id of ["rn_1", "rn_2"]) tell(id);
  rmdirSync(file);
  tell("rn_3");

  await waitFor(() => warnings.length > 0);
  expect(warnings).toEqual([
    expect.stringContaining(`Events are missing in ${file}: Error: EISDIR`),
  ]);
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ run_id: "rn_3" });
});

test("a log file that cannot be written is told before anything begins", () => {
  const folder = tempFolder();
  expect(() => new AgentPool({ provider: "x", logFile: folder })).toThrow(/EISDIR/);
  expect(
    () => new AgentPool({ provider: "x", logFile: join(folder, "a", "b.jsonl") }),
  ).not.toThrow();
});
