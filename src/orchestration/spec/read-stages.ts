import { parseJsonPath } from "../../domain/json/json-path.ts";
import { isObject, schemaFaults, type JsonSchema } from "../../domain/json/json-schema.ts";
import { placeholdersIn } from "../../domain/template.ts";
import type { Transform } from "../../domain/transform.ts";
import {
  isProgramName,
  isStageName,
  longestProgramName,
  type PipelineSpec,
  type Stage,
} from "../kinds/pipeline-spec.ts";
import { previousPlaceholder, stageNamed } from "../kinds/stage-prompt.ts";
import { placeOf } from "./faults.ts";
import { readTasks } from "./read-tasks.ts";
import { known, type Path, type RunReader } from "./run-reader.ts";
import { needWorker, readDuration } from "./worker-fields.ts";

type Section = Readonly<Record<string, unknown>>;

const filterTimeoutMs = 60_000;
const filterBytes = 1_048_576;
const mostEntries = 50;

/** Where a pipeline begins, and with what: from an earlier run. */
export interface PipelineStart {
  /** Goes before what the file says. */
  readonly input?: string;
  readonly from?: string;
  /** Responses by stage, as `stageResponses` gives them. */
  readonly earlier?: Readonly<Record<string, string>>;
}

/** The stages of a pipeline; all of it has to be right, since each builds on the one before. */
export function readPipeline(
  reader: RunReader,
  values: Section,
  start: PipelineStart,
): PipelineSpec {
  const list = (values["stages"] ?? []) as readonly Section[];
  if (list.length === 0) reader.fault(["stages"], "is missing: a pipeline has stages");
  const names = list.map((stage) => String(stage["name"]));
  const input = start.input ?? (values["input"] as string | undefined) ?? null;
  const stages = list.map((section, index) => {
    const path = ["stages", index];
    checkName(reader, path, { names, index });
    checkPlaceholders(reader, path, { section, names, index, input });
    return readStage(reader, path, section, index === 0);
  });
  const { from, earlier = {} } = start;
  if (from !== undefined && !names.includes(from)) {
    reader.fault([], `has no stage "${from}" to begin from; ${known(from, names)}`);
  }
  const skipped = from === undefined ? [] : names.slice(0, Math.max(0, names.indexOf(from)));
  const lacking = skipped.filter((name) => !Object.hasOwn(earlier, name));
  if (lacking.length > 0) {
    reader.fault(
      [],
      `begins from ${from}, and there is no earlier response of ${lacking.join(", ")}`,
    );
  }
  return { input, stages, from: from ?? null, earlier };
}

function checkName(
  reader: RunReader,
  path: Path,
  { names, index }: { readonly names: readonly string[]; readonly index: number },
): void {
  const name = names[index] ?? "";
  if (!isStageName(name)) {
    reader.fault([...path, "name"], `is "${name}": letters, digits, - and _ are allowed, up to 64`);
  } else if (names.indexOf(name) < index) {
    reader.fault([...path, "name"], `is "${name}", as another stage is called already`);
  }
}

/** A placeholder for something that cannot be there yet would reach an agent as it is. */
function checkPlaceholders(
  reader: RunReader,
  path: Path,
  stage: {
    readonly section: Section;
    readonly names: readonly string[];
    readonly index: number;
    readonly input: string | null;
  },
): void {
  const { section, names, index, input } = stage;
  const before = names.slice(0, index);
  const templates: (readonly [Path, unknown])[] = [[[...path, "prompt"], section["prompt"]]];
  for (const [n, task] of (Array.isArray(section["tasks"]) ? section["tasks"] : []).entries()) {
    templates.push([[...path, "tasks", n], isObject(task) ? task["prompt"] : task]);
  }
  for (const [at, template] of templates) {
    for (const name of typeof template === "string" ? placeholdersIn(template) : []) {
      const named = stageNamed(name);
      if (named !== null && !before.includes(named)) {
        const why = names.includes(named)
          ? "which comes later"
          : `which is no stage; ${known(named, before)}`;
        reader.fault(at, `names {${name}} of "${named}", ${why}`);
      }
      if (name === "input" && input === null)
        reader.fault(at, "names {input}, and no input is given");
      if (name === previousPlaceholder && index === 0) {
        reader.warn(at, `names {${name}} in the first stage, where it stays as it is`);
      }
    }
  }
}

function readStage(reader: RunReader, path: Path, section: Section, isFirst: boolean): Stage {
  const transforms = readTransforms(reader, path, section);
  if (isFirst && transforms.length > 0) {
    reader.fault([...path, "transform"], "has nothing to shape: no stage comes before the first");
  }
  return { name: String(section["name"]), transforms, ...readWork(reader, path, section, isFirst) };
}

function readWork(
  reader: RunReader,
  path: Path,
  section: Section,
  isFirst: boolean,
): Pick<Stage, "work" | "maxAttempts"> {
  const prompt = section["prompt"];
  const allowPartial = section["allow_partial"] === true;
  if (section["tasks"] !== undefined) {
    if (prompt !== undefined) reader.fault(path, "has a prompt and tasks; it is one or the other");
    const list = section["tasks"] as readonly unknown[];
    const tasks = readTasks(reader, [...path, "tasks"], list, section);
    for (const [index, { worker }] of tasks.entries()) {
      if (!("refused" in worker)) continue;
      reader.fault([...path, "tasks", index], `cannot be done: ${worker.refused}`);
    }
    return { work: { kind: "pool", tasks, allowPartial }, maxAttempts: 1 };
  }
  const { worker, attempts: maxAttempts } = needWorker(reader, path, { section });
  if (typeof prompt !== "string") {
    reader.fault(path, "says nothing to do: it needs a prompt or tasks");
    return { work: { kind: "prompt", prompt: "", worker }, maxAttempts };
  }
  // what a placeholder will stand for is not known yet; by itself it is a whole prompt
  if (placeholdersIn(prompt).length === 0) reader.prompt([...path, "prompt"], prompt);
  if (section["each"] !== true) return { work: { kind: "prompt", prompt, worker }, maxAttempts };
  if (isFirst) reader.fault([...path, "each"], "needs a list from a stage before it");
  const title = (section["title"] as string | undefined) ?? null;
  const most = (section["most"] as number | undefined) ?? mostEntries;
  return { work: { kind: "each", prompt, title, worker, allowPartial, most }, maxAttempts };
}

function readTransforms(reader: RunReader, path: Path, section: Section): Transform[] {
  const given = section["transform"];
  if (given === undefined) return [];
  const list = (Array.isArray(given) ? given : [given]) as readonly Section[];
  return list.flatMap((one, index) => {
    const at = Array.isArray(given) ? [...path, "transform", index] : [...path, "transform"];
    return readTransform(reader, at, one);
  });
}

const transformFields = ["first", "last", "json", "path", "shell", "program"] as const;

function readTransform(reader: RunReader, path: Path, section: Section): Transform[] {
  const given = transformFields.filter((field) => section[field] !== undefined);
  const [field] = given;
  if (field === undefined || given.length > 1) {
    const has = field === undefined ? "none" : given.join(" and ");
    reader.fault(path, `is one of ${transformFields.join(", ")}; here is ${has}`);
    return [];
  }
  const timeoutMs = readDuration(reader, [...path, "timeout"], section["timeout"]);
  if (timeoutMs !== undefined && field !== "shell") {
    reader.fault([...path, "timeout"], "is for shell alone");
  }
  switch (field) {
    case "first":
    case "last":
      return [{ kind: field, characters: section[field] as number }];
    case "json":
      return readJson(reader, [...path, "json"], section["json"]);
    case "path": {
      const text = section["path"] as string;
      if (parseJsonPath(text)) return [{ kind: "json_path", path: text }];
      reader.fault([...path, "path"], `is no JSON path: "${text}"; one is $.tasks[0].title`);
      return [];
    }
    case "shell": {
      const command = section["shell"] as string;
      const timeout = timeoutMs ?? filterTimeoutMs;
      return [{ kind: "shell", command, timeoutMs: timeout, maxBytes: filterBytes }];
    }
    case "program": {
      const name = section["program"] as string;
      if (!isProgramName(name)) {
        const rule = `letters, digits and ._:/@+- are allowed, up to ${longestProgramName}`;
        reader.fault([...path, "program"], `is "${name}": ${rule}`);
      }
      return [{ kind: "program", name }];
    }
  }
}

function readJson(reader: RunReader, path: Path, value: unknown): Transform[] {
  if (value === false) reader.fault(path, "is false, which takes nothing out; leave it away");
  const schema = isObject(value) ? value["schema"] : undefined;
  if (schema === undefined) return [{ kind: "json", schema: null }];
  for (const { at, message } of schemaFaults(schema)) {
    reader.fault([...path, "schema", ...placeOf(at).path], message);
  }
  return [{ kind: "json", schema: schema as JsonSchema }];
}
