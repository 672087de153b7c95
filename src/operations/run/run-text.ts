import { formatTime } from "../../domain/time.ts";
import type { Style } from "../define.ts";
import { formatAge } from "../table.ts";
import type { RunApprovalJson, RunJson, RunTaskJson, RunView } from "./run-json.ts";
import { progressText } from "./run-view.ts";

const marks: Readonly<Record<string, string>> = {
  pending: "·",
  blocked: "◌",
  claimed: "▶",
  completed: "✔",
  failed: "✘",
  cancelled: "–",
};

const approvalMarks: Readonly<Record<string, string>> = {
  pending: "?",
  approved: "✔",
  rejected: "✘",
};

const longestLine = 100;
const longestReason = 300;

/** What there is to know about a run that was just begun. */
export function notesText({ notes = [] }: RunView, style: Style): string {
  return notes.map((note) => `${style.yellow(`note: ${note}`)}\n`).join("");
}

/** A run as a tree: itself, its progress, its tasks, and what it waits for. */
export function runTree(view: RunView, style: Style): string {
  const { run, approvals } = view;
  const pending = approvals.filter(({ state }) => state === "pending");
  return [
    headline(run, style),
    `  ${bar(view, style)} ${progressText(view)}`,
    // it may end with what to type
    ...(run.because === null ? [] : [`  ${style.dim(oneLine(run.because, longestReason))}`]),
    ...(run.state !== "paused" || run.because?.includes("run resume")
      ? []
      : [`  ${style.yellow("?")} ${style.bold(`agentpool run resume ${run.id}`)}`]),
    ...eventFaultLines(view).map((line) => `  ${style.yellow(line)}`),
    ...tasksOf(view).map((task) => `  ${taskLine(task, style)}`),
    ...pending.flatMap((one) => [
      `  ${style.yellow("?")} ${style.bold(one.answer_with[0] ?? "")}  ${oneLine(one.subject, roomFor(style))}`,
      ...showLines(one).map((line) => `    ${style.dim(line)}`),
    ]),
  ].join("\n");
}

/** Its tasks, without the reasons that are the run's own: that tells it once for all. */
export function tasksOf({ run, tasks }: RunView): readonly RunTaskJson[] {
  const isRuns = (why: string | null): boolean => why !== null && why === run.because;
  return tasks.map((task) =>
    isRuns(task.because ?? task.error) ? { ...task, because: null, error: null } : task,
  );
}

/** One line on what somebody decides, or decided. */
export function approvalLine({ id, subject, state, answer_with: [command] }: RunApprovalJson) {
  return `${approvalMarks[state] ?? "–"} ${subject}  ${state}  ${command ?? id}`;
}

/** What shows all of that which is to be decided; dialogs of agents are shown by their sessions. */
export function showLines({ id, kind, state }: RunApprovalJson): string[] {
  return kind === "prompt" || state !== "pending"
    ? []
    : [`all of it: agentpool approval show ${id}`];
}

/** That the command for events failed, as one line; empty where it did not. */
export function eventFaultLines({ on_event_fault: fault }: RunView): string[] {
  if (!fault) return [];
  const { at, host, status, exit_code: exitCode, said } = fault;
  const where = host === null ? "" : ` to ${host}`;
  const how = status ?? exitCode;
  const what = how === null ? "" : ` with ${how}`;
  const why = said === null ? "" : `: ${oneLine(said, longestReason)}`;
  return [`! --on-event${where} fails${what} since ${at}, and events are not told${why}`];
}

/** What a run came to: its output where it has one, else every result. */
export function outcomeText(view: RunView, style: Style): string {
  const { output } = view.run;
  return output === null
    ? runText(view, style)
    : [runTree(brief(view), style), ...outputLines(output, style)].join("\n");
}

/** What stands below the tree of a run that is over. */
export function outcomeLines(view: RunView, style: Style): string[] {
  const { output } = view.run;
  return output === null ? resultLines(view, style) : outputLines(output, style);
}

/** A run with its results in full. */
export function runText(view: RunView, style: Style): string {
  const { output } = view.run;
  return [
    runTree(brief(view), style),
    ...resultLines(view, style),
    ...(output === null ? [] : outputLines(output, style)),
  ].join("\n");
}

/**
 * The same where all its tasks are told, each with its reason: the run need not tell them again.
 */
export function brief(view: RunView): RunView {
  const { because } = view.run;
  const [short = null] = because?.match(/^\d+ of \d+ \w+ without a result(?=: )/) ?? [];
  return short === null ? view : { ...view, run: { ...view.run, because: short } };
}

function resultLines({ tasks }: RunView, style: Style): string[] {
  const results = tasks.filter(({ result }) => result !== null && result !== "");
  return results.flatMap(({ title, result }) => ["", style.bold(oneLine(title)), result ?? ""]);
}

function outputLines(output: string, style: Style): string[] {
  return ["", style.bold("Output"), output];
}

export function headline(run: RunJson, style: Style): string {
  const age = ageOf(run, style);
  const name = run.name === null ? "" : `  ${run.name}`;
  return `${style.bold(run.id)}${name}  ${run.kind}  ${coloured(run.state, style)}  ${style.dim(age)}`;
}

export function taskLine(task: RunTaskJson, style: Style): string {
  const mark = coloured(task.state, style, marks[task.state] ?? " ");
  const attempt = task.attempt > 1 ? style.dim(` (attempt ${task.attempt})`) : "";
  const who = task.session_id === null ? "" : `  ${style.dim(task.session_id)}`;
  const why = task.state === "completed" ? "" : (task.because ?? task.error ?? "");
  const because = why === "" ? "" : `  ${style.dim(oneLine(why, roomFor(style)))}`;
  return `${mark} ${oneLine(task.title)}${attempt}${who}${took(task, style)}${because}`;
}

/** How long it has been at work, or was; programs get the moments instead. */
function took({ claimed_at: from, ended_at: to }: RunTaskJson, style: Style): string {
  if (style.columns === undefined || from === null) return "";
  const end = to === null ? style.nowMs : Date.parse(to);
  return `  ${style.dim(formatAge(Math.max(0, end - Date.parse(from))))}`;
}

function bar({ run: { progress } }: RunView, style: Style): string {
  const width = 20;
  const ended = progress.completed + progress.failed + progress.cancelled;
  const filled = progress.total === 0 ? 0 : Math.round((ended / progress.total) * width);
  return style.cyan(`${"█".repeat(filled)}${"░".repeat(width - filled)}`);
}

/** Programs get the moment where people get an age. */
function ageOf(run: RunJson, style: Style): string {
  if (style.columns === undefined) return run.created_at;
  const end = run.ended_at === null ? style.nowMs : Date.parse(run.ended_at);
  return formatAge(Math.max(0, end - Date.parse(run.started_at ?? formatTime(style.nowMs))));
}

function coloured(state: string, style: Style, text = state): string {
  if (state === "completed") return style.green(text);
  if (state === "failed" || state === "cancelled") return style.red(text);
  if (state === "partial" || state === "awaiting_approval" || state === "paused") {
    return style.yellow(text);
  }
  return state === "running" || state === "claimed" ? style.cyan(text) : text;
}

/** A wide terminal has room for more of a reason. */
function roomFor({ columns = 0 }: Style): number {
  return Math.max(longestLine, columns);
}

function oneLine(text: string, longest = longestLine): string {
  const [line = ""] = text.trim().split("\n");
  return line.length > longest ? `${line.slice(0, longest - 3)}...` : line;
}
