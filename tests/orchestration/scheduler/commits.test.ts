// needs: tmux, git
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeRepo, openHome } from "../../support/home.ts";
import { runOver, sessionsOf, startPool, tasksOf } from "../../support/orchestration/pool-run.ts";
import { waitFor } from "../../support/wait.ts";

test("commits that were made for a task are written down on it, however it ended, and reported", async () => {
  const home = await openHome();
  const repo = makeRepo(home.folder);
  const run = await startPool(
    { app: home.app, folder: repo },
    ["!fake edit a.txt hi\n!fake sleep 60"],
    {
      worker: { mode: "worktree" },
    },
  );
  const path = await waitFor(async () => {
    const workPath = (await sessionsOf(home, run.id))[0]?.workspace.workPath;
    return workPath !== undefined && existsSync(join(workPath, "a.txt")) ? workPath : undefined;
  });
  const who = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"];
  execFileSync("git", ["-C", path, "add", "a.txt"]);
  execFileSync("git", ["-C", path, ...who, "commit", "-qm", "Say hi"]);

  await home.ask("run.cancel", { run_id: run.id });
  await runOver(home, run.id);

  const [task] = await tasksOf(home, run.id);
  const notes = await waitFor(async () => {
    const found = await home.app.store.tasks.notes(task?.id ?? "", 10);
    return found.length > 0 ? found : undefined;
  });
  expect(notes).toHaveLength(1);
  expect(notes[0]?.text).toMatch(/^commits on agentpool\/fake\/ap_\w+:\n[0-9a-f]+ Say hi$/);
  const { markdown } = await home.ask<{ markdown: string }>("run.report", { run_id: run.id });
  expect(markdown).toMatch(/^> [0-9a-f]+ Say hi {2}$/m);
});
