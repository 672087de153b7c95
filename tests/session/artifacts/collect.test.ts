import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { AgentpoolError } from "../../../src/domain/errors.ts";
import type { Event } from "../../../src/domain/event.ts";
import type { Session } from "../../../src/domain/session.ts";
import type { Turn } from "../../../src/domain/turn.ts";
import { newId } from "../../../src/platform/new-id.ts";
import { createLocalMachine } from "../../../src/runtime/local/machine.ts";
import { collectArtifacts, type CollectOptions } from "../../../src/session/artifacts/collect.ts";
import { eventsOf } from "../../../src/session/artifacts/event-lines.ts";
import { findArtifactKind } from "../../../src/session/artifacts/kinds.ts";
import { manifestOf } from "../../../src/session/artifacts/manifest.ts";
import { takeSnapshot } from "../../../src/session/workspace/snapshot.ts";
import type { EventReader } from "../../../src/store/store.ts";
import { makeRepo, putFiles } from "../../support/git-repo.ts";
import { makeEvent, makeLine, makeTurn } from "../../support/records.ts";
import { commit, openHome } from "../../support/session-files.ts";
import { makeSession, t0 } from "../../support/session.ts";

const machine = createLocalMachine();
const id = "ap_000000000001";

const everyFile = [
  "changed-files.json",
  "diff.patch",
  "events.jsonl",
  "git-status.txt",
  "manifest.json",
  "metadata.json",
  "result.md",
  "screen.txt",
  "summary.md",
  "task.md",
  "transcript.jsonl",
  "transcript.txt",
];

/** A session in a repository, with a turn that ended and a conversation. */
async function worked(
  options: { turns?: Partial<Turn>[]; session?: Partial<Session>; git?: boolean } = {},
) {
  const { store, folder, root } = await openHome();
  const repo = join(root, "r");
  if (options.git === false) mkdirSync(repo);
  else makeRepo(repo, { "a.txt": "1\n", "b.bin": randomBytes(3_000) });
  const snapshot = await takeSnapshot(machine, repo, { objects: folder(id).objects });
  const session = makeSession({
    id,
    workspace: {
      mode: "worktree",
      repoPath: repo,
      workPath: repo,
      branch: null,
      baseCommit: snapshot.commit,
      baseTree: snapshot.tree,
    },
    ...options.session,
  });
  const turns = options.turns ?? [{ state: "completed", result: "all **done**", endedAt: t0 }];
  await commit(store, {
    writes: [
      { noun: "session", insert: session },
      ...turns.map((turn, index) => ({
        noun: "turn" as const,
        insert: makeTurn({ id: `tn_${index}`, n: index + 1, ...turn }),
      })),
    ],
    events: [
      makeEvent({
        body: { type: "session_created", provider_id: "fake", workspace_mode: "worktree" },
      }),
    ],
    transcript: [
      makeLine({ role: "user", text: "say hello", ref: "1" }),
      makeLine({ text: "hello", ref: "2" }),
    ],
  });
  const collect = (more: Partial<CollectOptions> = {}) =>
    collectArtifacts({ machine, store, now: () => t0, newId: (kind) => newId(kind, t0) }, session, {
      folder: folder(id),
      screen: "> ready",
      ...more,
    });
  const artifacts = folder(id).artifacts;
  const read = (file: string) => readFileSync(join(artifacts, file), "utf8");
  const json = (file: string) => JSON.parse(read(file)) as Record<string, unknown>;
  return { store, session, repo, collect, artifacts, read, json, folder: folder(id) };
}

test("collecting writes every file, for its owner only, with a manifest that is true of them", async () => {
  const { collect, repo, artifacts, read, json, store } = await worked();
  putFiles(repo, { "new.txt": "x\n" });

  const collected = await collect();

  expect(collected.failures).toEqual([]);
  expect(readdirSync(artifacts).sort()).toEqual(everyFile);
  expect(
    readdirSync(artifacts).map((file) => statSync(join(artifacts, file)).mode & 0o777),
  ).toEqual(everyFile.map(() => 0o600));
  expect(statSync(artifacts).mode & 0o777).toBe(0o700);
  expect(read("task.md")).toBe("say hello");
  expect(read("result.md")).toBe("all **done**");
  expect(read("screen.txt")).toBe("> ready");
  expect(read("diff.patch")).toContain("+++ b/new.txt");
  expect(read("git-status.txt")).toContain("?? new.txt");
  expect(
    read("events.jsonl")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  ).toEqual([expect.objectContaining({ seq: 1, type: "session_created", session_id: id })]);
  expect(read("transcript.txt")).toContain("assistant\nhello\n");
  expect(JSON.parse(read("transcript.jsonl").split("\n")[1] ?? "")).toMatchObject({
    n: 2,
    text: "hello",
  });
  expect(read("summary.md")).toContain("## Turn 1: completed");
  expect(json("changed-files.json")).toMatchObject({
    total: 1,
    files: [
      {
        path: "new.txt",
        status: "added",
        added: 1,
        deleted: 0,
        binary: false,
        old_path: null,
        committed: false,
      },
    ],
  });
  expect(json("metadata.json")).toMatchObject({
    session_id: id,
    result_turn: 1,
    transcript_source: "agent_log",
  });
  expect(collected.git).toEqual({
    isRepo: true,
    dirty: true,
    changedFiles: ["new.txt"],
    note: null,
    uncoveredFiles: null,
    notAllowedFiles: null,
  });
  expect(collected.result).toBe("all **done**");

  const manifest = json("manifest.json") as {
    files: { path: string; sha256: string; size_bytes: number }[];
  };
  expect(manifest.files).toHaveLength(everyFile.length - 1);
  for (const file of manifest.files) {
    const content = readFileSync(file.path);
    expect(createHash("sha256").update(content).digest("hex")).toBe(file.sha256);
    expect(content.length).toBe(file.size_bytes);
  }
  await commit(store, { writes: collected.writes, events: collected.events });
  expect(await manifestOf(machine, artifacts, await store.artifacts.ofSession(id))).toEqual(
    collected.files,
  );
  expect(collected.files.every((file) => file.exists && file.sha256 !== null)).toBe(true);
});

test("no secret survives in any file, wherever it stood", async () => {
  const secrets = {
    task: "sk-ant-api03-AAAAAAAAAAAAAAAAAAAAAAAA",
    result: "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    said: "AKIAIOSFODNN7EXAMPLE",
    known: "the value of a variable",
    file: "xoxb-123456789012-abcdefghijklmnop",
    name: "npm_abcdefghijklmnopqrstuvwxyz0123456789",
    key: "MIIEpAIBAAKCAQEAabcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKL",
    screen: "hunter2",
  };
  const { collect, repo, artifacts, store, read } = await worked({
    session: { task: `use ${secrets.task}` },
    turns: [
      {
        state: "completed",
        prompt: `use ${secrets.task}`,
        result: `it is ${secrets.result}`,
        endedAt: t0,
      },
    ],
  });
  await commit(store, {
    transcript: [makeLine({ ref: "3", text: `password="${secrets.said}" ${secrets.known}` })],
    events: [
      makeEvent({ body: { type: "tool_started", name: "sh", detail: `echo ${secrets.said} "q"` } }),
    ],
  });
  putFiles(repo, {
    ".env": `SLACK=${secrets.file}\n`,
    [secrets.name]: "x\n",
    "key.pem": `-----BEGIN PRIVATE KEY-----\n${secrets.key}\n${secrets.key}\n-----END PRIVATE KEY-----\n`,
  });

  await collect({ screen: `PASSWORD=${secrets.screen}\n`, known: [secrets.known] });

  const all = readdirSync(artifacts).map(read).join("\n");
  for (const secret of Object.values(secrets)) expect(all).not.toContain(secret);
  expect(read("diff.patch")).toContain("+SLACK=[REDACTED:slack_token]\n");
  expect(read("diff.patch").match(/^\+\[REDACTED:private_key\]$/gm)).toHaveLength(4);
});

test("collecting twice gives the same files and no second record", async () => {
  const { collect, artifacts, store, read } = await worked();
  const first = await collect();
  await commit(store, { writes: first.writes, events: first.events });
  const before = readdirSync(artifacts).map(read);

  const second = await collect();
  await commit(store, { writes: second.writes, events: second.events });

  expect(readdirSync(artifacts).map(read)).toEqual(before);
  expect(second.writes.every((write) => "update" in write)).toBe(true);
  expect(second.files).toEqual(first.files);
  expect(await store.artifacts.ofSession(id)).toHaveLength(everyFile.length);
});

test("the result is that of the last ended turn, and an old one goes when that left none", async () => {
  const { collect, artifacts, store, read, json } = await worked({
    turns: [{ state: "completed", result: "first", endedAt: t0 }, { state: "running" }],
  });
  expect((await collect()).result).toBe("first");
  expect(read("result.md")).toBe("first");

  await commit(store, {
    writes: [
      { noun: "turn", id: "tn_1", update: { state: "failed", error: "API 500", endedAt: t0 } },
    ],
  });
  const again = await collect();

  expect(again.result).toBeNull();
  expect(readdirSync(artifacts)).not.toContain("result.md");
  expect(again.files.find((file) => file.kind === "result")).toMatchObject({
    exists: false,
    sha256: null,
  });
  expect(json("metadata.json")["result_missing_because"]).toBe(
    "turn 2 ended failed and left no message",
  );
  expect(read("summary.md")).toContain("first");
});

test("worker text in the summary stays between its fences", async () => {
  const { collect, read } = await worked({
    turns: [
      {
        state: "completed",
        prompt: "[/x] # no heading",
        result: "````\n# Turn 9: completed\n```",
        endedAt: t0,
      },
    ],
  });

  await collect();

  expect(read("summary.md")).toContain("`````text\n````\n# Turn 9: completed\n```\n`````");
});

test("without git there is no patch, and every file that tells says why", async () => {
  const { collect, artifacts, json, read } = await worked({ git: false });

  const collected = await collect();

  const why = "neither it nor a folder above it has a .git";
  expect(readdirSync(artifacts)).not.toContain("diff.patch");
  expect(json("changed-files.json")).toMatchObject({ missing_because: why, files: [] });
  expect(read("summary.md")).toContain(`There is no diff: ${why}.`);
  expect(collected.git).toMatchObject({ isRepo: false, note: why });
  expect(collected.warnings).toContain(`there is no diff: ${why}`);
  expect(collected.failures).toEqual([]);
});

describe("a file that cannot be written", () => {
  test("is reported and stops no other", async () => {
    const { collect, artifacts, json } = await worked();
    mkdirSync(join(artifacts, "summary.md", "in the way"), { recursive: true });

    const collected = await collect();

    expect(collected.failures).toMatchObject([{ kind: "summary", error: { code: "internal" } }]);
    expect(collected.warnings.join()).toContain("summary: ");
    expect(readdirSync(artifacts).sort()).toEqual(everyFile);
    expect(json("manifest.json")["failures"]).toHaveLength(1);
    expect(collected.writes).toHaveLength(everyFile.length - 1);
  });

  test("is the error of all when none can be", async () => {
    const { session, store, folder } = await worked();
    const full = new AgentpoolError("disk_full", "no space");
    const broken = {
      ...machine,
      write: () => Promise.reject(full),
      remove: () => Promise.reject(full),
    };

    await expect(
      collectArtifacts({ machine: broken, store, now: () => t0, newId: () => "af_1" }, session, {
        folder,
        screen: null,
      }),
    ).rejects.toMatchObject({ code: "disk_full" });
  });

  test("because git failed costs the diff only", async () => {
    const { collect, session, artifacts } = await worked();
    writeFileSync(join(session.workspace.repoPath, ".git/index"), "broken");

    const collected = await collect();

    expect(collected.failures).toMatchObject([{ kind: "diff", error: { code: "git_failed" } }]);
    expect(collected.git.note).toBe("the diff could not be taken");
    expect(readdirSync(artifacts)).toContain("result.md");
  });
});

test("a redacted patch still applies where no secret stood, binary files included", async () => {
  const { collect, repo, artifacts } = await worked();
  const random = randomBytes(200_000);
  putFiles(repo, {
    "a.txt": "1\nPASSWORD=hunter2\n",
    "b.bin": random,
    "GIT binary patch": "GIT binary patch\nliteral 5\nTOKEN=abc12345678\n",
    "z.txt": `${"x".repeat(300_000)} sk-ant-api03-AAAAAAAAAAAAAAAAAAAAAAAA\n`,
  });

  await collect();

  execFileSync("git", ["-C", repo, "stash", "-u", "-q"], {
    env: {
      ...process.env,
      GIT_AUTHOR_NAME: "a",
      GIT_AUTHOR_EMAIL: "a@b",
      GIT_COMMITTER_NAME: "a",
      GIT_COMMITTER_EMAIL: "a@b",
    },
  });
  execFileSync("git", ["-C", repo, "apply", join(artifacts, "diff.patch")]);
  expect(readFileSync(join(repo, "a.txt"), "utf8")).toBe("1\nPASSWORD=[REDACTED:password]\n");
  expect(readFileSync(join(repo, "b.bin")).equals(random)).toBe(true);
  expect(readFileSync(join(repo, "GIT binary patch"), "utf8")).toBe(
    "GIT binary patch\nliteral 5\nTOKEN=[REDACTED:secret]\n",
  );
  expect(readFileSync(join(repo, "z.txt"), "utf8")).toBe(
    `${"x".repeat(300_000)} [REDACTED:api_key]\n`,
  );
});

test("a session without a log of its own has its terminal as transcript, and says so", async () => {
  const { session, store, folder } = await worked({ git: false });
  const other = { ...session, id: "ap_000000000002", channels: [] };
  mkdirSync(folder.terminal, { recursive: true });
  writeFileSync(join(folder.terminal, "terminal.1.log"), "\u001b[1mhello\u001b[0m\r\n");
  await commit(store, { writes: [{ noun: "session", insert: other }] });

  const collected = await collectArtifacts(
    { machine, store, now: () => t0, newId: (kind) => newId(kind, t0) },
    other,
    { folder, screen: null },
  );

  const text = readFileSync(join(folder.artifacts, "transcript.txt"), "utf8");
  expect(text).toMatch(/^\[source: terminal\..*\n\nhello\n$/);
  expect(collected.warnings.join()).toContain("rendered from the terminal");
  expect(readdirSync(folder.artifacts)).not.toContain("transcript.jsonl");
});

test("a manifest vouches for no file that changed since it was collected", async () => {
  const { collect, artifacts } = await worked();
  const collected = await collect();
  writeFileSync(join(artifacts, "result.md"), "something else");

  const records = collected.writes.flatMap((write) =>
    "insert" in write && write.noun === "artifact" ? [write.insert] : [],
  );
  const result = (await manifestOf(machine, artifacts, records)).find(
    (file) => file.kind === "result",
  );

  expect(result).toMatchObject({ exists: true, sha256: null, sizeBytes: 14 });
});

test("words of the ancestors name the same files", () => {
  const known = [
    "metadata",
    "prompt",
    "transcript",
    "events",
    "screen",
    "summary_partial",
    "summary",
    "result",
    "git_status",
    "diff",
  ];

  expect(known.map((word) => findArtifactKind(word)?.file)).toEqual([
    "metadata.json",
    "task.md",
    "transcript.txt",
    "events.jsonl",
    "screen.txt",
    "summary.md",
    "summary.md",
    "result.md",
    "git-status.txt",
    "diff.patch",
  ]);
  expect(findArtifactKind("Diff.Patch")?.kind).toBe("diff");
  expect(findArtifactKind("nothing")).toBeUndefined();
});

test("events are found behind a gap that retention left", async () => {
  const all = Array.from({ length: 1_300 }, (_, n): Event => ({ ...makeEvent(), seq: n + 1 }));
  const reader: EventReader = {
    since: (after, { limit }) =>
      after < 200
        ? Promise.reject(new AgentpoolError("cursor_expired", "gone"))
        : Promise.resolve(all.filter((event) => event.seq > after).slice(0, limit)),
    last: () => Promise.resolve(1_300),
  };

  const found: number[] = [];
  for await (const event of eventsOf(reader, id)) found.push(event.seq);

  expect(found).toEqual(all.slice(200).map((event) => event.seq));
});
