import { expect, test } from "vitest";
import { putBuiltFields } from "../../support/built-fields.ts";
import { commands } from "../../../src/surface/cli/commands.ts";
import { complete } from "../../../src/surface/cli/complete.ts";

putBuiltFields();

const live = {
  sessions: async () => [
    { value: "rex", about: "idle" },
    { value: "ap_0123456789ab" },
    { value: "@last" },
  ],
  providers: async () => [{ value: "one" }, { value: "other" }],
};

async function after(...words: string[]): Promise<string[]> {
  return (await complete(words, live)).map(({ value }) => value);
}

test("the first word is a command, an alias, or help", async () => {
  const all = await after("");
  for (const { words, aliases } of commands) {
    for (const one of [words, ...aliases]) expect(all, one).toContain(one.split(" ")[0]);
  }
  expect(new Set(all).size).toBe(all.length);
  expect(await after("spa")).toEqual(["spawn"]);
  expect(await after("help", "exit")).toEqual(["exit-codes"]);
});

test("a noun is followed by its verbs", async () => {
  expect(await after("worktrees", "")).toContain("cleanup");
  expect(await after("worktrees", "cl")).toEqual(["cleanup"]);
});

test("flags are those of the command, once each", async () => {
  expect(await after("observe", "rex", "--wait")).toEqual(["--wait-for"]);
  expect(await after("sessions", "--form")).toEqual(["--format"]);
  expect(await after("terminate", "rex", "--dry-run", "--d")).toEqual([]);
  // lists may be repeated
  expect(await after("spawn", "--env", "A", "--env")).toEqual(["--env"]);
  expect(await after("send", "rex", "--", "--d")).toEqual([]);
});

test("values are choices, words, sessions, providers or files", async () => {
  expect(await after("sessions", "--format", "t")).toEqual(["table", "tsv"]);
  expect(await after("sessions", "--format=w")).toEqual(["--format=wide"]);
  expect(await after("observe", "--wait-for", "question,comp")).toEqual(["question,completed"]);
  expect(await after("spawn", "-p", "ot")).toEqual(["other"]);
  expect(await after("spawn", "--task-file", "")).toEqual([":files"]);
});

test("where a session stands by position, live ones are offered, and nothing after it", async () => {
  expect(await after("observe", "")).toEqual(["rex", "ap_0123456789ab", "@last"]);
  expect(await after("observe", "--timeout", "5", "ap_")).toEqual(["ap_0123456789ab"]);
  expect(await after("wait", "rex", "@")).toEqual(["@last"]);
  expect(await after("observe", "rex", "")).toEqual([]);
});
