// needs: tmux
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openHome, type TestHome } from "../support/home.ts";
import { runOver, startPool } from "../support/orchestration/pool-run.ts";
import { waitFor } from "../support/wait.ts";

interface Run {
  readonly run: { readonly id: string; readonly state: string; readonly output: string | null };
  readonly tasks: readonly { readonly title: string; readonly state: string }[];
}

const stages = [
  { name: "a", prompt: "!fake say alpha" },
  { name: "b", prompt: "!fake say {previous_response} beta" },
  { name: "c", prompt: "!fake say {stages.a.response} and {previous_response}" },
];

function pipeline(home: TestHome, options: Record<string, unknown>): Promise<Run> {
  const file = join(home.folder, "stages.json");
  writeFileSync(file, JSON.stringify({ stages }));
  return home.ask("run.pipeline", {
    file,
    provider_id: "fake",
    isolation: "read_only",
    ...options,
  });
}

test("a pipeline begins with a stage in the middle, on what an earlier one answered before it", async () => {
  const home = await openHome();
  const whole = await pipeline(home, {});
  expect(whole.run).toMatchObject({ state: "completed", output: "alpha and alpha beta" });
  await expect(pipeline(home, { from: "d" })).rejects.toMatchObject({ code: "invalid_run" });

  const rest = await pipeline(home, { from: "c", earlier_run: whole.run.id });

  expect(rest.run).toMatchObject({ state: "completed", output: "alpha and alpha beta" });
  expect(rest.tasks).toHaveLength(1);
  expect(rest.run.id).not.toBe(whole.run.id);
});

test("an estimate begins nothing, and knows what was done here before", async () => {
  const home = await openHome();
  const task = "!fake usage 100 20\n!fake say one";
  const asked = { prompts: [task, task], provider_id: "fake", isolation: "read_only" };
  const { estimate: blank } = await home.ask<{ estimate: Record<string, unknown> }>("run.pool", {
    ...asked,
    estimate: true,
  });
  expect(blank).toMatchObject({ tasks: { low: 2, high: 2 }, duration_seconds: null, tokens: null });
  expect(await home.app.store.runs.list({ all: true, limit: 10 })).toEqual([]);
  await home.ask("run.pool", { ...asked, prompts: [task, task, task] });

  const { estimate } = await home.ask<{ estimate: Record<string, unknown> }>("run.pool", {
    ...asked,
    estimate: true,
  });

  expect(estimate).toMatchObject({ tokens: { low: 240, high: 240 }, list_price_usd: null });
  expect(estimate["duration_seconds"]).not.toBeNull();
  expect(await home.app.store.runs.list({ all: true, limit: 10 })).toHaveLength(1);
});

test("a limit in dollars on a model without a known price is told at the start", async () => {
  const home = await openHome();
  const asked = { prompts: ["!fake say one"], provider_id: "fake", isolation: "read_only" };
  const { notes } = await home.ask<{ notes: string[] }>("run.pool", { ...asked, budget_usd: 1 });
  expect(notes).toEqual([expect.stringContaining("the price of fake with the model it takes")]);
  expect((await home.ask<{ notes: string[] }>("run.pool", asked)).notes).toEqual([]);
});

test("the events of a run are posted to an address, each once and in order", async () => {
  const home = await openHome();
  const told: { type: string }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      told.push(
        ...body
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line) as { type: string }),
      );
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };

  const run = await startPool(home, ["!fake say one"], { onEvent: `http://127.0.0.1:${port}/x` });
  await runOver(home, run.id);

  await waitFor(() => told.some(({ type }) => type === "run_ended"));
  expect(told.map(({ type }) => type)).toEqual([
    "run_started",
    "task_added",
    "task_claimed",
    "task_completed",
    "run_ended",
  ]);
});

test("whose worker could not be started is told before anything begins", async () => {
  const home = await openHome();
  const outside = { provider_id: "fake", repo_path: home.folder };
  await expect(home.ask("run.team", { goal: "g", ...outside })).rejects.toMatchObject({
    code: "invalid_run",
    why: expect.stringContaining("its isolation is worktree by the profile worker") as string,
  });
  const gone = { ...outside, repo_path: join(home.folder, "gone"), isolation: "shared" };
  await expect(home.ask("run.pool", { prompts: ["a"], ...gone })).rejects.toMatchObject({
    code: "invalid_run",
    why: expect.stringContaining("No folder") as string,
  });
  const reading = { ...outside, provider_id: "droid-cli", isolation: "read_only" };
  const asked = { goal: "g", ...reading, estimate: true };
  // it has no lead, which alone needs tools
  await home.ask("run.swarm", asked);
  await expect(home.ask("run.team", asked)).rejects.toMatchObject({ code: "invalid_run" });
  expect(await home.app.store.runs.list({ all: true, limit: 10 })).toEqual([]);

  const mode = { provider_id: "droid-cli", repo_path: home.folder, isolation: "read_only" };
  const refused = {
    code: "invalid_input",
    why: expect.stringContaining("Droid takes its tools by") as string,
    hint: expect.any(String) as string,
  };
  const lead = home.ask("session.spawn", { ...mode, task: "lead", toolset: "lead" });
  await expect(lead).rejects.toMatchObject(refused);
  await expect(home.ask("workers.start", { ...mode, name: "w" })).rejects.toMatchObject(refused);
});

test("the name of a run file in the place of a task is refused, with how it is meant", async () => {
  const home = await openHome();
  writeFileSync(join(home.folder, "tasks.yaml"), "tasks: [a]\n");
  const refused = (kind: string) => ({
    code: "invalid_input",
    hint: `agentpool run ${kind} --file tasks.yaml`,
  });

  await expect(
    home.ask("run.pool", { prompts: ["tasks.yaml"], provider_id: "fake" }),
  ).rejects.toMatchObject(refused("pool"));
  await expect(
    home.ask("run.team", { goal: "tasks.yaml", provider_id: "fake" }),
  ).rejects.toMatchObject(refused("team"));
  expect(await home.app.store.runs.list({ all: true, limit: 10 })).toEqual([]);
});

test("who watches a run that is paused is told, and waits no longer", async () => {
  const home = await openHome();
  const run = await startPool(home, ["!fake sleep 60"]);
  const watched = home.ask<Run>("run.watch", { run_id: run.id, timeout_seconds: 60 });

  await home.ask("run.pause", { run_id: run.id });

  expect((await watched).run).toMatchObject({ state: "paused", because: "person paused it" });
  await home.ask("run.cancel", { run_id: run.id });
});

test("whoever looks at a run may wait for its end, and is told how far it is when the time is over", async () => {
  const home = await openHome();
  const spec = { tasks: ["!fake sleep 0.5\n!fake say one"] };
  const asked = { kind: "pool", spec, provider_id: "fake", isolation: "read_only", detach: true };
  const { run } = await home.ask<Run>("run.start", asked);
  const look = (timeout_seconds: number) =>
    home.ask<Run>("run.show", { run_id: run.id, timeout_seconds });

  expect((await look(0.05)).run.state).toBe("running");
  expect((await look(30)).run.state).toBe("completed");
});

test("a limit on what is shown of a run leaves tasks out and counts them, and without one all are there", async () => {
  const home = await openHome();
  const run = await startPool(home, ["!fake say a", "!fake say b", "!fake say c"]);
  await runOver(home, run.id);
  const look = (input: object) =>
    home.ask<Run & { tasks_not_shown?: object }>("run.show", { run_id: run.id, ...input });
  const bound = await look({ task_limit: 1 });
  expect(bound.tasks).toHaveLength(1);
  expect(bound.tasks_not_shown).toEqual({ completed: 2 });
  const whole = await look({});
  expect(whole.tasks).toHaveLength(3);
  expect(whole).not.toHaveProperty("tasks_not_shown");
});

test("what the tool of a host leaves out is no part of its spec either", async () => {
  const home = await openHome();
  const host = home.as({ kind: "coordinator", id: "coord_1" });
  for (const field of ["on_event", "env"]) {
    const spec = { tasks: ["!fake say one"], [field]: field === "env" ? ["SECRET"] : "sh" };
    const input = { kind: "pool", spec, provider_id: "fake", isolation: "read_only" };
    await expect(host.call("run.start", { input })).rejects.toMatchObject({
      code: "policy_blocked",
      message: expect.stringContaining(field) as string,
    });
  }
  expect(await home.app.store.runs.list({ all: true, limit: 10 })).toEqual([]);
});

test("a host begins no pipeline whose stages run commands, and a person does", async () => {
  const home = await openHome();
  const host = home.as({ kind: "coordinator", id: "coord_1" });
  const asked = (transform: unknown) => ({
    kind: "pipeline",
    spec: {
      stages: [
        { name: "a", prompt: "!fake say a" },
        { name: "b", prompt: "!fake say b", transform },
      ],
    },
    provider_id: "fake",
    isolation: "read_only",
    detach: true,
  });
  const shell = { shell: "cat" };
  for (const transform of [shell, [{ first: 10 }, shell]]) {
    await expect(host.call("run.start", { input: asked(transform) })).rejects.toMatchObject({
      code: "policy_blocked",
      hint: expect.stringContaining("agentpool run pipeline FILE") as string,
    });
  }
  expect(await home.app.store.runs.list({ all: true, limit: 10 })).toEqual([]);

  await host.call("run.start", { input: asked({ first: 10 }) });
  await home.ask<Run>("run.start", asked(shell));
  expect(await home.app.store.runs.list({ all: true, limit: 10 })).toHaveLength(2);
});
