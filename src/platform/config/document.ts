import { lstatSync, statSync } from "node:fs";
import { AgentpoolError } from "../../domain/errors.ts";
import { readRegularFile } from "../read-regular-file.ts";

/** A file of settings as it was read: its values, and where each stands. */
export interface ConfigDocument {
  readonly file: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** Line of a key, or of an entry of a list; undefined where YAML lost it (an alias). */
  readonly lineOf: (path: readonly (string | number)[]) => number | undefined;
}

const largestBytes = 1024 * 1024;

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
    const { mtimeMs, ctimeMs, size, ino } = statSync(file);
    return `${mtimeMs}:${ctimeMs}:${size}:${ino}`;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
    throw unreadable(file, thrown);
  }
}

/** @throws invalid_config with file and line */
export async function readDocument(file: string): Promise<ConfigDocument> {
  let text: string;
  try {
    text = readRegularFile(file, largestBytes);
  } catch (thrown) {
    throw unreadable(file, thrown);
  }
  // the parser is a file of its own, loaded where a file of settings lies
  const { parseSettings } = await import("./yaml-settings.ts");
  return parseSettings(text, file);
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
