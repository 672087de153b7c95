import { expect, test } from "vitest";
import { asCoordinator, formatPrincipal, person } from "../../../src/domain/principal.ts";
import { chooseCoordinator } from "../../../src/surface/mcp/coordinator.ts";

test("each server is a coordinator of its own, unless it is given a name", () => {
  const [one, other] = [chooseCoordinator(undefined, {}), chooseCoordinator(undefined, {})];
  expect(one).toMatch(/^coord_[0-9a-f]{12}$/);
  expect(other).not.toBe(one);
  expect(chooseCoordinator("night", {})).toBe("coord_night");
  expect(chooseCoordinator("coord_night", { AGENTPOOL_MCP_COORDINATOR: "day" })).toBe(
    "coord_night",
  );
  expect(chooseCoordinator(undefined, { AGENTPOOL_MCP_COORDINATOR: "day" })).toBe("coord_day");
  expect(chooseCoordinator(undefined, { AGENTPOOL_MCP_COORDINATOR: "" })).toMatch(/^coord_/);
});

test("a name that could be mistaken is refused", () => {
  for (const name of ["a b", "../x", "x".repeat(65)]) {
    expect(() => chooseCoordinator(name, {})).toThrow(
      expect.objectContaining({ code: "invalid_config" }),
    );
  }
});

test("a person's program acts as its coordinator; a session stays a session", () => {
  expect(formatPrincipal(asCoordinator(person, "coord_day"))).toBe("coordinator:coord_day");
  expect(asCoordinator(person, undefined)).toBe(person);
  expect(asCoordinator(person, "person")).toBe(person);
  const session = { kind: "session", sessionId: "ap_1" } as const;
  expect(asCoordinator(session, "coord_day")).toBe(session);
});
