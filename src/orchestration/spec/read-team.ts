import { defaultApprovalMs } from "../../domain/approval.ts";
import type { SessionToolset } from "../../domain/toolset.ts";
import type { SwarmSpec } from "../kinds/swarm.ts";
import type { ApprovalGate, Reviewer, TeamSpec } from "../kinds/team-spec.ts";
import type { WorkerSpec } from "../kinds/worker.ts";
import { isObject } from "../../domain/json/json-schema.ts";
import { readTasks } from "./read-tasks.ts";
import type { Path, RunReader } from "./run-reader.ts";
import { needWorker, readDuration, resolveWorker } from "./worker-fields.ts";

type Section = Readonly<Record<string, unknown>>;

const defaultAgents = 3;
const defaultTasks = 30;
const defaultPhases = 6;
const defaultRounds = 3;
const usualReviewers = ["architect", "devils-advocate"];
const usualRoles = ["tester"];

export function readSwarm(reader: RunReader, values: Section): SwarmSpec {
  const worker = part(reader, values, "worker", null);
  return {
    goal: readGoal(reader, values),
    count: (values["agents"] as number | undefined) ?? defaultAgents,
    decomposer: part(reader, values, "decomposer", "planner").worker,
    worker: worker.worker,
    synthesiser: part(reader, values, "synthesiser", "planner").worker,
    maxAttempts: worker.attempts,
  };
}

/** By a plan of its own, or, with tasks, on these. */
export function readTeam(reader: RunReader, values: Section): TeamSpec {
  const lead = part(reader, values, "lead", "lead").worker;
  const endsWith = values["ends_with"] === "turn" ? "turn" : "completion";
  const toolset = endsWith === "completion" ? "worker" : null;
  const { worker, attempts } = part(reader, values, "worker", "worker", toolset);
  const team = { lead, worker, maxAttempts: attempts, endsWith } as const;
  if (values["tasks"] !== undefined) {
    for (const field of planFields) {
      if (values[field] !== undefined)
        reader.fault([field], "is for a team with a plan; this one has tasks");
    }
    const usual = { profile: "worker", ...(isObject(values["worker"]) ? values["worker"] : {}) };
    const tasks = readTasks(
      reader,
      ["tasks"],
      values["tasks"] as readonly unknown[],
      usual,
      toolset,
    );
    const goal = values["lead_prompt"] ?? values["goal"];
    if (values["lead_prompt"] !== undefined && values["goal"] !== undefined) {
      reader.fault(["goal"], "says what the lead does, and lead_prompt does so, too");
    }
    if (typeof goal !== "string") reader.fault(["lead_prompt"], "is missing: what the lead does");
    const leadPrompt = reader.prompt(["lead_prompt"], typeof goal === "string" ? goal : "lead");
    return { form: "tasks", ...team, leadPrompt, tasks };
  }
  for (const field of ["lead_prompt", "workers"]) {
    if (values[field] !== undefined) reader.fault([field], "is for a team on listed tasks");
  }
  return {
    form: "plan",
    ...team,
    goal: readGoal(reader, values),
    planner: part(reader, values, "planner", "planner").worker,
    reviewers: readReviewers(reader, values["reviewers"]),
    roles: readRoles(reader, values["roles"], toolset),
    approval: readApproval(reader, values["approval"]),
    maxTasks: (values["max_tasks"] as number | undefined) ?? defaultTasks,
    maxPhases: (values["max_phases"] as number | undefined) ?? defaultPhases,
  };
}

const planFields = ["planner", "reviewers", "roles", "approval", "max_tasks", "max_phases"];

function part(
  reader: RunReader,
  values: Section,
  field: string,
  usual: string | null,
  toolset: SessionToolset | null = null,
) {
  const section = values[field];
  return needWorker(reader, section === undefined ? [] : [field], {
    section: isObject(section) ? section : undefined,
    usual,
    toolset,
  });
}

function readGoal(reader: RunReader, values: Section): string {
  const goal = values["goal"];
  if (typeof goal === "string") return reader.prompt(["goal"], goal);
  reader.fault(["goal"], "is missing: what is to be reached");
  return "";
}

function readReviewers(reader: RunReader, value: unknown): Reviewer[] {
  const given = value !== undefined;
  const list = (given ? value : usualReviewers) as readonly unknown[];
  const seen = new Set<string>();
  return list.map((entry, index) => {
    const path: Path = given ? ["reviewers", index] : [];
    const section = isObject(entry) ? entry : { name: entry };
    const name = String(section["name"]);
    if (!/^[a-z0-9][\w-]{0,40}$/i.test(name)) {
      reader.fault(path, `is "${name}": letters, digits, - and _ are allowed, up to 41`);
    } else if (seen.has(name))
      reader.fault(path, `is "${name}", as another reviewer is called already`);
    seen.add(name);
    const focus = (section["focus"] as string | undefined) ?? null;
    const { worker } = needWorker(reader, path, {
      section,
      usual: usualProfile(reader, name, "reviewer"),
    });
    return { name, focus, worker };
  });
}

function readRoles(
  reader: RunReader,
  value: unknown,
  toolset: SessionToolset | null,
): Record<string, WorkerSpec> {
  const given = isObject(value) ? value : {};
  const names = new Set([...usualRoles, ...Object.keys(given)]);
  const roles: Record<string, WorkerSpec> = {};
  for (const name of names) {
    const section = given[name];
    const own = isObject(section) ? section : undefined;
    const usual = { usual: usualProfile(reader, name, "worker"), toolset };
    if (section === undefined) {
      const resolved = resolveWorker(reader, {}, usual);
      if ("refused" in resolved && reader.unfit.has(resolved.refused)) {
        // nobody asked for it: its tasks are done by the worker
        reader.warn(["roles"], `has no ${name}: ${resolved.refused}`);
        continue;
      }
    }
    const { worker } = needWorker(reader, own ? ["roles", name] : [], { section: own, ...usual });
    roles[name] = worker;
  }
  return roles;
}

/** Of its name, if there is one. */
function usualProfile(reader: RunReader, name: string, otherwise: string): string {
  return reader.context.profiles.has(name) ? name : otherwise;
}

function readApproval(reader: RunReader, value: unknown): ApprovalGate {
  const section = isObject(value) ? value : { by: value };
  const timeoutMs = readDuration(reader, ["approval", "timeout"], section["timeout"]);
  const by = (section["by"] as ApprovalGate["by"] | undefined) ?? "person";
  const policyMaxTasks = (section["max_tasks"] as number | undefined) ?? null;
  if (policyMaxTasks !== null && by !== "policy") {
    reader.fault(["approval", "max_tasks"], "is for an approval by policy alone");
  }
  const rounds = (section["rounds"] as number | undefined) ?? defaultRounds;
  return { by, rounds, timeoutMs: timeoutMs ?? defaultApprovalMs, policyMaxTasks };
}
