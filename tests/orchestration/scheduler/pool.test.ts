// needs: tmux
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openHome, readRecord, type TestHome } from "../../support/home.ts";
import { isGone } from "../../support/is-gone.ts";
import { runOver, sessionsOf, startPool, tasksOf } from "../../support/orchestration/pool-run.ts";
import { waitFor } from "../../support/wait.ts";

test("a pool carries out each task in a session of its own and keeps what it said", async () => {
  const home = await openHome();
  const run = await startPool(home, ["!fake say one", "!fake say two", "!fake say three"]);

  expect(await runOver(home, run.id)).toMatchObject({ state: "completed", because: null });

  expect((await tasksOf(home, run.id)).map(({ state, result }) => [state, result])).toEqual([
    ["completed", "one"],
    ["completed", "two"],
    ["completed", "three"],
  ]);
  const sessions = await sessionsOf(home, run.id);
  expect(sessions.map(({ state }) => state)).toEqual(["completed", "completed", "completed"]);
});

test("the command a run was begun with is given every event of the run", async () => {
  const home = await openHome();
  const file = join(home.folder, "events.jsonl");
  const run = await startPool(home, ["!fake say one"], { onEvent: `cat >> ${file}` });
  await runOver(home, run.id);

  const told = await waitFor(() => {
    const events = readRecord(file);
    return events.some(({ type }) => type === "run_ended") ? events : undefined;
  });

  expect(told.map(({ type }) => type)).toEqual([
    "run_started",
    "task_added",
    "task_claimed",
    "task_completed",
    "run_ended",
  ]);
  expect(told.every((event) => event["run_id"] === run.id)).toBe(true);
});

test("a command for events that hangs holds up no other run, and is told the rest afterwards", async () => {
  const home = await openHome();
  const [gate, file] = [join(home.folder, "gate"), join(home.folder, "events.jsonl")];
  writeFileSync(gate, "");
  const onEvent = `while [ -e ${gate} ]; do sleep 0.05; done; cat >> ${file}`;
  const hanging = await startPool(home, ["!fake say one"], { onEvent });
  expect(await runOver(home, hanging.id)).toMatchObject({ state: "completed" });

  const other = await startPool(home, ["!fake say two"]);
  expect(await runOver(home, other.id)).toMatchObject({ state: "completed" });

  rmSync(gate);
  await waitFor(() => readRecord(file).some(({ type }) => type === "run_ended"));
  const told = readRecord(file).map(({ type }) => type);
  expect(new Set(told).size).toBe(told.length);
});

test("a command for events that hangs ends with its supervisor, and is given the rest by the next", async () => {
  const home = await openHome();
  const inHome = (name: string) => join(home.folder, name);
  const [gate, pids, file] = [inHome("gate"), inHome("pids"), inHome("told")];
  writeFileSync(gate, "");
  const onEvent = `echo $$ >> ${pids}; while [ -e ${gate} ]; do sleep 0.05; done; cat >> ${file}`;
  const run = await startPool(home, ["!fake say one"], { onEvent });
  expect(await runOver(home, run.id)).toMatchObject({ state: "completed" });

  await home.restart();

  const begun = () => readFileSync(pids, "utf8").trim().split("\n").map(Number);
  await waitFor(() => begun().length > 1);
  const [first = 0] = begun();
  expect(isGone(first)).toBe(true);
  rmSync(gate);
  await waitFor(
    () => existsSync(file) && readRecord(file).some(({ type }) => type === "run_ended"),
  );
});

test("an answer is shaped by a command before the next stage has it", async () => {
  const home = await openHome();
  const { run } = await home.ask<{ run: { id: string; state: string; output: string } }>(
    "run.start",
    {
      kind: "pipeline",
      provider_id: "fake",
      isolation: "read_only",
      spec: {
        stages: [
          { name: "a", prompt: "!fake say alpha" },
          {
            name: "b",
            transform: [{ shell: "tr a-z A-Z" }],
            prompt: "!fake say {previous_response} beta",
          },
        ],
      },
    },
  );

  expect(run).toMatchObject({ state: "completed", output: "ALPHA beta" });
});

interface View {
  readonly run: { readonly id: string };
}

/** Begins a pipeline of four stages, of which the second is as it is told. */
async function begin(home: TestHome, second: object, more: object = {}): Promise<string> {
  const file = join(home.folder, "stages.yaml");
  const stages = [
    { name: "one", prompt: "!fake say first" },
    { name: "two", prompt: "!fake say second after {previous_response}", ...second },
    { name: "three", prompt: "!fake say third after {previous_response}" },
    { name: "four", prompt: "!fake say fourth after {stages.one.response}" },
  ];
  writeFileSync(file, JSON.stringify({ provider: "fake", isolation: "read_only", stages }));
  const given = { file, detach: true, repo_path: home.folder, ...more };
  return (await home.ask<View & Record<string, unknown>>("run.pipeline", given)).run.id;
}

test("a stage that takes too long ends a pipeline with the results so far, and a later one begins there", async () => {
  const home = await openHome();
  const id = await begin(home, { prompt: "!fake sleep 60", timeout: 2 });

  const over = await runOver(home, id);

  expect(over).toMatchObject({ state: "partial", output: "first" });
  expect(over.because).toContain("stage two (2 of 4): it took longer than 2 s");
  expect((await tasksOf(home, id)).map(({ key, state }) => [key, state])).toEqual([
    ["stage.one", "completed"],
    ["stage.two", "failed"],
  ]);

  const again = await begin(home, {}, { from: "two", earlier_run: id });

  expect(await runOver(home, again)).toMatchObject({
    state: "completed",
    output: "fourth after first",
  });
  const results = (await tasksOf(home, again)).map(({ result }) => result);
  expect(new Set(results)).toEqual(
    new Set(["second after first", "third after second after first", "fourth after first"]),
  );
});
