import { faultsOf } from "../../domain/json/json-schema.ts";
import { runKinds, type RunKindName, type RunLimits } from "../../domain/run.ts";
import type { PoolTask } from "../kinds/pool.ts";
import { placeOf } from "./faults.ts";
import { readPipeline, type PipelineStart } from "./read-stages.ts";
import { readForeach, readTasks } from "./read-tasks.ts";
import { readableOf } from "./readable.ts";
import { withReuse } from "./reuse.ts";
import { readSwarm, readTeam } from "./read-team.ts";
import type { RunDocument } from "./run-document.ts";
import { RunReader, type RunContext } from "./run-reader.ts";
import { kindsOfField, runSchema } from "./run-schema.ts";
import { readDuration, readFields } from "./worker-fields.ts";

/** A run that can be begun. */
export interface PlannedRun {
  readonly kind: RunKindName;
  /** As its kind reads it. */
  readonly spec: unknown;
  readonly name: string | null;
  readonly limits: RunLimits;
  readonly failFast: boolean;
  readonly repoPath: string;
  readonly onEvent: string | null;
  readonly envNames: readonly string[];
  /** What is odd about it, with file and line. */
  readonly warnings: readonly string[];
  /** Where its workers are to work. */
  readonly folders: readonly string[];
}

type Values = RunDocument["values"];

const defaultConcurrency = 4;

/**
 * Checks a run as it was written and puts together what it says, its profiles and what it is begun
 * with. Tasks of a pool that cannot be done are entries that fail with the reason, beside others that
 * can; everything else that is wrong keeps the run from beginning.
 * @throws invalid_run with every fault, each with its line and field
 */
export function planRun(
  document: RunDocument,
  context: RunContext,
  start: PipelineStart = {},
): PlannedRun {
  const faults = faultsOf(runSchema, document.values);
  const readable = faults.length === 0 ? document.values : readableOf(document.values);
  const values = readable ?? document.values;
  const reader = new RunReader({ ...document, values }, context);
  for (const { at, message } of faults) reader.fault(placeOf(at).path, message);
  // what is of the wrong type cannot be read further
  if (!readable) reader.check();
  const kind = kindOf(reader, values);
  checkFields(reader, kind, values);
  reader.everybody = readFields(reader, [], values);
  const spec = readSpec(reader, kind, start);
  const planned: PlannedRun = {
    kind,
    spec,
    name: (values["name"] as string | undefined) ?? null,
    limits: readLimits(reader, kind, values),
    failFast: values["fail_fast"] === true,
    repoPath: context.flags.repoPath ?? reader.everybody.repoPath ?? context.base.repoPath,
    onEvent: (values["on_event"] as string | undefined) ?? null,
    envNames: (values["env"] as readonly string[] | undefined) ?? [],
    warnings: reader.warnings,
    folders: [...reader.folders],
  };
  reader.check();
  return planned;
}

function kindOf(reader: RunReader, values: Values): RunKindName {
  const said = values["kind"] as RunKindName | undefined;
  const asked = reader.context.kind;
  if (said !== undefined && asked !== null && said !== asked) {
    reader.fault(["kind"], `is ${said}, and ${asked} was asked for: agentpool run ${said}`);
  }
  const kind = said ?? asked ?? guess(values);
  if (kind === null) reader.fault(["kind"], `is missing: one of ${runKinds.join(", ")}`);
  return kind ?? "pool";
}

/** Fields that only one kind has say which it is. */
function guess(values: Values): RunKindName | null {
  if (values["stages"] !== undefined) return "pipeline";
  if (values["agents"] !== undefined) return "swarm";
  const ofTeam = ["planner", "reviewers", "approval", "lead", "lead_prompt", "roles"];
  if (ofTeam.some((field) => values[field] !== undefined)) return "team";
  return values["tasks"] !== undefined || values["foreach"] !== undefined ? "pool" : null;
}

function checkFields(reader: RunReader, kind: RunKindName, values: Values): void {
  for (const field of Object.keys(values)) {
    const kinds = Object.hasOwn(kindsOfField, field) ? kindsOfField[field] : undefined;
    if (kinds && !kinds.includes(kind)) {
      reader.fault([field], `belongs to a ${kinds.join(" or a ")}, and this is a ${kind}`);
    }
  }
}

function readSpec(reader: RunReader, kind: RunKindName, start: PipelineStart): unknown {
  const { values } = reader.document;
  switch (kind) {
    case "pool": {
      const listed = (values["tasks"] ?? []) as readonly unknown[];
      const tasks = [
        ...readTasks(reader, ["tasks"], listed),
        ...(values["foreach"] === undefined ? [] : readForeach(reader, values)),
      ];
      if (listed.length === 0 && values["foreach"] === undefined) {
        reader.fault(["tasks"], "is missing: a pool needs a task");
      }
      refuseInVain(reader, tasks);
      return { tasks: withReuse(reader, values, tasks) };
    }
    case "pipeline":
      return readPipeline(reader, values, start);
    case "swarm":
      return readSwarm(reader, values);
    case "team":
      return readTeam(reader, values);
  }
}

/** One that cannot be done harms no other; a run in which none can is not begun. */
function refuseInVain(reader: RunReader, tasks: readonly PoolTask[]): void {
  const reasons = tasks.flatMap(({ worker }) => ("refused" in worker ? [worker.refused] : []));
  if (reasons.length < tasks.length) return;
  for (const why of new Set(reasons)) reader.fault(["tasks"], `cannot be done: ${why}`);
}

function readLimits(reader: RunReader, kind: RunKindName, values: Values): RunLimits {
  const budget = (values["budget"] ?? {}) as Readonly<Record<string, number>>;
  // the lead has a place of its own beside its workers
  const workers = values["workers"] as number | undefined;
  const beside = kind === "team" && workers !== undefined ? workers + 1 : undefined;
  const said: RunLimits = {
    concurrency: (values["concurrency"] as number | undefined) ?? beside ?? defaultConcurrency,
    timeoutMs: readDuration(reader, ["run_timeout"], values["run_timeout"]) ?? null,
    tokens: budget["tokens"] ?? null,
    usd: budget["usd"] ?? null,
    minutes: budget["minutes"] ?? null,
  };
  return { ...said, ...reader.context.limits };
}
