// needs: tmux, git
/** Runs whose agents plan, review, divide and call tools: scripted agents in real panes. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { ensureBuilt, repository } from "../support/built.ts";
import { cliHome, type CliHome } from "../support/cli-home.ts";
import { makeRepo } from "../support/home.ts";
import { words } from "../support/readme.ts";

beforeAll(ensureBuilt, 120_000);

interface Shown {
  readonly run: {
    readonly id: string;
    readonly state: string;
    readonly because: string | null;
    readonly output: string | null;
  };
  readonly tasks: readonly {
    readonly id: string;
    readonly key: string | null;
    readonly title: string;
    readonly state: string;
    readonly session_id: string | null;
    readonly result: string | null;
    readonly claimed_at: string;
    readonly ended_at: string;
    readonly artifacts: readonly string[];
  }[];
  readonly approvals: readonly { readonly id: string; readonly state: string }[];
}

const goal = "Add a settings page";

/** How many sessions there are that belong to no task of the run. */
async function sessionsBeside(home: CliHome, { tasks }: Shown): Promise<number> {
  const { sessions } = await home.json<{ sessions: { id: string }[] }>(["sessions", "--all"]);
  const own = new Set(tasks.map(({ session_id: id }) => id));
  return sessions.filter(({ id }) => !own.has(id)).length;
}

const shown = (home: CliHome): Promise<Shown> => home.json(["run", "show"]);

/** What the agent of a task was given, whole. */
function promptOf(home: CliHome, { session_id: id }: Shown["tasks"][number]): string {
  return readFileSync(join(home.home.session(id ?? "").artifacts, "task.md"), "utf8");
}

test("the page about runs works as it stands, and its team works by an approved plan, not before", async () => {
  const home = cliHome();
  const cwd = makeRepo(home.folder);
  const page = readFileSync(join(repository, "docs", "runs.md"), "utf8");
  const [, block = ""] = /```sh gate\n([^]*?)```/.exec(page) ?? [];
  /** What comes after || is for a shell that goes on whatever the status is. */
  const type = async (line: string | undefined, status = 0): Promise<string> => {
    const [command = ""] = (line ?? "").split(" || ");
    return (await home.run(words(command).slice(1), { cwd, status })).stdout;
  };
  const [pool, estimate, team, atGate, reject, again, approve, toTheEnd, report, finish] = block
    .trim()
    .split("\n");

  expect(await type(pool)).toContain("2 of 2 done");
  expect(await type(estimate)).toContain("Nothing was begun.");
  await type(team);
  expect(await type(atGate, 8)).toMatch(
    /\? plan, round 1 of 3: .+  pending  agentpool approval approve av_/,
  );
  const planned = await shown(home);
  expect(planned.run.state).toBe("awaiting_approval");
  expect(planned.tasks.map(({ key, state }) => [key, state])).toEqual([
    ["plan-1", "completed"],
    ["review-1-architect", "completed"],
    ["review-1-devils-advocate", "completed"],
    ["revision-1", "completed"],
  ]);
  expect(await sessionsBeside(home, planned)).toBe(2);

  await type(reject);
  await type(again, 8);
  const refused = await shown(home);
  const second = refused.tasks.find(({ key }) => key === "plan-2");
  expect(second && promptOf(home, second)).toContain("Say where it is linked");
  // the gate is in the store, and in nobody's memory
  process.kill(home.supervisor(), "SIGKILL");
  await type(again, 8);
  expect(await sessionsBeside(home, refused)).toBe(2);
  await type(approve);
  await type(toTheEnd);

  const { run, tasks } = await shown(home);
  expect(run).toMatchObject({ state: "completed", output: `All of it together: ${goal}` });
  const byKey = new Map(tasks.map((task) => [task.key, task]));
  const work = ["phase-01.task-01", "phase-01.task-02", "phase-02.task-01"].map((key) =>
    byKey.get(key),
  );
  expect(work.map((task) => task?.result)).toEqual([
    `Done: first half of: ${goal}`,
    `Done: second half of: ${goal}`,
    `Done: check of: ${goal}`,
  ]);
  const [one, two, check] = work;
  // what each changed is kept with its task, which it ended itself
  const patches = work.flatMap((task) => task?.artifacts.filter((path) => path.endsWith(".patch")));
  expect(patches).toHaveLength(3);
  expect(readFileSync(patches[0] ?? "", "utf8")).toContain("+Done: first half");
  expect((check?.claimed_at ?? "") >= (one?.ended_at ?? "z")).toBe(true);
  expect((check?.claimed_at ?? "") >= (two?.ended_at ?? "z")).toBe(true);
  expect(check && promptOf(home, check)).toContain(`Done: second half of: ${goal}`);
  expect(await type(report)).toMatch(/rejected by person.*Say where it is linked/);
  expect(await type(finish)).toContain("3 branches for main");
});

test("a team whose plans are all refused fails, and nobody worked", async () => {
  const home = cliHome();
  const asked = 'Add a page\n!fake when "Decide whether" say {"approve": false, "feedback": "No."}';
  const file = join(home.folder, "team.yaml");
  const spec = {
    goal: asked,
    provider: "fake-team",
    reviewers: [],
    approval: { by: "lead", rounds: 2 },
    worker: { isolation: "read_only" },
  };
  writeFileSync(file, JSON.stringify(spec));

  await home.run(["run", "team", "--file", file], { status: 1 });

  const { run, tasks } = await shown(home);
  expect(run.state).toBe("failed");
  expect(run.because).toContain("refused 2 times");
  expect(tasks.map(({ key }) => key)).toEqual(["plan-1", "gate-1", "plan-2", "gate-2"]);
});

test("a worker is given its own task when it asks for one, and nothing its run gives to others", async () => {
  const home = cliHome();
  const asked = [
    "Add a page",
    '!fake when "first half of" mcp claim_task {}',
    '!fake when "first half of" mcp complete_task {"task_id":"{{claim_task.task.id}}","token":{{claim_task.task.claim.token}},"result":"by token"}',
    '!fake when "first half of" mcp complete_task {"task_id":"{{claim_task.task.id}}","token":{{claim_task.task.claim.token}},"result":"another"}',
    '!fake when "first half of" mcp claim_task {}',
  ].join("\n");
  const file = join(home.folder, "team.yaml");
  const worker = { isolation: "read_only" };
  const team = { goal: asked, provider: "fake-team", reviewers: [], approval: "policy", worker };
  writeFileSync(file, JSON.stringify({ ...team, roles: { tester: worker }, concurrency: 1 }));

  await home.run(["run", "team", "--file", file]);

  const { tasks } = await shown(home);
  const one = tasks.find(({ key }) => key === "phase-01.task-01");
  expect(one?.result).toBe("by token");
  const log = join(home.home.session(one?.session_id ?? "").artifacts, "transcript.jsonl");
  const told = readFileSync(log, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { role: string; text: string })
    .filter(({ role }) => role === "tool")
    .map(({ text }) => text);
  expect(told[0]).toContain(`{"task":{"id":"${one?.id}"`);
  expect(told[1]).toContain('"ok":true');
  expect(told[2]).toContain("task_ended");
  expect(told[3]).toContain('{"task":null');
  expect(told).toHaveLength(4);
});

test("a swarm says which of its parts failed, and is partial", async () => {
  const home = cliHome();
  const asked = 'Compare\n!fake when "You work on part 2 of 3" fail no network';
  const begun = ["run", "swarm", asked, "--agents", "3", "--provider", "fake-team"];

  await home.run([...begun, "--isolation", "read_only"], { status: 7 });

  const { run, tasks } = await shown(home);
  expect(run).toMatchObject({ state: "partial", output: "All of it together: Compare" });
  expect(run.because).toContain("no network");
  const synthesis = tasks.find(({ key }) => key?.startsWith("synthesis-"));
  expect(synthesis && promptOf(home, synthesis)).toContain(
    "1 of 3 parts have NO result: part 2. Say so plainly",
  );
  // what failed is done again, and the whole put together anew
  const retried = await home.run(["run", "retry"]);
  expect(retried.stdout).toContain("1 task will be done again");
  await home.run(["run", "watch"], { status: 7 });
});

test("a swarm of which nothing has a result failed, and one that cannot be divided is asked twice", async () => {
  const home = cliHome();
  const none = 'Compare\n!fake when "You work on part" fail no network';
  await home.run(
    ["run", "swarm", none, "--agents", "2", "--provider", "fake-team", "--isolation", "read_only"],
    { status: 1 },
  );
  const failed = await shown(home);
  expect(failed.run).toMatchObject({ state: "failed", output: null });
  expect(failed.tasks.map(({ key }) => key)).toEqual(["decompose", "part-0001", "part-0002"]);

  const prose = 'Compare\n!fake when "Divide this goal" say I would rather not';
  await home.run(
    ["run", "swarm", prose, "--agents", "2", "--provider", "fake-team", "--isolation", "read_only"],
    { status: 1 },
  );
  const undivided = await shown(home);
  expect(undivided.run.because).toContain("wrong twice");
  expect(undivided.tasks.map(({ key }) => key)).toEqual(["decompose", "repair"]);
});
