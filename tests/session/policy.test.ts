/** Every rule of config.yaml that refuses a session, with the words it refuses with. */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeRepo, openHome, type TestHome } from "../support/home.ts";
import { decide, makeSnapshot, makeWindow } from "../support/records.ts";
import { makeSession } from "../support/session.ts";

const hour = 3_600_000;

async function homeWith(config: string): Promise<TestHome> {
  const home = await openHome({ env: { AGENTPOOL_MAX_PARALLEL_SESSIONS: "" } });
  mkdirSync(dirname(home.home.config), { recursive: true });
  writeFileSync(home.home.config, config);
  return home;
}

function spawn(home: TestHome, input: Record<string, unknown> = {}): Promise<unknown> {
  return home.ask("session.spawn", {
    provider_id: "fake",
    task: "x",
    repo_path: home.folder,
    ...input,
  });
}

const refusal = (policy: string, details: object = {}) => ({
  code: "policy_blocked",
  why: expect.any(String) as string,
  hint: expect.stringMatching(/^agentpool /) as string,
  details: { policy, ...details },
});

describe("who may be started", () => {
  test.each([
    ["policy: { denied_providers: [fake] }", "denied_providers"],
    ["policy: { allowed_providers: [other] }", "allowed_providers"],
    ["providers: { fake: { enabled: false } }", "providers.fake.enabled"],
    ["policy: { min_free_memory_mb: 99999999 }", "min_free_memory_mb"],
    ["providers: { fake: { max_parallel: 0 } }", "providers.fake.max_parallel"],
  ])("%s", async (config, policy) => {
    const home = await homeWith(config);
    await expect(spawn(home)).rejects.toMatchObject(refusal(policy));
    expect(await home.app.store.sessions.live()).toEqual([]);
  });

  test("a project denies what its person allows, and cannot allow what is denied", async () => {
    const home = await homeWith("policy: { denied_providers: [other] }");
    const repo = makeRepo(home.folder);
    writeFileSync(join(repo, ".agentpool.yaml"), "policy: { denied_providers: [fake] }");
    await expect(spawn(home, { repo_path: repo })).rejects.toMatchObject(
      refusal("denied_providers"),
    );
  });
});

describe("how it may work", () => {
  test.each([
    ["implementer", "shared", "", "allow_shared_repo_edits"],
    ["tester", "shared", "", "allow_shared_repo_edits"],
    [
      "tester",
      "read_only",
      "policy: { require_worktree_for_edits: true }",
      "require_worktree_for_edits",
    ],
    [
      "implementer",
      undefined,
      "policy: { require_worktree_for_edits: true }",
      "require_worktree_for_edits",
    ],
  ])("%s in %s with %j", async (role, isolation, config, policy) => {
    const home = await homeWith(config);
    await expect(spawn(home, { role, isolation })).rejects.toMatchObject(refusal(policy));
  });

  test.each([
    ["max_turns", { max_turns: 9 }],
    ["max_runtime_seconds", { max_runtime_seconds: 9 }],
  ])("no more than %s", async (key, input) => {
    const home = await homeWith(`policy: { ${key}: 5 }`);
    await expect(spawn(home, input)).rejects.toMatchObject(refusal(key, { asked: 9, most: 5 }));
  });

  test("what is not named is as the configuration has it", async () => {
    const home = await homeWith(
      "policy: { default_isolation: worktree, max_turns: 3, max_runtime_seconds: 900 }\n" +
        "providers: { fake: { default_model: mine } }\n",
    );
    const spawned = await spawn(home, {
      repo_path: makeRepo(home.folder),
      allowed_files: ["src/**"],
      supervision: "human_visible",
    });
    expect(spawned).toMatchObject({
      session: {
        workspace_mode: "worktree",
        model: "mine",
        max_turns: 3,
        turns_sent: 0,
        deadline_at: expect.any(String) as string,
        allowed_files: ["src/**"],
        supervision: "human_visible",
      },
    });
  });
});

describe("how many work at once", () => {
  test("those at work are named, and idle ones are not among them", async () => {
    const home = await homeWith("policy: { max_parallel_sessions: 2 }");
    const insert = (id: string, state: "running" | "idle" | "limited") =>
      home.app.store.commit(
        decide({ writes: [{ noun: "session", insert: makeSession({ id, state }) }] }),
      );
    await insert("ap_00000000000a", "running");
    await insert("ap_00000000000b", "idle");
    await insert("ap_00000000000c", "limited");
    await expect(spawn(home)).rejects.toMatchObject(
      refusal("max_parallel_sessions", {
        active_count: 2,
        active_sessions: ["ap_00000000000c", "ap_00000000000a"],
        max: 2,
      }),
    );
  });

  test("starts that race for the last places never exceed them", async () => {
    const home = await homeWith("policy: { max_parallel_sessions: 2 }");
    const asked = await Promise.allSettled(
      Array.from({ length: 6 }, () => spawn(home, { provider_id: "fake-question" })),
    );
    const refused = asked.filter((one) => one.status === "rejected");
    expect(asked.filter((one) => one.status === "fulfilled")).toHaveLength(2);
    for (const { reason } of refused) {
      expect(reason).toMatchObject(refusal("max_parallel_sessions", { active_count: 2 }));
    }
  });
});

describe("where it may work", () => {
  test("folders of the system, credentials and our own home are refused, also through links", async () => {
    const home = await homeWith("");
    const person = join(home.folder, "person");
    for (const one of [".ssh/keys", ".aws", "code"]) {
      mkdirSync(join(person, one), { recursive: true });
    }
    symlinkSync(join(person, ".ssh"), join(person, "innocent"));
    const at = (repo_path: string) =>
      home.ask(
        "session.spawn",
        { provider_id: "fake", task: "x", repo_path },
        { env: { HOME: person } },
      );
    const blocked = ["/", "/etc", "/usr/lib", home.home.root, "~home/state"].map((one) =>
      one.replace("~home", home.home.root),
    );
    for (const one of [".ssh", ".ssh/keys", ".aws", "innocent", "innocent/keys", "code/../.ssh"]) {
      blocked.push(join(person, one));
    }
    // whatever HOME a command is given, the person's own stays closed
    blocked.push(join(homedir(), ".ssh"));
    for (const folder of blocked) {
      await expect(at(folder), folder).rejects.toMatchObject(refusal("workspace.denied_roots"));
    }
  });

  test("only the allowed folders, and a name that begins like one is another", async () => {
    const home = await openHome();
    for (const one of ["ws/in", "ws-evil"]) mkdirSync(join(home.folder, one), { recursive: true });
    symlinkSync(join(home.folder, "ws-evil"), join(home.folder, "ws", "link"));
    writeFileSync(
      home.home.config,
      `workspace: { allowed_roots: [${join(home.folder, "ws")}], denied_roots: [${join(home.folder, "ws", "in")}] }`,
    );
    const at = (name: string) =>
      spawn(home, { repo_path: join(home.folder, name), role: "custom" });
    for (const name of ["ws-evil", "ws/link", "ws/../ws-evil"]) {
      await expect(at(name), name).rejects.toMatchObject(refusal("workspace.allowed_roots"));
    }
    await expect(at("ws/in")).rejects.toMatchObject(refusal("workspace.denied_roots"));
    await expect(at("ws")).resolves.toMatchObject({ session_id: expect.any(String) as string });
  });
});

describe("what usage forbids", () => {
  const spent = (resetsAt: number | null, at: number) =>
    makeSnapshot({ at, windows: [makeWindow({ remainingPercent: 0, resetsAt })] });
  const tell = async (home: TestHome, snapshot: ReturnType<typeof makeSnapshot>) => {
    const accountId = `fake:${process.env["HOME"]}/.fake-agent`;
    await home.app.store.commit(
      decide({ writes: [{ noun: "usage", insert: { ...snapshot, accountId } }] }),
    );
  };

  test("a spent account, as long as what was told holds", async () => {
    const home = await homeWith("");
    await tell(home, spent(Date.now() + hour, Date.now()));
    await expect(spawn(home)).rejects.toMatchObject({
      code: "usage_policy_blocked",
      hint: "agentpool usage --refresh",
      details: { status: "limit_reached", policy: "block_on_usage_statuses", provider_id: "fake" },
    });
    writeFileSync(home.home.config, "policy: { block_on_usage_statuses: [] }");
    await expect(spawn(home)).resolves.toBeDefined();
  });

  test.each([
    ["its window began anew", Date.now() - 1, Date.now() - hour],
    ["without an end it is old", null, Date.now() - hour],
  ])("not when %s", async (_, resetsAt, at) => {
    const home = await homeWith("");
    await tell(home, spent(resetsAt, at));
    await expect(spawn(home)).resolves.toBeDefined();
  });
});
