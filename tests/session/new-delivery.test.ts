import { expect, test } from "vitest";
import codex from "../../providers/codex-cli/provider.ts";
import { newDelivery } from "../../src/session/new-delivery.ts";

const { padding: _, ...typed } = codex.input;

test("what begins like a command proves itself in nothing, unless blanks make it a text", () => {
  expect(newDelivery({ input: typed }, "/quit", []).acceptance).toBe("none");
  expect(newDelivery({ input: typed }, "quit", []).acceptance).toBe("exact");
  expect(newDelivery(codex, "/quit", []).acceptance).toBe("exact");
  expect(newDelivery(codex, "/compact", [], { command: true }).acceptance).toBe("none");
});
