// needs: tmux
import { expect, test } from "vitest";
import { openHome } from "../support/home.ts";
import { runOver, startPool } from "../support/orchestration/pool-run.ts";

test("a run is named to whatever filters by it as anywhere else, and one that is not there is refused", async () => {
  const home = await openHome();
  const run = await startPool(home, ["!fake say one"], { name: "nightly" });
  await runOver(home, run.id);

  for (const named of [run.id, run.id.slice(0, -2), "nightly", "@last"]) {
    const of = { run_id: named };
    expect(await home.ask("task.list", { ...of, all: true }), named).toMatchObject({ total: 1 });
    expect(await home.ask("task.graph", of), named).toMatchObject({ count: 1 });
    const { events } = await home.ask<{ events: unknown[] }>("event.query", of);
    expect(events.length, named).toBeGreaterThan(3);
  }
  const asked = [
    "task.list",
    "task.graph",
    "event.query",
    "approval.list",
    "thread.list",
    "message.broadcast",
  ];
  for (const name of asked) {
    const body = name === "message.broadcast" ? { body: "hello" } : {};
    await expect(home.ask(name, { run_id: "nigthly", ...body }), name).rejects.toMatchObject({
      code: "run_not_found",
    });
  }
  // what is left of a run that was removed
  expect(await home.ask("event.query", { run_id: "rn_00000000000000000" })).toMatchObject({
    events: [],
  });
});
