import { nearest } from "../../domain/nearest.ts";
import {
  anyText,
  bool,
  both,
  check,
  listOf,
  nullable,
  object,
  text,
  wholeNumber,
  type Problem,
} from "../check-value.ts";
import { readJson } from "../json-text.ts";
import { patternProblem } from "../pattern.ts";
import { isSlowPattern } from "../slow-pattern.ts";
import { extend, type ModelFile, type ModelList } from "./model-list.ts";

/** What is wrong with a file of models, and where. */
export interface ModelProblem {
  readonly line: number;
  /** `models[3].efforts`, "" for the whole. */
  readonly field: string;
  readonly reason: string;
}

/**
 * Reads the text of a file of models. A file that extends a list may speak of the models in it.
 * Everything that is wrong with it is told at once, in the order of its lines.
 */
export function parseModels(
  source: string,
  base: ModelList,
): { readonly list: ModelList } | { readonly problems: readonly ModelProblem[] } {
  const read = readJson(source);
  if ("fault" in read) return { problems: [read.fault] };
  const { value, lineOf } = read.json;
  const problems: Problem[] = [];
  modelFile(value, "", problems);
  // names are compared once they are known to be names
  const list = problems.length === 0 ? extend(base, value as ModelFile) : undefined;
  if (list) checkNames(value as ModelFile, { base, list }, problems);
  if (list && problems.length === 0) return { list };
  const placed = problems.map(({ path, reason }) => ({ line: lineOf(path), field: path, reason }));
  return { problems: placed.toSorted((a, b) => a.line - b.line) };
}

/** One line for people: `file:12 models[3].efforts: it is missing`. */
export function describeProblem(file: string, { line, field, reason }: ModelProblem): string {
  return `${file}:${line}${field === "" ? "" : ` ${field}`}: ${reason}`;
}

const modelName = text(/^[^-\s\p{C}][^\s\p{C}]{0,199}$/u, "a name without blanks");
const word = text(/^[\w.-]{1,40}$/u, "a word of letters, digits, dots, dashes and underscores");

const day = check(
  (value, path, problems) => {
    const time = typeof value === "string" ? Date.parse(`${value}T00:00:00Z`) : Number.NaN;
    const spelled = Number.isNaN(time) ? "" : new Date(time).toISOString().slice(0, 10);
    if (spelled === "" || spelled !== value) {
      problems.push({ path, reason: `${JSON.stringify(value)} is no day such as 2026-11-21` });
    }
  },
  { type: "string", format: "date" },
);

const pattern = check(
  (value, path, problems) => {
    anyText(value, path, problems);
    if (typeof value !== "string") return;
    const fault = patternProblem(value);
    if (fault !== undefined) problems.push({ path, reason: fault });
    else if (isSlowPattern(new RegExp(value, "u"))) {
      problems.push({ path, reason: "it may take for ever on one name" });
    }
  },
  { type: "string", format: "regex" },
);

const shape = object({ pattern, what: anyText });

const entry = object(
  { id: modelName },
  {
    aliases: listOf(modelName),
    display_name: anyText,
    context_window: nullable(wholeNumber(1, 100_000_000)),
    efforts: nullable(listOf(word)),
    default_effort: nullable(word),
    service_tiers: listOf(word),
    upgrade: nullable(modelName),
  },
);

const modelFile = object(
  {},
  {
    source: anyText,
    checked: day,
    stale_after_days: wholeNumber(1, 3650),
    complete: bool,
    names: shape,
    also: listOf(shape),
    default: nullable(modelName),
    models: both(listOf(entry), namedOnce),
    remove: listOf(modelName),
  },
);

/** An id or alias that two models have would name neither. */
function namedOnce(value: unknown, path: string, problems: Problem[]): void {
  const seen = new Map<string, string>();
  for (const [index, model] of (value as NonNullable<ModelFile["models"]>).entries()) {
    const at = `${path}[${index}]`;
    const names = [
      [model.id, `${at}.id`] as const,
      ...(model.aliases ?? []).map((alias, n) => [alias, `${at}.aliases[${n}]`] as const),
    ];
    for (const [name, place] of names) {
      const before = seen.get(name);
      if (before !== undefined)
        problems.push({ path: place, reason: `"${name}" is ${before} too` });
      else seen.set(name, place);
    }
  }
}

/** Names that must be those of models in the list, and levels that must be levels of their model. */
function checkNames(
  file: ModelFile,
  { base, list }: { readonly base: ModelList; readonly list: ModelList },
  problems: Problem[],
): void {
  const names = list.models.flatMap((model) => [model.id, ...model.aliases]);
  const known = (name: string | null | undefined, path: string, among: readonly string[]): void => {
    if (name === null || name === undefined || among.includes(name)) return;
    const near = nearest(name, among);
    const guess = near === undefined ? "" : `; did you mean "${near}"?`;
    problems.push({ path, reason: `no model here is called "${name}"${guess}` });
  };
  known(file.default, "default", names);
  const removable = base.models.map((model) => model.id);
  for (const [index, id] of (file.remove ?? []).entries()) {
    known(id, `remove[${index}]`, removable);
  }
  for (const [index, { id, upgrade }] of (file.models ?? []).entries()) {
    known(upgrade, `models[${index}].upgrade`, names);
    const model = list.models.find((one) => one.id === id);
    const { efforts = null, defaultEffort = null } = model ?? {};
    if (efforts === null || defaultEffort === null || efforts.includes(defaultEffort)) continue;
    const near = nearest(defaultEffort, efforts);
    problems.push({
      path: `models[${index}].default_effort`,
      reason: `"${defaultEffort}" is none of its efforts${near === undefined ? "" : `; did you mean "${near}"?`}`,
    });
  }
}
