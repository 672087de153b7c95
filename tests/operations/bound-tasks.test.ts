import { expect, test } from "vitest";
import { boundTasks } from "../../src/operations/run/bound-tasks.ts";
import type { RunView } from "../../src/operations/run/run-json.ts";
import { tool } from "../surface/mcp/support/manifest.ts";

const view = (states: readonly string[]): RunView =>
  ({ run: {}, tasks: states.map((state, at) => ({ id: `tk_${at}`, state })) }) as never;

test("a bound shows what failed and what is at work first, and counts the rest by state", () => {
  const states = ["pending", "completed", "claimed", "pending", "failed", "completed", "cancelled"];
  const bound = boundTasks(view(states), 4);
  expect(bound.tasks.map(({ id }) => id)).toEqual(["tk_4", "tk_2", "tk_1", "tk_5"]);
  expect(bound.tasks_not_shown).toEqual({ pending: 2, cancelled: 1 });
});

test("what is within the bound, or has none, stays as it is and in its order", () => {
  const whole = view(["pending", "failed"]);
  expect(boundTasks(whole, 2)).toBe(whole);
  expect(boundTasks(whole, undefined)).toBe(whole);
});

test("a host's model is shown 200 tasks where it does not say how many", () => {
  const { presets, definition } = tool("get_run");
  expect(presets).toEqual({ task_limit: 200 });
  expect(definition.inputSchema.properties["task_limit"]).toMatchObject({ default: 200 });
});
