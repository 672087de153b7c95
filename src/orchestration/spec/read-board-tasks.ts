import { AgentpoolError } from "../../domain/errors.ts";
import { faultsOf, isObject, type JsonSchema } from "../../domain/json/json-schema.ts";
import { invalidTasks, placeOf, type RunFault } from "./faults.ts";
import { asDocument, parseRun, readRunFile, type RunDocument } from "./run-document.ts";

/** A task for the board as somebody wrote it. */
export interface BoardEntry {
  readonly title: string;
  readonly key?: string;
  readonly body?: string;
  readonly priority?: number;
  readonly tags?: readonly string[];
  /** Keys of the same list, and ids of tasks that are there. */
  readonly depends_on?: readonly string[];
  readonly provider?: string;
  readonly model?: string;
  readonly role?: string;
  readonly max_attempts?: number;
}

/** Tasks that are written as they must be, and how to tell what else is wrong with one. */
export interface BoardList {
  readonly entries: readonly BoardEntry[];
  /** @throws invalid_input with file, line and field, as for what is written wrongly */
  readonly refuse: (faults: readonly { readonly at: number; readonly message: string }[]) => never;
}

export type BoardSource =
  | { readonly file: string }
  /** What came on standard input: a JSON value on each line, or YAML. */
  | { readonly text: string }
  | { readonly tasks: readonly unknown[] };

/** @throws invalid_input with every fault, each with file, line and field */
export async function readBoardTasks(source: BoardSource): Promise<BoardList> {
  const document = await documentOf(source);
  const { file } = document;
  const values = { tasks: document.values["tasks"] };
  if (values.tasks === undefined) {
    throw invalidTasks(file, [{ line: 1, field: "tasks", message: "is missing: a list of tasks" }]);
  }
  const list = Array.isArray(values.tasks) ? values.tasks.map(asEntry) : values.tasks;
  const wrong = faultsOf(listSchema, { tasks: list });
  const told = wrong.map(({ at, message }) => faultAt(document, placeOf(at), message));
  if (told.length > 0) throw invalidTasks(file, told);
  const entries = list as readonly BoardEntry[];
  const refuse: BoardList["refuse"] = (faults) => {
    throw invalidTasks(
      file,
      faults.map(({ at, message }) =>
        faultAt(
          document,
          { path: ["tasks", at, "depends_on"], field: `tasks[${at}].depends_on` },
          message,
        ),
      ),
    );
  };
  const more = [...keysGivenTwice(entries), ...badTags(entries)].map(({ path, message }) =>
    faultAt(document, placeOf(path), message),
  );
  if (more.length > 0) throw invalidTasks(file, more);
  const circle = inCircle(entries);
  if (circle !== undefined) {
    refuse([{ at: circle, message: "leads in a circle: it waits for itself" }]);
  }
  return { entries, refuse };
}

async function documentOf(source: BoardSource): Promise<RunDocument> {
  if ("tasks" in source) return asDocument({ tasks: source.tasks });
  try {
    return await ("file" in source
      ? readRunFile(source.file)
      : parseRun(source.text, { file: "-", format: formatOfText(source.text) }));
  } catch (thrown) {
    // it is no run that cannot be read
    if (!(thrown instanceof AgentpoolError) || thrown.code !== "invalid_run") throw thrown;
    const { file, faults } = thrown.details as { file: string; faults: readonly RunFault[] };
    throw invalidTasks(file, faults);
  }
}

function formatOfText(text: string): "jsonl" | "yaml" {
  const [first = ""] = text.trimStart().split("\n", 1);
  try {
    return isObject(JSON.parse(first)) ? "jsonl" : "yaml";
  } catch {
    return "yaml";
  }
}

/** A text by itself is a title. */
function asEntry(entry: unknown): unknown {
  return typeof entry === "string" ? { title: entry } : entry;
}

function faultAt(
  document: RunDocument,
  { path, field }: { readonly path: readonly (string | number)[]; readonly field: string | null },
  message: string,
): RunFault {
  // the line of a part, or of what it stands in
  for (let length = path.length; length > 0; length--) {
    const line = document.lineOf(path.slice(0, length));
    if (line !== undefined) return { line, field, message };
  }
  return { line: null, field, message };
}

interface Mistake {
  readonly path: string;
  readonly message: string;
}

function keysGivenTwice(entries: readonly BoardEntry[]): Mistake[] {
  const seen = new Set<string>();
  return entries.flatMap(({ key }, at) => {
    if (key === undefined) return [];
    if (seen.has(key)) {
      return [{ path: `$.tasks[${at}].key`, message: `${key} is another task's key, too` }];
    }
    seen.add(key);
    return [];
  });
}

function badTags(entries: readonly BoardEntry[]): Mistake[] {
  return entries.flatMap(({ tags = [] }, at) =>
    tags.flatMap((tag, n) =>
      isTag.test(tag)
        ? []
        : [
            {
              path: `$.tasks[${at}].tags[${n}]`,
              message:
                "is no tag: up to 64 letters, digits and ._:/@+-, the first a letter or digit",
            },
          ],
    ),
  );
}

/** As an operation takes one. */
const isTag = /^[\p{L}\p{N}][\p{L}\p{N}._:/@+-]{0,63}$/u;

/** The first entry that waits for itself, by way of others or not; chains may be thousands long. */
function inCircle(entries: readonly BoardEntry[]): number | undefined {
  const byKey = new Map(entries.flatMap(({ key }, at) => (key === undefined ? [] : [[key, at]])));
  const waiting = entries.map(({ depends_on: names = [] }) => {
    return new Set(names.flatMap((name) => byKey.get(name) ?? []));
  });
  const waitedFor = entries.map((): number[] => []);
  for (const [at, others] of waiting.entries()) for (const one of others) waitedFor[one]?.push(at);
  const free = [...waiting.keys()].filter((at) => waiting[at]?.size === 0);
  // grows while it is walked
  for (const done of free) {
    for (const at of waitedFor[done] ?? []) {
      waiting[at]?.delete(done);
      if (waiting[at]?.size === 0) free.push(at);
    }
  }
  const ended = new Set(free);
  return [...waiting.keys()].find((at) => !ended.has(at));
}

const name: JsonSchema = { type: "string", minLength: 1, maxLength: 200 };

const listSchema: JsonSchema = {
  type: "object",
  properties: {
    tasks: {
      type: "array",
      minItems: 1,
      maxItems: 10_000,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["title"],
        properties: {
          title: { type: "string", minLength: 1, maxLength: 500 },
          key: name,
          body: { type: "string" },
          priority: { type: "integer", minimum: -1_000_000, maximum: 1_000_000 },
          tags: { type: "array", maxItems: 50, items: { type: "string" } },
          depends_on: { type: "array", maxItems: 10_000, items: name },
          provider: name,
          model: name,
          role: name,
          max_attempts: { type: "integer", minimum: 1, maximum: 100 },
        },
      },
    },
  },
};
