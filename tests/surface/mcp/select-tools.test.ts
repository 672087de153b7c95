import { expect, test } from "vitest";
import { createOffer } from "../../../src/surface/mcp/offer.ts";
import { selectTools, toolsets } from "../../../src/surface/mcp/select-tools.ts";
import { manifest } from "./support/manifest.ts";

function names(flags = {}, env = {}): string[] {
  return selectTools(manifest, flags, env).tools.map((one) => one.definition.name);
}

test("the default toolset is offered when nothing is said", () => {
  const offered = names();
  expect(offered).toContain("spawn_worker");
  expect(offered).not.toContain("attach_info");
  expect(offered).not.toContain("cleanup_worktree");
  expect(names({}, { AGENTPOOL_MCP_TOOLSETS: " " })).toEqual(offered);
});

const sessions = ["attach_info", "explain_worker", "get_session", "resume_worker"];

test("toolsets and single tools come from flags, else from the environment", () => {
  expect(names({ toolsets: ["worktrees"] })).toEqual([
    "cleanup_worktree",
    "finish_worktree",
    "list_worktrees",
  ]);
  expect(names({}, { AGENTPOOL_MCP_TOOLSETS: "worktrees,sessions" })).toEqual([
    ...sessions.slice(0, 1),
    "cleanup_worktree",
    ...sessions.slice(1, 2),
    "finish_worktree",
    ...sessions.slice(2, -1),
    "list_worktrees",
    "resume_worker",
    "send_worker_keys",
  ]);
  expect(names({ toolsets: ["sessions"] }, { AGENTPOOL_MCP_TOOLSETS: "worktrees" })).toEqual([
    ...sessions,
    "send_worker_keys",
  ]);
  expect(names({ tools: ["attach_info"] })).toEqual([...names(), "attach_info"].toSorted());
  expect(names({ toolsets: ["sessions"] }, { AGENTPOOL_MCP_TOOLS: "spawn_worker" })).toEqual([
    ...sessions,
    "send_worker_keys",
    "spawn_worker",
  ]);
});

test("a name nobody knows is refused with the nearest one and all others", () => {
  expect(() => names({ toolsets: ["worktree"] })).toThrow(
    expect.objectContaining({
      code: "invalid_config",
      hint: "Did you mean worktrees?",
      why: `Known: ${toolsets.join(", ")}.`,
    }),
  );
  expect(() => names({}, { AGENTPOOL_MCP_TOOLS: "spawn_workers" })).toThrow(
    expect.objectContaining({ code: "invalid_config", hint: "Did you mean spawn_worker?" }),
  );
});

test("lockdown holds when the flag or the environment asks for it, and neither takes it back", () => {
  const lockdown = (flags = {}, env = {}): boolean => selectTools(manifest, flags, env).lockdown;
  expect(lockdown()).toBe(false);
  expect(lockdown({ lockdown: true }, { AGENTPOOL_MCP_LOCKDOWN: "0" })).toBe(true);
  expect(lockdown({ lockdown: false }, { AGENTPOOL_MCP_LOCKDOWN: "on" })).toBe(true);
  for (const word of ["1", "true", "Yes", "ON"]) {
    expect(lockdown({}, { AGENTPOOL_MCP_LOCKDOWN: word })).toBe(true);
  }
  expect(() => lockdown({}, { AGENTPOOL_MCP_LOCKDOWN: "please" })).toThrow(/LOCKDOWN is "please"/);
});

test("under lockdown the schemas say that worker text may be null", () => {
  const offer = createOffer(selectTools(manifest, { lockdown: true }, {}), "1");
  const observe = offer.lists["tools/list"].tools.find((one) => one.name === "observe_worker");
  const { properties } = observe?.outputSchema ?? {};
  expect(properties?.["prompts"]?.items?.properties?.["text"]?.type).toEqual(["string", "null"]);
  expect(properties?.["because"]?.type).toEqual(["string", "null"]);
  expect(properties?.["state"]?.type).toBe("string");
});
