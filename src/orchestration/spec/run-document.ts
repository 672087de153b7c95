import { basename, extname } from "node:path";
import { isObject } from "../../domain/json/json-schema.ts";
import { readRegularFile } from "../../platform/read-regular-file.ts";
import { invalidRun, type RunFault } from "./faults.ts";

/** A run as somebody wrote it, unchecked, and where each part of it stands. */
export interface RunDocument {
  /** As it was named; null for what came as arguments. */
  readonly file: string | null;
  readonly values: Readonly<Record<string, unknown>>;
  readonly lineOf: (path: readonly (string | number)[]) => number | undefined;
}

/** `yaml` (and JSON, which is YAML), a JSON value on each line, or a prompt on each line. */
export type RunFormat = "yaml" | "jsonl" | "lines";

/** Ten thousand long prompts fit; what is larger is something else. */
const largestBytes = 64 * 1024 * 1024;

/** What a file's name says of its format. */
export function formatOf(file: string): RunFormat {
  const extension = extname(file).toLowerCase();
  if ([".yaml", ".yml", ".json"].includes(extension)) return "yaml";
  return extension === ".jsonl" || extension === ".ndjson" ? "jsonl" : "lines";
}

/** @throws invalid_run */
export async function readRunFile(file: string, format = formatOf(file)): Promise<RunDocument> {
  let text: string;
  try {
    text = readRegularFile(file, largestBytes);
  } catch (thrown) {
    const message =
      (thrown as NodeJS.ErrnoException).code === "ENOENT"
        ? "is not there"
        : `cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
    throw invalidRun(file, [{ line: null, field: null, message }]);
  }
  return parseRun(text, { file, format });
}

/**
 * Reads a run out of a text.
 * @throws invalid_run with every line that cannot be read
 */
export async function parseRun(
  text: string,
  { file, format }: { readonly file: string; readonly format: RunFormat },
): Promise<RunDocument> {
  const plain = text.replace(/^\uFEFF/, "");
  if (plain.trim() === "") {
    throw invalidRun(file, [{ line: null, field: null, message: "is empty" }]);
  }
  if (format === "yaml") return fromYaml(plain, file);
  const lines = plain
    .split(/\r?\n/)
    .map((line, index) => ({ text: line, number: index + 1 }))
    .filter((line) => line.text.trim() !== "");
  const tasks = format === "lines" ? lines.map((line) => line.text) : jsonLines(lines, file);
  return {
    file,
    values: { kind: "pool", tasks },
    lineOf: ([first, index]) =>
      first === "tasks" && typeof index === "number" ? lines[index]?.number : undefined,
  };
}

/** Entries for `{item}`: a list in YAML or JSON, a JSON value on each line, or a text on each line. */
export async function readItems(file: string): Promise<readonly unknown[]> {
  const format = formatOf(file);
  const { values } = await readRunFile(file, format);
  const items = values["tasks"];
  if (Array.isArray(items)) return items;
  throw invalidRun(file, [{ line: 1, field: null, message: "is no list" }]);
}

/** Tasks of a pool, one for each item. */
export function foreachDocument(
  items: readonly unknown[],
  template: { readonly prompt: string; readonly title?: string },
): RunDocument {
  const values = { kind: "pool", foreach: items, ...template };
  return { file: null, values, lineOf: () => undefined };
}

/** What came as arguments. */
export function asDocument(values: Readonly<Record<string, unknown>>): RunDocument {
  return { file: null, values, lineOf: () => undefined };
}

async function fromYaml(text: string, file: string): Promise<RunDocument> {
  const { readYaml } = await import("../../platform/config/yaml-text.ts");
  const { value, lineOf, faults } = readYaml(text);
  if (faults.length > 0) {
    const told = faults.map(({ line, message }) => ({ line: line ?? null, field: null, message }));
    throw invalidRun(file, told);
  }
  // a list by itself is one of tasks
  if (Array.isArray(value)) {
    return {
      file,
      values: { kind: "pool", tasks: value },
      lineOf: ([first, ...rest]) => (first === "tasks" ? (lineOf(rest) ?? 1) : undefined),
    };
  }
  if (isObject(value)) return { file, values: value, lineOf };
  const message = `${basename(file)} holds no run: it has neither fields nor a list of tasks`;
  throw invalidRun(file, [{ line: 1, field: null, message }]);
}

function jsonLines(
  lines: readonly { readonly text: string; readonly number: number }[],
  file: string,
): unknown[] {
  const faults: RunFault[] = [];
  const values = lines.map(({ text, number }): unknown => {
    try {
      return JSON.parse(text) as unknown;
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      faults.push({ line: number, field: null, message: `is no JSON: ${why}` });
      return null;
    }
  });
  if (faults.length > 0) throw invalidRun(file, faults);
  return values;
}
