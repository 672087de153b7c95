import { typable } from "../../domain/template.ts";
import type { Task } from "../../domain/task.ts";
import type { Subtask } from "./decomposition.ts";
import { aboutQuotes, quote, reportOf } from "./report.ts";

const form = '[{"title": "...", "description": "..."}, ...]';

export function decomposePrompt(goal: string, count: number): string {
  return `Divide this goal into exactly ${count} parts that can be worked on at the same time by ${count} agents who cannot see each other's work. No two parts change the same files. Change nothing yourself.

Goal:
${goal}

Each part's description must be complete by itself: who works on it reads nothing else. Answer with JSON alone, a list of exactly ${count} objects of this form:
${form}`;
}

export function repairPrompt(
  goal: string,
  count: number,
  wrong: { readonly task: Task; readonly faults: readonly string[] },
): string {
  const answer = typable(wrong.task.result ?? "").slice(0, 50_000);
  return `${decomposePrompt(goal, count)}

An earlier answer cannot be used:
${wrong.faults.map((fault) => `- ${fault}`).join("\n")}

${aboutQuotes}
${quote(wrong.task, answer)}

Answer again, with these faults put right.`;
}

export function partPrompt(
  goal: string,
  { title, description }: Subtask,
  at: { readonly index: number; readonly count: number },
): string {
  return `You work on part ${at.index + 1} of ${at.count} of a larger goal; others work on the other parts. Do this part alone, and end with an account of what you did.

The goal of all: ${goal}

Your part: ${title}

${description}`;
}

export function synthesisPrompt(goal: string, tasks: readonly Task[]): string {
  const missing = tasks.filter(({ state }) => state !== "completed");
  const gap =
    missing.length === 0
      ? "Every part has a result."
      : `${missing.length} of ${tasks.length} parts have NO result: ${missing.map(({ title }) => title).join("; ")}. Say so plainly, and what is missing because of it. Do not make up for it.`;
  return `Put the results of ${tasks.length} agents together into one answer to this goal. Change nothing yourself.

Goal:
${goal}

${gap}

${aboutQuotes}

${reportOf(tasks)}`;
}
