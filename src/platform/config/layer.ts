import type { AgentpoolError } from "../../domain/errors.ts";
import { nearest } from "../../domain/nearest.ts";
import { ancestorAdvice } from "./ancestor-keys.ts";
import { checkValue } from "./check-value.ts";
import { wrongConfig, type ConfigDocument } from "./document.ts";
import { configKeys, rowOf, type AnyKey } from "./keys.ts";
import { WrongValue } from "./wrong-value.ts";

/** Values of one file, each under its full key (`providers.codex-cli.binary`). */
export interface Layer {
  readonly file: string;
  readonly values: ReadonlyMap<string, LayerValue>;
  readonly warnings: readonly ConfigWarning[];
}

export interface LayerValue {
  readonly row: AnyKey;
  readonly value: unknown;
  readonly line: number | undefined;
}

export interface ConfigWarning {
  readonly file: string;
  readonly line: number | undefined;
  readonly key: string;
  readonly message: string;
}

const allKeys = Object.keys(configKeys) as AnyKey[];
/** Every section that keys stand in, `*` for a name. */
const sections = new Set(
  allKeys.flatMap((key) => {
    const parts = key.split(".");
    return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("."));
  }),
);

/**
 * Checks a file against the table of keys.
 * @throws invalid_config for the first key that is unknown, or has a value it cannot have
 */
export function readLayer(document: ConfigDocument, kind: "user" | "project"): Layer {
  const { layer, faults } = checkLayer(document, kind);
  if (faults[0]) throw faults[0];
  return layer;
}

/** The same with every fault there is, in the order of the file. */
export function checkLayer(
  document: ConfigDocument,
  kind: "user" | "project",
): { readonly layer: Layer; readonly faults: readonly AgentpoolError[] } {
  const faults: AgentpoolError[] = [];
  const values = new Map<string, LayerValue>();
  const warnings: ConfigWarning[] = [];
  walk(document.values, []);
  return { layer: { file: document.file, values, warnings }, faults };

  function walk(section: Readonly<Record<string, unknown>>, at: readonly string[]): void {
    for (const [name, value] of Object.entries(section)) {
      const path = [...at, name];
      const general = path.map((part, index) => (isName(path, index) ? "*" : part)).join(".");
      if (name.includes(".") || name === "*") refuseOrWarn(path, general);
      else if (Object.hasOwn(configKeys, general)) take(general as AnyKey, path, value);
      else if (sections.has(general)) open(value, path);
      else refuseOrWarn(path, general);
    }
  }

  function open(value: unknown, path: readonly string[]): void {
    if (value === null || value === undefined) return;
    if (typeof value === "object" && !Array.isArray(value)) {
      walk(value as Record<string, unknown>, path);
      return;
    }
    fault(path, `${path.join(".")} holds no settings`);
  }

  function take(key: AnyKey, path: readonly string[], value: unknown): void {
    const row = rowOf(key);
    const full = path.join(".");
    if (kind === "project" && row.project === "no") {
      fault(path, `${full} cannot be set by a project`, "Write it into your own config.yaml.");
      return;
    }
    // written and left open, as a template has it
    if (value === null || value === undefined) return;
    try {
      const checked = checkValue(row.type, value, document.file);
      const refused = row.refuse?.(checked) ?? null;
      if (refused !== null) throw new WrongValue(refused);
      values.set(full, { row: key, value: checked, line: document.lineOf(path) });
    } catch (thrown) {
      if (!(thrown instanceof WrongValue)) throw thrown;
      fault([...path, ...thrown.at], `${full}: ${thrown.message}`);
    }
  }

  function refuseOrWarn(path: readonly string[], general: string): void {
    const full = path.join(".");
    const advice = ancestorAdvice(path);
    if (advice !== undefined) {
      const line = document.lineOf(path);
      warnings.push({
        file: document.file,
        line,
        key: full,
        message: `does nothing here: ${advice}`,
      });
      return;
    }
    fault(path, `"${full}" is no setting; ${suggestion(path, general)}`);
  }

  function fault(path: readonly (string | number)[], why: string, hint?: string): void {
    faults.push(wrongConfig(document.file, document.lineOf(path), why, hint));
  }
}

/** Whether the part is a name that somebody gave: the id of a provider, say. */
function isName(path: readonly string[], index: number): boolean {
  return index > 0 && sections.has([...path.slice(0, index), "*"].join("."));
}

/** What was meant, or what there is at that place. */
function suggestion(path: readonly string[], general: string): string {
  const parent = general.split(".").slice(0, -1).join(".");
  const below = siblings(parent);
  const name = path.at(-1) ?? "";
  if (name.includes(".")) return "write each part on a line of its own, indented below the last";
  const near = nearest(name, below);
  if (near !== undefined) return `did you mean ${[...path.slice(0, -1), near].join(".")}?`;
  const elsewhere = allKeys.find((key) => key.split(".").at(-1) === name);
  if (elsewhere !== undefined) return `did you mean ${elsewhere}?`;
  return `known here: ${below.join(", ")}`;
}

function siblings(parent: string): string[] {
  const prefix = parent === "" ? "" : `${parent}.`;
  const names = allKeys
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length).split(".")[0] ?? "");
  return [...new Set(names)];
}
