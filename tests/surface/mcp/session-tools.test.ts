import { expect, test } from "vitest";
import { z } from "zod";
import { operations } from "../../../src/operations/index.ts";
import { createOffer } from "../../../src/surface/mcp/offer.ts";
import { readArguments } from "../../../src/surface/mcp/read-arguments.ts";
import { renderMcpManifest } from "../../../src/surface/mcp/render-manifest.ts";
import { selectForSession } from "../../../src/surface/mcp/session-tools.ts";

const manifest = renderMcpManifest(operations, z);

const hostTools = ["spawn_worker", "answer_worker", "terminate_worker", "get_inventory"];

test("a worker is offered the tools of its toolset by their own names, and none of a host's", () => {
  const { tools } = selectForSession(manifest, "worker");
  const names = tools.map(({ definition }) => definition.name);
  expect(names).toEqual(
    expect.arrayContaining(["acquire_lease", "list_leases", "release_lease", "renew_lease"]),
  );
  expect(names).not.toContain("spawn_agent");
  for (const name of hostTools) expect(names).not.toContain(name);
});

test("a lead adds tasks, starts, addresses and ends agents besides, and is asked for no yes", () => {
  const { tools } = selectForSession(manifest, "lead");
  const names = tools.map(({ definition }) => definition.name);
  for (const name of ["add_task", "spawn_agent", "message_agent", "shutdown_agent"]) {
    expect(names).toContain(name);
  }
  for (const name of hostTools) expect(names).not.toContain(name);
  for (const { confirm, definition } of tools) {
    expect(confirm).toBeNull();
    expect(definition.inputSchema.properties).not.toHaveProperty("confirm");
  }
});

test("no tool of a worker asks who calls it, and a call that says so is handed on to be judged", () => {
  const { tools } = selectForSession(manifest, "worker");
  for (const { definition } of tools) {
    if (definition.annotations.readOnlyHint) continue;
    expect(Object.keys(definition.inputSchema.properties)).not.toContain("agent");
    expect(Object.keys(definition.inputSchema.properties)).not.toContain("session_id");
  }
  const acquire = tools.find(({ definition }) => definition.name === "acquire_lease");
  if (!acquire) throw new Error("no acquire_lease");
  const { input } = readArguments(acquire, { files: ["a"], agent: "rex" });
  expect(input).toMatchObject({ files: ["a"], agent: "rex" });
});

test("what a worker is told is short", () => {
  for (const toolset of ["worker", "lead"] as const) {
    const offer = createOffer(selectForSession(manifest, toolset), "1.0.0");
    expect(Buffer.byteLength(offer.instructions)).toBeLessThan(2_048);
    expect(offer.capabilities).toEqual({ tools: {} });
    expect(offer.instructions).not.toMatch(/spawn_worker|collect_worker/);
  }
});
