/** What an agent may give to whom it starts: by itself, by a run, by a group of workers. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { person, type Principal } from "../../src/domain/principal.ts";
import type { Session } from "../../src/domain/session.ts";
import { makeRepo, openHome, type TestHome } from "../support/home.ts";
import { decide, makeRun, makeWorkerGroup } from "../support/records.ts";
import { makeSession } from "../support/session.ts";

const lead = "ap_00000000000a";
const free = "ap_00000000000b";
const watched = "ap_00000000000c";
const ofRun = "ap_00000000000d";
const child = "ap_00000000000e";
const nested = "ap_00000000000f";

const of = (sessionId: string): Principal => ({ kind: "session", sessionId });
const refusal = (policy: string) => ({
  code: "policy_blocked",
  why: expect.any(String) as string,
  hint: expect.stringMatching(/^agentpool /) as string,
  details: expect.objectContaining({ policy }) as object,
});

/** A run by a person, one by an agent of it, and sessions of both and of none. */
async function setUp(config = ""): Promise<TestHome & { readonly repo: string }> {
  const home = await openHome();
  mkdirSync(dirname(home.home.config), { recursive: true });
  writeFileSync(home.home.config, config);
  const worker = { providerId: "fake", mode: "worktree" };
  const runs = [
    makeRun({ id: "rn_1", author: "person", spec: { tasks: [{ worker }] } }),
    makeRun({ id: "rn_2", author: `session:${ofRun}`, spec: { tasks: [{ worker }] } }),
  ].map((run) => ({ ...run, state: "cancelled" as const, endedAt: 1 }));
  const rows: Partial<Session>[] = [
    { id: lead, toolset: "lead", author: "person" },
    { id: free, author: "person" },
    { id: watched, author: "person", supervision: "human_visible" },
    { id: ofRun, author: "run:rn_1", runId: "rn_1" },
    { id: child, author: `session:${watched}` },
    { id: nested, author: "run:rn_2", runId: "rn_2" },
  ];
  await home.app.store.commit(
    decide({
      writes: [
        ...runs.map((insert) => ({ noun: "run", insert }) as const),
        ...rows.map((row) => {
          const insert = makeSession({ ...row, state: "completed", endedAt: 1 });
          return { noun: "session", insert } as const;
        }),
      ],
    }),
  );
  return Object.assign(home, { repo: makeRepo(home.folder) });
}

function call(
  home: TestHome & { readonly repo: string },
  by: Principal,
  name: string,
  input: Record<string, unknown>,
): Promise<unknown> {
  const given = { provider_id: "fake", repo_path: home.repo, ...input };
  const env = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "" };
  return home.as(by).call(name, { input: given, env, cwd: home.folder });
}

const plan = (home: Awaited<ReturnType<typeof setUp>>, by: Principal, input: object) =>
  call(home, by, "session.spawn", { task: "x", dry_run: true, ...input });

test("an agent starts nothing in a shared folder and nothing autonomous, unless the policy says so", async () => {
  const home = await setUp();
  for (const by of [lead, free]) {
    await expect(plan(home, of(by), { isolation: "shared" })).rejects.toMatchObject(
      refusal("allow_shared_from_agents"),
    );
    await expect(plan(home, of(by), { supervision: "autonomous" })).rejects.toMatchObject(
      refusal("allow_autonomous_from_agents"),
    );
    await plan(home, of(by), { isolation: "worktree" });
  }
  const widest = { isolation: "shared", supervision: "autonomous" };
  await plan(home, person, widest);
  await plan(home, { kind: "coordinator", id: "coord_a" }, widest);

  const allowed = "policy: { allow_shared_from_agents: true, allow_autonomous_from_agents: true }";
  writeFileSync(home.home.config, allowed);
  await plan(home, of(lead), widest);
});

test("whoever works for a run gives nobody more than the run does, whatever the policy allows", async () => {
  const allowed = "policy: { allow_shared_from_agents: true, allow_autonomous_from_agents: true }";
  const home = await setUp(allowed);
  for (const by of [ofRun, nested]) {
    for (const wide of [{ isolation: "shared" }, { supervision: "autonomous" }]) {
      await expect(plan(home, of(by), wide)).rejects.toMatchObject(refusal("rights_of_run"));
    }
    await plan(home, of(by), { isolation: "worktree" });
  }
});

test("whose dialogs are for people starts nobody whose dialogs it could answer", async () => {
  const home = await setUp();
  for (const by of [watched, child]) {
    await expect(plan(home, of(by), {})).rejects.toMatchObject(refusal("rights_of_starter"));
    await plan(home, of(by), { supervision: "human_visible" });
  }
});

test("a run or workers that an agent begins are bounded as what it starts itself", async () => {
  const home = await setUp();
  const shared = { isolation: "shared" };
  const start = { kind: "pool", spec: { tasks: ["!fake say a"] }, detach: true };
  const asked = [
    ["run.start", { ...start, ...shared }],
    ["run.start", { ...start, spec: { tasks: [{ prompt: "a", ...shared }] } }],
    ["run.pool", { prompts: ["a"], detach: true, ...shared }],
    ["workers.start", { name: "w", ...shared }],
  ] as const;
  for (const [name, input] of asked) {
    await expect(call(home, of(free), name, input), name).rejects.toMatchObject(
      refusal("allow_shared_from_agents"),
    );
  }
  expect(await home.app.store.runs.list({ all: false, limit: 10 })).toEqual([]);
  expect(await home.app.store.workerGroups.list({ all: true, limit: 10 })).toEqual([]);

  // what a run began before the policy changed is refused as it starts its sessions
  const row = makeRun({ id: "rn_3", author: `session:${free}`, state: "cancelled", endedAt: 1 });
  await home.app.store.commit(decide({ writes: [{ noun: "run", insert: row }] }));
  const late = plan(home, { kind: "run", runId: "rn_3" }, shared);
  await expect(late).rejects.toMatchObject(refusal("allow_shared_from_agents"));
  await plan(home, { kind: "run", runId: "rn_1" }, shared);
});

test("an agent begins no run whose commands would run beside it, and a person does", async () => {
  const home = await setUp();
  const shaped = { name: "b", prompt: "!fake say b", transform: [{ shell: "cat" }] };
  const stages = [{ name: "a", prompt: "!fake say a" }, shaped];
  const pipeline = { kind: "pipeline", spec: { stages }, detach: true };
  const pool = { kind: "pool", spec: { tasks: ["!fake say a"] }, detach: true };
  for (const input of [pipeline, { ...pool, on_event: "cat" }]) {
    for (const by of [free, ofRun]) {
      await expect(call(home, of(by), "run.start", input)).rejects.toMatchObject(
        refusal("commands_of_agents"),
      );
    }
  }
  expect(await home.app.store.runs.list({ all: false, limit: 10 })).toEqual([]);

  const begun = await call(home, person, "run.start", pipeline);
  expect(begun).toMatchObject({ run: { kind: "pipeline" } });
});

/** Sessions that are over and could go on, by what they may change and whom they ask. */
async function over(
  home: Awaited<ReturnType<typeof setUp>>,
  rows: Readonly<Record<string, Partial<Session> & { readonly mode?: "shared" | "worktree" }>>,
): Promise<void> {
  const writes = Object.entries(rows).map(([id, { mode = "worktree", ...fields }]) => {
    const workspace = { ...makeSession().workspace, mode, repoPath: home.repo };
    const ended = { state: "lost", endedAt: Date.now(), terminal: null } as const;
    const conversation = { agentSessionId: `c-${id}`, turnCount: 1 };
    const insert = makeSession({ id, workspace, ...ended, ...conversation, ...fields });
    return { noun: "session", insert } as const;
  });
  await home.app.store.commit(decide({ writes }));
}

const resume = (home: Awaited<ReturnType<typeof setUp>>, by: Principal, id: string) =>
  home.as(by).call("session.resume", { input: { session_id: id, dry_run: true } });

const [wide, alone, plain, others, heirs] = [1, 2, 3, 4, 5].map((n) => `ap_00000000002${n}`) as [
  string,
  string,
  string,
  string,
  string,
];

test("an agent brings nobody back whom it could not have started", async () => {
  const home = await setUp();
  await over(home, {
    [wide]: { mode: "shared" },
    [alone]: { supervision: "autonomous" },
    [plain]: {},
    [others]: { author: "run:rn_1", runId: "rn_1" },
    [heirs]: { author: "run:rn_2", runId: "rn_2" },
  });
  const stranger = { code: "other_run", why: expect.any(String) as string };
  const refused = [
    [free, wide, refusal("allow_shared_from_agents")],
    [free, alone, refusal("allow_autonomous_from_agents")],
    [watched, plain, refusal("rights_of_starter")],
    [child, plain, refusal("rights_of_starter")],
    [free, others, stranger],
    [free, heirs, stranger],
    [lead, plain, { code: "tool_refused" }],
  ] as const;
  for (const [by, id, error] of refused) {
    await expect(resume(home, of(by), id), `${by} ${id}`).rejects.toMatchObject(error);
  }
  // of its own run, and of one that it began
  for (const [by, id] of [
    [free, plain],
    [ofRun, plain],
    [ofRun, others],
    [ofRun, heirs],
    ...[wide, alone, others].map((id) => [null, id] as const),
  ] as const) {
    await resume(home, by === null ? person : of(by), id);
  }

  const allowed = "policy: { allow_shared_from_agents: true, allow_autonomous_from_agents: true }";
  writeFileSync(home.home.config, allowed);
  for (const id of [wide, alone]) {
    await resume(home, of(free), id);
    await expect(resume(home, of(ofRun), id)).rejects.toMatchObject(refusal("rights_of_run"));
  }
});

test("of all that were cut off, an agent brings back whom it could have started", async () => {
  const home = await setUp();
  await over(home, { [wide]: { mode: "shared" }, [plain]: {}, [others]: { runId: "rn_1" } });
  const recover = async (by: Principal, input: object = {}) => {
    const { sessions, ok } = (await home
      .as(by)
      .call("session.recover", { input: { dry_run: true, ...input } })) as {
      sessions: { session_id: string; outcome: string; error: { code: string } | null }[];
      ok: boolean;
    };
    const told = sessions.map((one) => [one.session_id, one.error?.code ?? one.outcome]);
    return { ok, ...(Object.fromEntries(told) as Record<string, string>) };
  };
  const would = "would_resume";
  expect(await recover(of(free))).toEqual({
    ok: true,
    [wide]: "policy_blocked",
    [plain]: would,
    [others]: "other_run",
  });
  expect(await recover(person)).toEqual({
    ok: true,
    [wide]: would,
    [plain]: would,
    [others]: would,
  });
});

test("an agent has neither a run nor workers go on that it could not have started", async () => {
  const home = await setUp();
  const worker = { providerId: "fake", mode: "shared" };
  const shared = makeRun({ id: "rn_4", author: "person", spec: { tasks: [{ worker }] } });
  const paused = { ...shared, state: "paused" } as const;
  const ended = { ...shared, id: "rn_5", state: "failed", endedAt: 1 } as const;
  const group = makeWorkerGroup({
    mode: "shared",
    repoPath: home.repo,
    rules: { ...makeWorkerGroup().rules, min: 0 },
  });
  await home.app.store.commit(
    decide({
      writes: [
        { noun: "run", insert: paused },
        { noun: "run", insert: ended },
        { noun: "workers", insert: group },
      ],
    }),
  );
  const asked = [
    ["run.resume", { run_id: "rn_4" }],
    ["run.retry", { run_id: "rn_5", dry_run: true }],
    ["workers.scale", { workers: "w", max: 3 }],
  ] as const;
  for (const [name, input] of asked) {
    const by = (principal: Principal) => home.as(principal).call(name, { input });
    await expect(by(of(free)), name).rejects.toMatchObject(refusal("allow_shared_from_agents"));
  }
  const scaled = home.as(person).call("workers.scale", { input: { workers: "w", max: 3 } });
  await expect(scaled).resolves.toMatchObject({ workers: { name: "w" } });
});

/** A provider of the person's own, with a preset, that says or does not say what agents may set. */
function ownProvider(home: TestHome, id: string, agentsMaySet?: object): void {
  mkdirSync(home.home.providers, { recursive: true });
  const definition = {
    binary: ["node"],
    prompt: "> ",
    launch: ["{binary}", { if: "extra.tone", args: ["--tone", "{extra.tone}"] }],
    presets: { [`${id}-warm`]: { tone: "warm" } },
    options: agentsMaySet === undefined ? {} : { agentsMaySet },
  };
  writeFileSync(`${home.home.providers}/${id}.json`, JSON.stringify(definition));
}

test("an agent gives no option by which an agent may ask less, be it by the name of a preset", async () => {
  const home = await setUp();
  ownProvider(home, "quiet");
  ownProvider(home, "plain", { tone: ["warm"] });
  const spawnOf = (provider_id: string, tone?: string) => ({
    provider_id,
    isolation: "shared",
    ...(tone === undefined ? {} : { provider_options: { tone } }),
  });
  writeFileSync(home.home.config, "policy: { allow_shared_from_agents: true }");
  const refused = refusal("allow_autonomous_from_agents");
  for (const asked of [
    { provider_options: { allow_run: "on" } },
    { provider_options: { "allow-run": "on" } },
    spawnOf("quiet", "warm"),
    spawnOf("quiet-warm"),
    spawnOf("plain", "cold"),
  ]) {
    const late = plan(home, of(free), asked);
    await expect(late, JSON.stringify(asked)).rejects.toMatchObject(refused);
    await plan(home, person, asked);
  }
  const harmless = [
    { provider_options: { pace_ms: "5" } },
    { provider_id: "fake-question" },
    spawnOf("quiet"),
    spawnOf("plain"),
    spawnOf("plain", "warm"),
    spawnOf("plain-warm"),
  ];
  for (const asked of harmless) await plan(home, of(free), asked);
  await expect(plan(home, of(free), spawnOf("quiet", "warm"))).rejects.toMatchObject({
    why: expect.stringContaining("tone=warm") as string,
    details: { provider_option: "tone=warm" },
  });

  const allowed = "policy: { allow_shared_from_agents: true, allow_autonomous_from_agents: true }";
  writeFileSync(home.home.config, allowed);
  await plan(home, of(free), { provider_options: { allow_run: "on" } });
  for (const [by, policy] of [
    [watched, "rights_of_starter"],
    [ofRun, "rights_of_run"],
  ] as const) {
    const given = { provider_options: { allow_run: "on" }, supervision: "human_visible" };
    await expect(plan(home, of(by), given)).rejects.toMatchObject(refusal(policy));
  }
});

test("runs, workers and sessions that an agent has begin or go on are asked for their options, too", async () => {
  const home = await setUp("policy: { allow_shared_from_agents: true }");
  ownProvider(home, "quiet");
  const worker = { providerId: "quiet-warm", mode: "shared" };
  const paused = makeRun({ id: "rn_4", author: "person", spec: { tasks: [{ worker }] } });
  const group = makeWorkerGroup({ providerId: "Quiet-Warm", repoPath: home.repo });
  await home.app.store.commit(
    decide({
      writes: [
        { noun: "run", insert: { ...paused, state: "paused" } },
        { noun: "workers", insert: { ...group, rules: { ...group.rules, min: 0 } } },
      ],
    }),
  );
  await over(home, { [wide]: { providerOptions: { allow_run: "on" } }, [plain]: {} });
  const started = { provider_id: "quiet-warm", isolation: "shared" };
  const pool = { kind: "pool", spec: { tasks: ["a"] }, detach: true };
  for (const [name, input] of [
    ["run.start", { ...pool, ...started }],
    ["workers.start", { name: "v", ...started }],
  ] as const) {
    await expect(call(home, of(free), name, input), name).rejects.toMatchObject(
      refusal("allow_autonomous_from_agents"),
    );
  }
  for (const [name, input] of [
    ["run.resume", { run_id: "rn_4" }],
    ["workers.scale", { workers: "w", max: 3 }],
    ["session.resume", { session_id: wide, dry_run: true }],
  ] as const) {
    const by = (principal: Principal) => home.as(principal).call(name, { input });
    await expect(by(of(free)), name).rejects.toMatchObject(refusal("allow_autonomous_from_agents"));
    if (name !== "run.resume") await by(person);
  }
  await resume(home, of(free), plain);
});
