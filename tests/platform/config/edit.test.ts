import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mergeConfig } from "../../../src/platform/config/config.ts";
import { editConfig } from "../../../src/platform/config/edit.ts";
import { configKeys } from "../../../src/platform/config/keys.ts";
import { readLayer } from "../../../src/platform/config/layer.ts";
import { toTree, toYaml } from "../../../src/platform/config/render.ts";
import { configSchema } from "../../../src/platform/config/schema.ts";
import { validateFile } from "../../../src/platform/config/validate.ts";
import { parseSettings } from "../../../src/platform/config/yaml-settings.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const fileOf = (text?: string): string => {
  const file = join(tempFolder(), "config.yaml");
  if (text !== undefined) writeFileSync(file, text);
  return file;
};

test("a key is set in a file that is made, and removed again", async () => {
  const file = fileOf();
  editConfig(file, "policy.max_turns", "4");
  editConfig(file, "providers.some-cli.enabled", "false");
  expect(readFileSync(file, "utf8")).toBe(
    "policy:\n  max_turns: 4\nproviders:\n  some-cli:\n    enabled: false\n",
  );
  expect(statSync(file).mode & 0o777).toBe(0o600);
  editConfig(file, "policy.max_turns", undefined);
  expect(readFileSync(file, "utf8")).not.toContain("max_turns");
});

test("comments and everything else stay as they are", async () => {
  const before = "# mine\npolicy:\n  # few\n  max_turns: 4 # really\n\nversion: 1\n";
  const file = fileOf(before);
  editConfig(file, "policy.max_turns", "5");
  expect(readFileSync(file, "utf8")).toBe(before.replace("4 #", "5 #"));
});

test("what could not be used is not written, and a dry run writes nothing", async () => {
  const file = fileOf("policy:\n");
  for (const [key, text] of [
    ["policy.max_turnz", "4"],
    ["policy.max_turns", "lots"],
    ["policy", "4"],
  ] as const) {
    expect(() => editConfig(file, key, text)).toThrow(
      expect.objectContaining({ code: "invalid_config" }),
    );
  }
  editConfig(file, "policy.max_turns", "4", { dryRun: true });
  expect(readFileSync(file, "utf8")).toBe("policy:\n");
  const broken = fileOf("policy: {");
  expect(() => editConfig(broken, "policy.max_turns", "4")).toThrow(
    expect.objectContaining({ code: "invalid_config" }),
  );
  expect(readFileSync(broken, "utf8")).toBe("policy: {");
});

test("all faults of a file are found, not only the first", async () => {
  const file = fileOf("polcy: {}\npolicy:\n  max_turns: x\n  max_runtime_seconds: 0\n");
  const { errors } = await validateFile(file, "user");
  expect(errors.map(({ line }) => line)).toEqual([1, 3, 4]);
  expect(errors[0]?.message).toBe('"polcy" is no setting; did you mean policy?');
  expect(existsSync(file)).toBe(true);
});

test("what is printed is a file that says the same", async () => {
  const text =
    "policy: { answers: [{ name: a, match: 'x|y', verdict: deny }], max_turns: 3 }\n" +
    "providers: { some-cli: { enabled: false } }\n";
  const user = readLayer(parseSettings(text, "/home/config.yaml"), "user");
  const config = mergeConfig({ user });
  const printed = toYaml(toTree(config.entries));
  const again = mergeConfig({
    user: readLayer(parseSettings(printed, "/home/config.yaml"), "user"),
  });
  expect(toTree(again.entries)).toEqual(toTree(config.entries));
});

test("the schema has a place for every key", () => {
  const schema = configSchema() as unknown as Node;
  interface Node {
    properties?: Record<string, Node>;
    additionalProperties?: Node | false;
    default?: unknown;
  }
  for (const [key, { default: preset }] of Object.entries(configKeys)) {
    let at: Node | undefined = schema;
    for (const part of key.split(".")) {
      at = part === "*" ? at?.additionalProperties || undefined : at?.properties?.[part];
    }
    expect(at?.default, key).toEqual(preset);
  }
});
