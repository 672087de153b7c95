import { jsonCandidates } from "../../domain/json/find-json.ts";
import { isObject } from "../../domain/json/json-schema.ts";
import { nearest } from "../../domain/nearest.ts";
import { typable } from "../../domain/template.ts";
import { shortTitle } from "./title.ts";

/** What a team is about to do: phases one after the other, the tasks of each at the same time. */
export interface Plan {
  readonly title: string;
  readonly description: string;
  readonly phases: readonly PlanPhase[];
  /** What the planner says to each review. */
  readonly answers: readonly { readonly reviewer: string; readonly answer: string }[];
  /** It was no JSON: the whole text is one task. */
  readonly isText: boolean;
}

export interface PlanPhase {
  readonly name: string;
  readonly tasks: readonly PlanTask[];
}

export interface PlanTask {
  readonly title: string;
  readonly description: string;
  /** A role of the team; null for a worker. */
  readonly role: string | null;
}

export interface PlanRules {
  /** Roles a task can be for. */
  readonly roles: readonly string[];
  readonly maxTasks: number;
  readonly maxPhases: number;
  /** Whose reviews the plan has to answer. */
  readonly reviewers: readonly string[];
}

export type PlanReading = { readonly plan: Plan } | { readonly faults: readonly string[] };

/**
 * Reads a plan out of an answer. Planners write it as an object with phases, as a list of phases or of
 * tasks, with texts in the place of objects, or as prose, which becomes a plan of one task. What it
 * lacks or has too much of is told; nothing is guessed.
 */
export function readPlan(answer: string, rules: PlanRules): PlanReading {
  const value = jsonCandidates(answer).find((one) => looksLikePlan(one));
  if (value === undefined) {
    const text = typable(answer).trim();
    return text === "" ? { faults: ["the plan is empty"] } : { plan: proseOf(text) };
  }
  const plan = planOf(value);
  const faults = faultsOfPlan(plan, rules);
  return faults.length > 0 ? { faults } : { plan };
}

/** Other JSON may stand in a plan as well: an example, a list of files. */
function looksLikePlan(value: unknown): boolean {
  if (Array.isArray(value)) {
    return value.length > 0 && value.every((one) => isObject(one) || typeof one === "string");
  }
  return isObject(value) && (Array.isArray(value["phases"]) || Array.isArray(value["tasks"]));
}

function proseOf(text: string): Plan {
  const title = shortTitle(text.replace(/^#+\s*/, ""));
  const task = { title, description: text, role: null };
  const phases = [{ name: "phase 1", tasks: [task] }];
  return { title, description: "", phases, answers: [], isText: true };
}

function planOf(value: unknown): Plan {
  const object = isObject(value) ? value : {};
  const list = Array.isArray(value) ? value : (object["phases"] ?? object["tasks"]);
  const roleOf = roleReader(object["role_assignments"] ?? object["roles"]);
  const phases = phasesOf(list as unknown[], roleOf);
  return {
    title: shortTitle(textOf(object, ["title", "name"]) || (phases[0]?.name ?? "plan")),
    description: textOf(object, ["description", "summary"]),
    phases,
    answers: answersOf(object["answers"]),
    isText: false,
  };
}

/** A list of things with tasks in them is one of phases; texts alone are phases of one task each. */
function phasesOf(list: readonly unknown[], roleOf: RoleReader): PlanPhase[] {
  const isPhase = (one: unknown): boolean => isObject(one) && Array.isArray(one["tasks"]);
  if (!list.some(isPhase) && !list.every((one) => typeof one === "string")) {
    return [{ name: "phase 1", tasks: list.map((one) => taskOf(one, roleOf)) }];
  }
  return list.map((one, index) => {
    const name = `phase ${index + 1}`;
    if (!isObject(one)) return { name, tasks: [taskOf(one, roleOf)] };
    const tasks = Array.isArray(one["tasks"]) ? one["tasks"] : [one];
    return {
      name: shortTitle(textOf(one, ["name", "title"]) || name),
      tasks: tasks.map((task: unknown) => taskOf(task, roleOf)),
    };
  });
}

function taskOf(value: unknown, roleOf: RoleReader): PlanTask {
  if (!isObject(value)) {
    const description = typeof value === "string" ? typable(value).trim() : "";
    const title = shortTitle(description);
    return { title, description, role: roleOf(title) };
  }
  const description = textOf(value, ["description", "details", "prompt", "title", "name"]);
  const title = shortTitle(textOf(value, ["title", "name"]) || description);
  return { title, description, role: textOf(value, ["role", "profile"]) || roleOf(title) };
}

type RoleReader = (title: string) => string | null;

/** `{"title of a task": "role"}` or `{"role": ["title", ...]}`. */
function roleReader(value: unknown): RoleReader {
  const roles = new Map<string, string>();
  for (const [name, to] of isObject(value) ? Object.entries(value) : []) {
    if (typeof to === "string") roles.set(shortTitle(name), to.trim());
    for (const title of Array.isArray(to) ? to : []) {
      if (typeof title === "string") roles.set(shortTitle(title), name);
    }
  }
  return (title) => roles.get(title) ?? null;
}

/** `[{"reviewer": "...", "answer": "..."}]` or `{"reviewer": "answer"}`. */
function answersOf(value: unknown): Plan["answers"] {
  if (Array.isArray(value)) {
    return value.filter(isObject).map((one) => ({
      reviewer: textOf(one, ["reviewer", "name", "review"]),
      answer: textOf(one, ["answer", "response", "text"]),
    }));
  }
  return Object.entries(isObject(value) ? value : {}).map(([reviewer, answer]) => ({
    reviewer,
    answer: typeof answer === "string" ? typable(answer).trim() : "",
  }));
}

function faultsOfPlan(plan: Plan, rules: PlanRules): string[] {
  const tasks = plan.phases.flatMap((phase) => phase.tasks);
  const faults: string[] = [];
  if (tasks.length === 0) faults.push("it has no tasks");
  if (tasks.length > rules.maxTasks) {
    faults.push(`it has ${tasks.length} tasks, not at most ${rules.maxTasks}`);
  }
  if (plan.phases.length > rules.maxPhases) {
    faults.push(`it has ${plan.phases.length} phases, not at most ${rules.maxPhases}`);
  }
  for (const { name, tasks } of plan.phases) {
    if (tasks.length === 0) faults.push(`${name} has no tasks`);
    const titles = tasks.map(({ title }) => title.toLowerCase());
    for (const [index, { title, description, role }] of tasks.entries()) {
      const which = title === "" ? `task ${index + 1} of ${name}` : `"${title}"`;
      if (description === "") faults.push(`${which} says nothing`);
      else if (titles.indexOf(title.toLowerCase()) < index)
        faults.push(`${which} is there twice in ${name}`);
      if (role !== null && !rules.roles.includes(role))
        faults.push(`${which} is ${unknownRole(role, rules.roles)}`);
    }
  }
  const answered = plan.answers.filter(({ answer }) => answer !== "");
  for (const reviewer of rules.reviewers) {
    if (!answered.some((one) => one.reviewer === reviewer))
      faults.push(`it has no answer to the review of ${reviewer}`);
  }
  return faults;
}

function unknownRole(role: string, roles: readonly string[]): string {
  const near = nearest(role, roles);
  return `for the role "${role}", which the team does not have; ${near === undefined ? `it has ${roles.join(", ")}` : `did you mean ${near}?`}`;
}

/** The first of the fields that holds words. */
function textOf(object: Readonly<Record<string, unknown>>, fields: readonly string[]): string {
  for (const field of fields) {
    const value = object[field];
    if (typeof value === "string" && value.trim() !== "") return typable(value).trim();
  }
  return "";
}

/** The plan for people and for agents that judge it. */
export function renderPlan({ title, description, phases, isText }: Plan): string {
  const parts = phases.map(({ name, tasks }, index) => {
    const lines = tasks.map(({ title, description, role }) => {
      const by = role === null ? "" : ` (${role})`;
      const more = description === title ? "" : `\n  ${description.replaceAll("\n", "\n  ")}`;
      return `- ${title}${by}${more}`;
    });
    const shown = name === `phase ${index + 1}` ? "" : `: ${name}`;
    return `## Phase ${index + 1}${shown}\n\n${lines.join("\n")}`;
  });
  const note = isText ? ["(The planner answered with prose; all of it is one task.)"] : [];
  const about = description === "" ? [] : [description];
  return [`# ${title}`, ...note, ...about, ...parts].join("\n\n");
}
