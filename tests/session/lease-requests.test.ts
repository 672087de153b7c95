// needs: tmux
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Principal } from "../../src/domain/principal.ts";
import { makeRepo, openHome, type TestHome } from "../support/home.ts";
import { startAgent } from "../support/observed.ts";
import { runGit } from "../support/git-repo.ts";
import { waitFor } from "../support/wait.ts";

interface Lease {
  readonly id: string;
  readonly session_id: string | null;
  readonly holder: string;
  readonly repo_path: string;
  readonly file_path: string;
  readonly mode: string;
  readonly state: string;
  readonly token: number;
}

interface Leased {
  readonly ok: boolean;
  readonly lease: Lease;
  readonly leases: Lease[];
  readonly released: number;
  readonly would_release: number;
}

const lease = (
  home: TestHome,
  verb: string,
  input: Record<string, unknown>,
  cwd?: string,
): Promise<Leased> => home.ask<Leased>(`lease.${verb}`, input, cwd === undefined ? {} : { cwd });

async function homeWithRepo(): Promise<{ home: TestHome; repo: string }> {
  const home = await openHome();
  return { home, repo: realpathSync(makeRepo(home.folder)) };
}

test("worktrees of one repository meet on the repository's path, however a path is spelt", async () => {
  const { home, repo } = await homeWithRepo();
  mkdirSync(join(repo, "src"));
  symlinkSync("src", join(repo, "link"));
  const tree = join(home.folder, "tree");
  runGit(repo, "worktree", "add", "--quiet", tree);
  const { lease: held } = await lease(
    home,
    "acquire",
    { agent: "a", files: ["src/../src/app.ts"] },
    tree,
  );

  expect(held).toMatchObject({ repo_path: repo, file_path: "src/app.ts", mode: "exclusive" });
  for (const files of [
    ["./src//app.ts"],
    ["link/app.ts"],
    ["link/../src/app.ts"],
    [join(repo, "src", "app.ts")],
    [join(tree, "src/app.ts")],
    ["src/**/*.ts"],
    ["src"],
    ["."],
    ["README.md", "s*/app.ts"],
  ]) {
    await expect(lease(home, "acquire", { agent: "b", files }, repo)).rejects.toMatchObject({
      code: "lease_conflict",
      details: { holder: "agent:a", conflicts: [{ held_path: "src/app.ts" }] },
    });
  }
  const free = await lease(home, "acquire", { agent: "b", files: ["README.md"] }, repo);
  expect(free.lease).toMatchObject({ file_path: "README.md", state: "active" });
});

test("a file with wildcards in its name is that file, and a folder is all below it", async () => {
  const { home, repo } = await homeWithRepo();
  mkdirSync(join(repo, "app", "[id]"), { recursive: true });
  writeFileSync(join(repo, "a*.ts"), "");

  const files = ["a*.ts", "app/[id]", "new/"];
  const { leases } = await lease(home, "acquire", { agent: "a", files }, repo);

  expect(leases.map((one) => one.file_path)).toEqual(["a*.ts", "app/[id]/**", "new/**"]);
  const others = ["ab.ts", "app/i/x.ts", "new.ts"];
  expect((await lease(home, "acquire", { agent: "b", files: others }, repo)).ok).toBe(true);
  const below = lease(home, "acquire", { agent: "b", files: ["new/deep/x.ts"] }, repo);
  await expect(below).rejects.toMatchObject({ code: "lease_conflict" });
});

test("outside of a repository the folder stands for it, and absolute paths stay what they are", async () => {
  const home = await openHome();
  const folder = realpathSync(home.folder);

  const { leases } = await lease(home, "acquire", {
    agent: "a",
    files: ["notes.md", "/etc/hosts"],
  });

  expect(leases).toMatchObject([
    { repo_path: folder, file_path: "notes.md" },
    { file_path: "/etc/hosts" },
  ]);
});

test("leases of a session are given to it by name, listed, and end with it", async () => {
  const { home, repo } = await homeWithRepo();
  const where = { repo_path: repo, isolation: "worktree" };
  const agent = await startAgent(home, "hello", {}, where);
  await agent.waitFor("completed");
  const { lease: held } = await lease(home, "acquire", {
    session_id: agent.id,
    files: ["README.md"],
  });
  expect(held).toMatchObject({ session_id: agent.id, repo_path: repo, file_path: "README.md" });
  const checked = await home.ask("lease.check", { files: ["README.md"] }, { cwd: repo });
  expect(checked).toMatchObject({ free: false, files: [{ leases: [{ id: held.id }] }] });
  const listed = await home.ask("lease.list", { session_id: agent.id });
  expect(listed).toMatchObject({ leases: [{ id: held.id, state: "active" }] });

  await home.restart();
  expect(await home.ask("lease.list", { repo_path: repo })).toMatchObject({
    leases: [{ id: held.id, state: "active" }],
  });

  await agent.ask("session.terminate");
  await waitFor(
    async () => (await home.ask<{ leases: Lease[] }>("lease.list", {})).leases.length === 0,
  );
  const events = await agent.events();
  expect(events.filter((type) => type.startsWith("lease_"))).toEqual([
    "lease_acquired",
    "lease_released",
  ]);
  const again = lease(home, "acquire", { session_id: agent.id, files: ["README.md"] });
  await expect(again).rejects.toMatchObject({ code: "session_ended" });
});

test("a session acts for itself alone", async () => {
  const { home, repo } = await homeWithRepo();
  const agent = await startAgent(home, "hello", {}, { repo_path: repo });
  await agent.waitFor("completed");
  const itself: Principal = { kind: "session", sessionId: agent.id };
  const ask = (verb: string, input: Record<string, unknown>) =>
    home.as(itself).call(`lease.${verb}`, { input, env: {}, cwd: repo });
  const { lease: theirs } = await lease(home, "acquire", { agent: "a", files: ["x"] }, repo);

  expect(await ask("acquire", { files: ["README.md"] })).toMatchObject({
    lease: { session_id: agent.id },
  });
  await expect(ask("acquire", { agent: "a", files: ["y"] })).rejects.toMatchObject({
    code: "policy_blocked",
  });
  await expect(ask("release", { lease_id: theirs.id })).rejects.toMatchObject({
    code: "lease_not_held",
  });
  expect(await ask("release", {})).toMatchObject({ released: 1 });
});

test("leases are renewed and released by holder, file, id and token", async () => {
  const { home, repo } = await homeWithRepo();
  const files = ["a.ts", "b.ts", "c.ts"];
  const { leases } = await lease(home, "acquire", { agent: "a", files, ttl_seconds: 60 }, repo);
  const [first, second] = leases;

  const renewed = await lease(
    home,
    "renew",
    { agent: "a", files: ["a.ts"], ttl_seconds: 90 },
    repo,
  );
  expect(renewed.leases).toMatchObject([{ id: first?.id }]);
  const wouldGo = await lease(home, "release", { agent: "a", dry_run: true });
  expect(wouldGo).toMatchObject({ released: 0, would_release: 3 });
  const wrong = { lease_id: second?.id, token: (second?.token ?? 0) + 9 };
  await expect(lease(home, "release", wrong)).rejects.toMatchObject({ code: "lease_ended" });
  expect(
    await lease(home, "release", { lease_id: second?.id, token: second?.token }),
  ).toMatchObject({ released: 1 });
  expect(await lease(home, "release", { agent: "a", files: ["c.ts"] }, repo)).toMatchObject({
    leases: [{ file_path: "c.ts" }],
  });
  await expect(lease(home, "renew", { lease_id: second?.id })).rejects.toMatchObject({
    code: "lease_ended",
  });
  await expect(lease(home, "release", { lease_id: "ls_none" })).rejects.toMatchObject({
    code: "lease_not_found",
  });
  const others = { lease_id: first?.id, agent: "b" };
  await expect(lease(home, "release", others)).rejects.toMatchObject({ code: "lease_not_held" });
});

test("a request that says too little or too much is refused", async () => {
  const home = await openHome();
  const why = async (verb: string, input: Record<string, unknown>): Promise<string> =>
    lease(home, verb, input).then(
      () => "accepted",
      (thrown: Error & { code: string }) => `${thrown.code}: ${thrown.message}`,
    );

  expect([
    await why("acquire", { files: ["x"] }),
    await why("acquire", { files: ["x"], agent: "a", session_id: "@last" }),
    await why("acquire", { files: [" "], agent: "a" }),
    await why("acquire", { files: ["*/../x"], agent: "a" }),
    await why("acquire", { files: ["x"], agent: "a", mode: "both" }),
    await why("release", {}),
    await why("release", { agent: "a", token: 1 }),
    await why("renew", { lease_id: "ls_1", files: ["x"] }),
  ]).toEqual([
    "invalid_input: Nobody is named who holds the lease",
    "invalid_input: A lease has one holder",
    'invalid_input: " " is no path',
    'invalid_input: "*/../x" is no path',
    expect.stringMatching(/^invalid_input: .*mode/),
    "invalid_input: No lease is named",
    "invalid_input: A token belongs to one lease",
    "invalid_input: A lease id and files were given",
  ]);
});
