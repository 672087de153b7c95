// needs: tmux, git
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { runCli } from "../support/run-cli.ts";
import { tempFolder } from "../support/temp-folder.ts";

beforeAll(ensureBuilt, 120_000);

const personas = ["question", "approval", "completed", "idle", "limit", "patch"];

test("every scripted agent shows what it is for, and nothing stays behind", async () => {
  const temp = tempFolder();
  const home = join(temp, "home");
  const names = personas.map((one) => `fake-${one}`).join(",");

  const { status, stdout, stderr } = await runCli(["smoke", "--provider", names, "--json"], {
    home,
    // a bound of the person's own sessions
    env: { TMPDIR: temp, AGENTPOOL_MAX_PARALLEL_SESSIONS: "1" },
  });

  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const { ok, runs } = JSON.parse(stdout) as {
    ok: boolean;
    runs: Record<string, unknown>[];
  };
  expect(ok).toBe(true);
  expect(runs.map((run) => run["problems"])).toEqual(personas.map(() => []));
  const [question, approval, , , limit, patch] = runs;
  expect(question).toMatchObject({
    provider_id: "fake-question",
    question_event: "question",
    question_state: "awaiting_input",
    send: { ok: true },
    completed_event: "completed",
    completed_state: "idle",
    git_dirty: false,
    artifact_kinds: expect.arrayContaining(["transcript", "result"]),
  });
  expect(approval).toMatchObject({ question_state: "awaiting_approval" });
  expect(limit).toMatchObject({ completed_state: "limited", send: null });
  expect(patch).toMatchObject({ changed_files: ["agentpool_fake_patch.txt"] });
  expect(readdirSync(temp)).toEqual([]);
});

test("smoke tells what was not as expected, and spends nothing unasked", async () => {
  const temp = tempFolder();
  const options = { home: join(temp, "home"), env: { TMPDIR: temp } };

  const [late, real, unknown] = await Promise.all([
    runCli(
      ["smoke", "-p", "fake-completed", "--timeout", "1", "--repo", join(temp, "no")],
      options,
    ),
    runCli(["smoke", "-p", "codex-cli"], options),
    runCli(["smoke", "-p", "fake-qestion"], options),
  ]);

  expect(late.status).toBe(1);
  expect(late.stdout).toMatch(/^fail +fake-completed[^]*No folder/m);
  expect(real.status).toBe(6);
  expect(real.stderr).toContain("try: agentpool smoke --provider codex-cli --real-read-only");
  expect(unknown.status).toBe(3);
  expect(existsSync(options.home)).toBe(false);
  expect(readdirSync(temp)).toEqual([]);
});
