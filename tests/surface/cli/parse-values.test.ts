import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { putBuiltFields } from "../../support/built-fields.ts";
import { AgentpoolError } from "../../../src/domain/errors.ts";
import { operations } from "../../../src/operations/index.ts";
import { sharedFields } from "../../../src/surface/cli/command.ts";
import { localCommands } from "../../../src/surface/cli/local-commands.ts";
import { shellParts } from "../../../src/surface/cli/shell-parts.ts";
import { fieldsOf, type Field, type JsonSchema } from "../../../src/surface/cli/field.ts";
import { parseValues, requireValues, usage } from "../../../src/surface/cli/parse-values.ts";

putBuiltFields();

function fields(name: string): readonly Field[] {
  const operation = operations.find((one) => one.name === name);
  if (!operation) throw new Error(name);
  const schema = z.toJSONSchema(operation.schemas(z).input, { io: "input" });
  return fieldsOf(operation, schema as JsonSchema);
}

const line = (words: string, name: string) => ({ words, fields: fields(name) });
const spawn = line("spawn", "session.spawn");
const observe = line("observe", "session.observe");
const wait = line("wait", "session.wait");
const send = line("send", "session.send");
const cleanup = line("worktrees cleanup", "worktree.cleanup");

function refused(run: () => unknown): AgentpoolError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof AgentpoolError) return thrown;
    throw thrown;
  }
  throw new Error("it was not refused");
}

test("values carry wire names, and what was not given is absent", () => {
  expect(parseValues(spawn, ["-p", "fake", "--task", "x", "--require-clean"])).toEqual({
    provider_id: "fake",
    task: "x",
    require_clean: true,
  });
});

test("a flag may be spelt as its field, by its other names, and with an equals sign", () => {
  expect(parseValues(spawn, ["--provider-id=fake", "--repo-path", "/r"])).toEqual({
    provider_id: "fake",
    repo_path: "/r",
  });
  expect(parseValues(cleanup, ["--session-id", "ap_1", "--yes"])).toEqual({
    session_id: "ap_1",
    force: true,
  });
});

test("lists are comma-separated, repeated, or both", () => {
  expect(parseValues(observe, ["x", "--wait-for", "a,b", "--wait-for", "c,"])).toEqual({
    session_id: "x",
    wait_for: ["a", "b", "c"],
  });
});

test("a comma in the braces of a glob does not end it", () => {
  expect(parseValues(observe, ["x", "--wait-for", "src/{a,b}.ts,c", "--wait-for", "d{"])).toEqual({
    session_id: "x",
    wait_for: ["src/{a,b}.ts", "c", "d{"],
  });
});

test("a list by position takes the rest of the line", () => {
  expect(parseValues(wait, ["a", "b", "--for", "completed", "c"])).toEqual({
    session_ids: ["a", "b", "c"],
    wait_for: ["completed"],
  });
});

test("pairs keep everything after the first equals sign", () => {
  expect(parseValues(spawn, ["--provider-option", "a=1=2", "--provider-option", "b="])).toEqual({
    provider_options: { a: "1=2", b: "" },
  });
  expect(refused(() => parseValues(spawn, ["--provider-option", "a"])).message).toBe(
    '--provider-option: "a" is no name=value',
  );
});

test.each([
  ["90", 90],
  ["1.5", 1.5],
  ["30s", 30],
  ["10m", 600],
  ["2h", 7200],
  ["500ms", 0.5],
])("a timeout of %s is %d seconds", (text, seconds) => {
  expect(parseValues(observe, ["x", "--timeout", text])).toMatchObject({
    timeout_seconds: seconds,
  });
});

test.each([
  ["--timeout", "soon", '"soon" is no duration'],
  ["--timeout", "2d", "2d is out of range"],
  ["--max-lines", "0", "0 is out of range"],
  ["--max-lines", "1.5", '"1.5" is no number'],
  ["--since", "-1", "-1 is out of range"],
  ["--detail", "ful", '"ful" is not one of summary, excerpt, full'],
])("%s %s is refused with what it takes", (flag, value, what) => {
  const error = refused(() => parseValues(observe, ["x", `${flag}=${value}`]));

  expect(error).toMatchObject({ code: "invalid_input", message: `${flag}: ${what}` });
  expect(error.hint).toBeTruthy();
});

test("a word that is not one of the choices is answered with the nearest", () => {
  const error = refused(() => parseValues(spawn, ["--isolation", "read-onyl"]));

  expect(error.hint).toBe("Did you mean read_only?");
});

test("an unknown flag is answered with the nearest", () => {
  const error = refused(() => parseValues(spawn, ["--proivder", "x"]));

  expect(error).toMatchObject({
    code: "invalid_input",
    message: "spawn has no flag --proivder",
    hint: "Did you mean --provider?",
  });
});

test("too many words are refused, and quotes suggested", () => {
  const error = refused(() => parseValues(send, ["x", "hello", "world"]));

  expect(error.message).toBe("send has too many words: x hello world");
  expect(error.hint).toContain("in quotes");
});

test("after two dashes everything is text", () => {
  expect(parseValues(send, ["x", "--", "--help"])).toEqual({ session_id: "x", message: "--help" });
});

test("an empty text and a lone dash are values", () => {
  expect(parseValues(send, ["x", ""])).toEqual({ session_id: "x", message: "" });
  expect(parseValues(send, ["x", "-"])).toEqual({ session_id: "x", message: "-" });
});

test("a name that does not fit is refused", () => {
  expect(refused(() => parseValues(spawn, ["--name", "a b"])).message).toContain("does not fit");
});

test("what is missing is named with the usage", () => {
  const error = refused(() => requireValues(send, parseValues(send, ["x"])));

  expect(error).toMatchObject({
    message: "<message> is missing",
    hint: "agentpool send <session_id> <message> [options]",
  });
});

test("a spawn that names no provider is told that none is chosen for it", () => {
  const error = refused(() => requireValues(spawn, parseValues(spawn, ["--task", "x"])));

  expect(error).toMatchObject({ code: "provider_required", message: "No provider was named" });
});

test("usage shows positions and required flags", () => {
  expect(usage(spawn)).toBe("spawn --provider <provider> --task <task> [options]");
  expect(usage(wait)).toBe("wait <session_ids...> [options]");
});

test("every example on a help page is a line that its command takes", () => {
  const commands = [
    ...operations.flatMap(({ name, cli }) =>
      cli
        ? [
            {
              words: cli.command,
              aliases: cli.aliases ?? [],
              examples: cli.examples,
              fields: [...fields(name), ...(shellParts[name]?.fields ?? [])],
              ...(cli.ids === undefined ? {} : { ids: cli.ids }),
            },
          ]
        : [],
    ),
    ...localCommands.map((one) => ({ ...one, fields: one.fields() })),
  ].map((one) => ({
    ...one,
    fields: [
      ...one.fields,
      ...sharedFields({ json: true, ...("ids" in one ? { ids: one.ids } : {}) }),
    ],
  }));
  const words = (line: string): string[] =>
    [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? "");
  let seen = 0;

  for (const command of commands) {
    for (const example of command.examples) {
      const called = [command.words, ...command.aliases].map((one) => `agentpool ${one}`);
      const start = called.find((one) => `${example} `.startsWith(`${one} `)) ?? "";
      expect(start, example).not.toBe("");
      expect(() => parseValues(command, words(example.slice(start.length))), example).not.toThrow();
      seen += 1;
    }
  }

  expect(seen).toBeGreaterThan(30);
});

test("every command that a hint in the sources names exists", () => {
  const known = [
    ...operations.flatMap(({ cli }) => (cli ? [cli.command, ...(cli.aliases ?? [])] : [])),
    ...localCommands.map((one) => one.words),
    "help",
  ];
  const named = sourceFiles("src").flatMap((file) =>
    [
      ...readFileSync(file, "utf8").matchAll(/hint:[^]{0,80}?agentpool ([a-z]+)(?: ([a-z]+))?/g),
    ].map((match) => ({
      file,
      words: match[2] === undefined ? (match[1] ?? "") : `${match[1]} ${match[2]}`,
    })),
  );
  const unknown = named.filter(
    ({ words }) =>
      !known.some(
        (one) => words === one || words.startsWith(`${one} `) || one.startsWith(`${words} `),
      ),
  );

  expect(named.length).toBeGreaterThan(20);
  expect(unknown).toEqual([]);
});

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return path.endsWith(".ts") ? [path] : [];
  });
}

test("every field of every operation can be spelt in a shell and says what it is", () => {
  for (const operation of operations.filter((one) => one.cli)) {
    const list = fields(operation.name);
    const flags = list.flatMap((field) => (field.flag === null ? [] : [field.flag]));
    expect(new Set(flags).size, operation.name).toBe(flags.length);
    for (const field of list)
      expect(field.description, `${operation.name} ${field.name}`).toBeTruthy();
  }
});
