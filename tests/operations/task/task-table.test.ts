import { expect, test } from "vitest";
import { projectTaskHead, taskTable } from "../../../src/operations/task/task-json.ts";
import { createStyle } from "../../../src/surface/cli/style.ts";
import { makeTask } from "../../support/records.ts";

const createdAt = Date.parse("2026-01-01T00:00:00.000Z");
const task = projectTaskHead(makeTask({ id: "tk_1", title: "Do it", createdAt }));

test("programs get the moment a task was added, people its age, and no cell is empty", () => {
  const seen = (columns: number | undefined): string[] =>
    taskTable([task], { ...createStyle(false, columns), nowMs: createdAt + 60_000 }).split("\n");

  expect(seen(undefined)).toEqual([
    "TASK\tSTATE\tPRIORITY\tCREATED\tWHO\tTITLE",
    "tk_1\tpending\t0\t2026-01-01T00:00:00.000Z\t-\tDo it",
  ]);
  expect(seen(80)[1]).toMatch(/^tk_1 +pending +0 +1m +- +Do it$/);
});
