import { describe, expect, test } from "vitest";
import { operations } from "../../../src/operations/index.ts";
import { createOffer } from "../../../src/surface/mcp/offer.ts";
import { selectTools } from "../../../src/surface/mcp/select-tools.ts";
import { changeAt } from "../../../src/surface/mcp/worker-path.ts";
import { manifest, tool } from "./support/manifest.ts";

function listed(flags = {}): string {
  const offer = createOffer(selectTools(manifest, flags, {}), "1.2.3");
  return JSON.stringify(offer.lists["tools/list"]);
}

describe("the manifest", () => {
  test("has one tool for each operation with an MCP part, sorted by name", () => {
    const names = manifest.tools.map((one) => one.definition.name);
    const wanted = operations.flatMap((one) => (one.mcp ? [one.mcp.tool] : []));
    expect(names).toEqual(wanted.toSorted());
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z][a-z_]{0,63}$/.test(name))).toEqual([]);
  });

  test("gives every tool all four annotations, derived from the operation", () => {
    for (const operation of operations) {
      if (!operation.mcp) continue;
      expect(tool(operation.mcp.tool).definition.annotations).toEqual({
        readOnlyHint: operation.effect === "read",
        destructiveHint: operation.effect === "destructive",
        idempotentHint: operation.mcp.idempotent,
        openWorldHint: operation.mcp.openWorld,
      });
    }
    expect(tool("terminate_worker").definition.annotations.destructiveHint).toBe(true);
    expect(tool("collect_worker_artifacts").definition.annotations.readOnlyHint).toBe(false);
  });

  test("lists as default what a call means that does not say it, and as required what it cannot do without", () => {
    for (const { definition, presets, unlisted } of manifest.tools) {
      for (const [name, preset] of Object.entries(presets)) {
        if (name in unlisted) continue;
        expect(definition.inputSchema.properties[name]?.["default"], definition.name).toBe(preset);
      }
    }
    expect(tool("get_stats").definition.inputSchema.properties["scope"]?.["default"]).toBe("mine");
    expect(tool("add_tasks").definition.inputSchema.required).toEqual(["tasks"]);
    expect(tool("start_run").definition.inputSchema.properties).not.toHaveProperty("detach");
  });

  test("describes every argument and leaves out what the tool does not take", () => {
    for (const { definition } of manifest.tools) {
      const { properties, required = [] } = definition.inputSchema;
      for (const [name, schema] of Object.entries(properties)) {
        expect(schema["description"], `${definition.name}.${name}`).toBeTypeOf("string");
      }
      expect(Object.keys(properties)).toEqual(expect.arrayContaining([...required]));
    }
    const spawn = tool("spawn_worker").definition.inputSchema;
    expect(spawn.required).toEqual(["provider_id", "task"]);
    expect(spawn.properties).not.toHaveProperty("env");
    expect(spawn.properties).toHaveProperty("idempotency_key");
    expect(tool("observe_worker").definition.inputSchema.properties).not.toHaveProperty(
      "idempotency_key",
    );
    expect(
      tool("wait_workers").definition.inputSchema.properties["timeout_seconds"]?.["default"],
    ).toBe(24);
  });

  test("lets an error pass every output schema, since clients check error results too", () => {
    for (const { definition } of manifest.tools) {
      expect(definition.outputSchema?.type).toBe("object");
      expect(definition.outputSchema).not.toHaveProperty("required");
      expect(definition.outputSchema).not.toHaveProperty("additionalProperties");
    }
  });
});

describe("the list of default tools", () => {
  test("has at most 12 KB without output schemas and 32 KB with them", () => {
    expect(Buffer.byteLength(listed({ outputSchemas: false }))).toBeLessThanOrEqual(12_000);
    expect(Buffer.byteLength(listed())).toBeLessThanOrEqual(32_000);
  });

  test("says nothing about the dialect of schemas or further fields", () => {
    const text = listed();
    expect(text).not.toContain("$schema");
    expect(text).not.toContain('"additionalProperties":false');
    expect(text).not.toContain('"additionalProperties":{}');
  });
});

test("a path reaches into lists and leaves what is not there alone", () => {
  const seen: unknown[] = [];
  const look = (holder: Readonly<Record<string, unknown>>, name: string) => {
    seen.push(holder[name]);
    return { ...holder };
  };
  const output = { a: [{ b: 1 }, { c: 2 }], d: null };
  expect(changeAt(output, ["a[].b", "d.e", "f"], look)).toEqual(output);
  expect(seen).toEqual([1]);
});
