import { expect, test } from "vitest";
import { retryText, type Output } from "../../../src/operations/task/retry.ts";
import type { TaskHeadJson } from "../../../src/operations/task/task-json.ts";
import { createStyle } from "../../../src/surface/cli/style.ts";
import { openHome } from "../../support/home.ts";

test("trying a task again says what it depends on that has to be tried again, too, the first one first", async () => {
  const home = await openHome();
  const add = async (title: string, ...dependsOn: readonly string[]) =>
    (await home.ask<{ task: TaskHeadJson }>("task.add", { title, depends_on: dependsOn })).task.id;
  const again = (id: string) => home.ask<Output>("task.retry", { task_id: id });
  const first = await add("first");
  const second = await add("second", first);
  const third = await add("third", second);
  await home.ask("task.cancel", { task_id: second });
  await home.ask("task.cancel", { task_id: first });

  const blocked = await again(third);

  expect(blocked.task).toMatchObject({ id: third, state: "blocked" });
  expect(blocked.retry_first).toEqual([
    expect.objectContaining({ id: first, state: "cancelled" }),
    expect.objectContaining({ id: second, state: "cancelled" }),
  ]);
  expect(retryText(blocked, createStyle(false, undefined))).toContain(
    `it waits for ${first}, which was cancelled; try that again, too: agentpool task retry ${first}`,
  );
  const middle = await again(second);
  expect(middle.task).toMatchObject({ id: second, state: "blocked" });
  expect(middle.retry_first.map(({ id }) => id)).toEqual([first]);
  expect(await again(first)).toMatchObject({ task: { state: "pending" }, retry_first: [] });
  expect((await again(third)).retry_first).toEqual([]);
});
