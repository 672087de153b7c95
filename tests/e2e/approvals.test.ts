// needs: tmux, git
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { agentpoolBin, ensureBuilt } from "../support/built.ts";
import { spawnAgent } from "../support/cli-agent.ts";
import { makeRepo } from "../support/git-repo.ts";
import { cliHome, type CliHome } from "../support/cli-home.ts";

beforeAll(ensureBuilt, 120_000);

interface Shown {
  readonly approval: { readonly id: string; readonly state: string; readonly decided_by: string };
}

async function ask(home: CliHome, ...more: readonly string[]): Promise<string> {
  const words = ["approval", "request", "Push the branch", "--agent", "ci", ...more];
  return (await home.json<Shown>(words)).approval.id;
}

test("of approve and reject at once one wins, who asked cannot decide, and a waiter learns it at once", async () => {
  const home = cliHome();
  const id = await ask(home, "--kind", "plan", "--task", "tk_1");
  const own = await home.run(["approval", "approve", id, "--agent", "ci", "--json"], { status: 6 });
  expect(JSON.parse(own.stderr)).toMatchObject({ error: { code: "own_approval" } });
  const waiting = home.start(["approval", "wait", id, "--timeout", "10m", "--json"]);

  // the supervisor dies while somebody waits
  const before = home.supervisor();
  process.kill(before, "SIGKILL");
  await home.wake();
  expect(home.supervisor()).not.toBe(before);

  const race = await Promise.all(
    ["approve", "reject"].map((verb) => home.start(["approval", verb, id, "--json"]).ended),
  );
  // nothing but the verdict wakes it: its own time is over long after this test's
  const waited = await waiting.ended;

  expect(race.map(({ status }) => Number(status)).toSorted((a, b) => a - b)).toEqual([0, 5]);
  const approved = race[0]?.status === 0;
  expect(waited.status).toBe(approved ? 0 : 6);
  expect(JSON.parse(waited.stdout)).toMatchObject({
    approved,
    decided: true,
    approval: { id, kind: "plan", task_id: "tk_1", decided_by: "person" },
  });
  const { events } = await home.json<{ events: { type: string }[] }>([
    "events",
    "--type",
    "approval_*",
  ]);
  expect(events.map(({ type }) => type)).toEqual([
    "approval_requested",
    approved ? "approval_approved" : "approval_rejected",
  ]);
});

test("a permission that an agent's own CLI asks for stands in the same list and is answered there", async () => {
  const home = cliHome();
  const agent = await spawnAgent(home, '!fake approve "rm -rf build"', {
    until: "approval_prompt",
  });
  const id = await ask(home);
  const { approvals } = await home.json<{ approvals: Record<string, unknown>[] }>([
    "approval",
    "list",
  ]);
  expect(approvals).toMatchObject([
    { kind: "prompt", prompt_kind: "approval", state: "pending", answer_with: expect.any(Array) },
    { id, kind: "action", state: "pending", requested_by: "agent:ci" },
  ]);

  await home.run(["approve", String(approvals[0]?.["id"])]);
  await home.run(["observe", agent.name, "--wait-for", "completed", "--timeout", "60s"]);
  await home.run(["deny", id, "--comment", "not on a Friday"]);

  expect(agent.answers()).toHaveLength(1);
  expect(await home.json<Shown>(["approval", "show", id])).toMatchObject({
    approval: { state: "rejected", comment: "not on a Friday" },
  });
  expect(await home.json(["approval", "list"])).toEqual({ approvals: [] });
});

test("what a session's processes ask is the session's, and none of them decides it", async () => {
  const home = cliHome();
  const out = join(home.folder, "own.json");
  const repo = makeRepo(join(home.folder, "repo"), { "README.md": "" });
  const cli = `AGENTPOOL_HOME=${home.home.root} ${process.execPath} ${agentpoolBin}`;
  const lines = [
    `${cli} approval request Deploy --json`,
    `${cli} approval approve @last --json 2> ${out}`,
    `${cli} approval approve @last --agent me --json 2> ${out}.named`,
  ];
  const task = lines.map((line) => `!fake run ${line}`).join("\n");
  await spawnAgent(home, task, {
    set: { allow_run: "on" },
    args: ["--role", "implementer", "--isolation", "worktree", "--repo", repo],
  });

  const error = (file: string): unknown => JSON.parse(readFileSync(file, "utf8"));
  expect(error(out)).toMatchObject({ error: { code: "own_approval" } });
  expect(error(`${out}.named`)).toMatchObject({ error: { code: "policy_blocked" } });
  const { approvals } = await home.json<{ approvals: Record<string, unknown>[] }>(["approvals"]);
  expect(approvals).toMatchObject([
    {
      subject: "Deploy",
      state: "pending",
      requested_by: `session:${String(approvals[0]?.["session_id"])}`,
    },
  ]);
  await home.run(["approval", "approve", "@last"]);
});
