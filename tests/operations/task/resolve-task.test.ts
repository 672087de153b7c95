import { expect, test } from "vitest";
import type { Principal } from "../../../src/domain/principal.ts";
import { resolveTask } from "../../../src/operations/task/resolve-task.ts";

test("who sees all tasks is not told of those that they may see", async () => {
  const whyFor = async (principal: Principal): Promise<string | undefined> => {
    const store = { tasks: { resolve: () => Promise.resolve([]) } };
    const app = { store, tasks: { scopeOf: () => Promise.resolve("rn_1") } } as never;
    const refused = resolveTask({ app, principal }, "tk_nothing");
    return refused.then(
      () => undefined,
      (thrown: { why?: string }) => thrown.why,
    );
  };

  expect(await whyFor({ kind: "person" })).toBe("No task has this id, or an id that begins so.");
  expect(await whyFor({ kind: "run", runId: "rn_1" })).toMatch(/^No task that run:rn_1 may see/);
});
