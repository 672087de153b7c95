import { expect, test } from "vitest";
import { z } from "zod";
import { operations } from "../../src/operations/index.ts";
import { invalidInput } from "../../src/rpc/invalid-input.ts";

function refusal(name: string, input: unknown): string | undefined {
  const operation = operations.find((one) => one.name === name);
  const { error } = operation?.schemas(z).input.safeParse(input) ?? {};
  return operation && error ? invalidInput(operation, input, error.issues, []).message : undefined;
}

test("a run is ended by its name alone: the newest one may be somebody else's", () => {
  expect(refusal("run.cancel", {})).toBe("run_id (<run_id>) is missing");
});

test("how long a text may be is told in words", () => {
  expect(refusal("run.pool", { prompts: [""] })).toBe("prompts.0 (<prompts...>): it is empty");
  expect(refusal("task.add", { title: "x".repeat(501) })).toBe(
    "title (<title>): it has more than 500 characters",
  );
});
