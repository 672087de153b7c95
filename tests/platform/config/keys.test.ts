import { expect, test } from "vitest";
import { ancestorAdvice } from "../../../src/platform/config/ancestor-keys.ts";
import { checkValue } from "../../../src/platform/config/check-value.ts";
import { mergeConfig } from "../../../src/platform/config/config.ts";
import { configKeys, rowOf, type AnyKey } from "../../../src/platform/config/keys.ts";
import { describeType } from "../../../src/platform/config/value-type.ts";

const keys = Object.keys(configKeys) as AnyKey[];

test.each(keys)("%s: its default is a value it takes, and its doc one line", (key) => {
  const { type, default: preset, doc, refuse, env } = rowOf(key);
  const taken =
    preset === null && type.nullable === true
      ? null
      : checkValue(type, preset, "/home/config.yaml");
  expect(taken).toEqual(preset);
  expect(refuse?.(preset) ?? null).toBeNull();
  expect(doc).toMatch(/^\S.{9,139}[^.]$/);
  expect(describeType(type)).not.toBe("");
  expect(env ?? "AGENTPOOL_X").toMatch(/^AGENTPOOL_[A-Z_]+$/);
  expect(ancestorAdvice(key.split(".")), "it is no key of the ancestor's alone").toBeUndefined();
});

test("nothing that starts programs, opens folders or answers dialogs is for a project to set", () => {
  const open = keys.filter((key) => rowOf(key).project !== "no");
  expect(open.filter((key) => /^(providers|workspace)\.|answers|paths|overage/.test(key))).toEqual(
    [],
  );
});

test("the environment wins over files, and is checked like them", () => {
  const env = { AGENTPOOL_MAX_PARALLEL_SESSIONS: "12" };
  expect(mergeConfig({ env }).get("policy.max_parallel_sessions")).toBe(12);
  for (const bad of ["many", "0", "1.5"]) {
    expect(() => mergeConfig({ env: { AGENTPOOL_MAX_PARALLEL_SESSIONS: bad } })).toThrow(
      expect.objectContaining({ code: "invalid_config" }),
    );
  }
});
