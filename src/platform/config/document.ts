import { lstatSync, readFileSync, statSync } from "node:fs";
import { AgentpoolError } from "../../domain/errors.ts";

/** A file of settings as it was read: its values, and where each stands. */
export interface ConfigDocument {
  readonly file: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** Line of a key, or of an entry of a list; undefined where YAML lost it (an alias). */
  readonly lineOf: (path: readonly (string | number)[]) => number | undefined;
}

/** What tells one state of a file from another. */
export type FileStamp = string;

/**
 * The present state of the file, undefined where there is none. A link that leads nowhere is no
 * missing file: what it says is meant to hold.
 * @throws invalid_config
 */
export function stampOf(file: string): FileStamp | undefined {
  try {
    if (!lstatSync(file, { throwIfNoEntry: false })) return undefined;
    const { mtimeMs, size, ino } = statSync(file);
    return `${mtimeMs}:${size}:${ino}`;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
    throw unreadable(file, thrown);
  }
}

/** @throws invalid_config with file and line */
export async function readDocument(file: string): Promise<ConfigDocument> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (thrown) {
    throw unreadable(file, thrown);
  }
  return parseDocument(text, file);
}

/** @throws invalid_config with file and line */
export async function parseDocument(text: string, file: string): Promise<ConfigDocument> {
  const yaml = await import("yaml");
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: lines });
  const [syntax] = document.errors;
  if (syntax) {
    const what = syntax.message.split("\n")[0] ?? "not YAML";
    throw wrongConfig(file, syntax.linePos?.[0].line, what.replace(/ at line \d.*$/, ""));
  }
  let values: unknown;
  try {
    values = document.toJS() ?? {};
  } catch (thrown) {
    throw wrongConfig(file, undefined, thrown instanceof Error ? thrown.message : String(thrown));
  }
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw wrongConfig(file, 1, "the file holds no settings");
  }
  return {
    file,
    values: values as Record<string, unknown>,
    lineOf: (path) => {
      let node: unknown = document.contents;
      let offset: number | undefined;
      for (const part of path) {
        if (yaml.isMap(node)) {
          const pair = node.items.find(({ key }) => keyText(key) === String(part));
          offset = (pair?.key as Ranged | undefined)?.range?.[0];
          node = pair?.value;
        } else if (yaml.isSeq(node)) {
          node = node.items[Number(part)];
          offset = (node as Ranged | undefined)?.range?.[0];
        } else return offset === undefined ? undefined : lines.linePos(offset).line;
      }
      return offset === undefined ? undefined : lines.linePos(offset).line;
    },
  };
}

interface Ranged {
  readonly range?: readonly [number, number, number];
}

function keyText(key: unknown): string {
  return String((key as { readonly value?: unknown } | null)?.value ?? key);
}

function unreadable(file: string, thrown: unknown): AgentpoolError {
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return wrongConfig(file, undefined, `the file cannot be read: ${why}`);
}

/** The one form in which a fault of a settings file is told. */
export function wrongConfig(
  file: string,
  line: number | undefined,
  why: string,
  hint?: string,
): AgentpoolError {
  const where = line === undefined ? file : `${file}:${line}`;
  return new AgentpoolError("invalid_config", "The configuration cannot be used", {
    why: `${where}: ${why}`,
    hint: hint ?? `Correct ${where}, then: agentpool config validate`,
    details: { file, ...(line === undefined ? {} : { line }) },
  });
}
