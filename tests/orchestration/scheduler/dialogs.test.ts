// needs: tmux
import { expect, test } from "vitest";
import { openHome } from "../../support/home.ts";
import { runOver, startPool, tasksOf } from "../../support/orchestration/pool-run.ts";
import { waitFor } from "../../support/wait.ts";

interface Waiting {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly run_id: string | null;
  readonly answer_with: readonly string[];
}

test("a run shows the dialogs in which its agents wait, and goes on when they are answered", async () => {
  const home = await openHome();
  const other = await startPool(home, ['!fake approve "rm other"']);
  const run = await startPool(home, ['!fake approve "rm build"']);
  const waiting = (operation: string): Promise<Waiting[]> =>
    home
      .ask<{ approvals: Waiting[] }>(operation, { run_id: run.id })
      .then(({ approvals }) => approvals);

  const [shown] = await waitFor(async () => {
    const found = await waiting("run.show");
    // its screen may be read in the middle of being drawn
    const isWhole = found.every(({ answer_with: ways }) => ways.length === 2);
    return found.length > 0 && isWhole ? found : undefined;
  });

  expect(shown).toMatchObject({
    kind: "prompt",
    subject: expect.stringContaining("rm build") as string,
    answer_with: [`agentpool approval approve ${shown?.id}`, expect.any(String) as string],
  });
  expect(await waiting("approval.list")).toMatchObject([{ id: shown?.id, run_id: run.id }]);
  await home.ask("approval.approve", { approval_id: shown?.id });
  expect(await runOver(home, run.id)).toMatchObject({ state: "completed" });
  expect(await waiting("run.show")).toEqual([]);
  expect(await tasksOf(home, other.id)).toMatchObject([{ state: "claimed" }]);
});
