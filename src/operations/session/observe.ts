import { AgentpoolError } from "../../domain/errors.ts";
import { nearest } from "../../domain/nearest.ts";
import {
  parseWaitWord,
  waitWords,
  wordFor,
  type EventWord,
  type WaitWord,
} from "../../domain/words.ts";
import type { WaitOutcome } from "../../session/wait.ts";
import { defineOperation, type OperationContext, type Style } from "../define.ts";
import {
  projectEvent,
  projectPrompt,
  projectTurn,
  type EventJson,
  type PromptJson,
  type TurnJson,
} from "../projection.ts";
import {
  artifactFiles,
  detail,
  eventJson,
  maxLines,
  promptJson,
  sessionId,
  timeoutSeconds,
  turnJson,
  waitFor,
  workerOutput as workerOutputJson,
} from "../schemas.ts";
import { workerOutput, type Detail, type WorkerOutput } from "../worker-text.ts";
import { manifest, type ManifestJson } from "./manifest-json.ts";

interface Input {
  session_id: string;
  wait_for: string[];
  timeout_seconds: number;
  since?: number;
  detail: Detail;
  max_lines?: number;
}

export interface Observation {
  session_id: string;
  name: string | null;
  provider_id: string;
  state: string;
  confidence: string;
  source: string;
  because: string;
  exit_code: number | null;
  limited_until: string | null;
  event: EventWord;
  outcome: WaitOutcome;
  events: EventJson[];
  /** Hand it back as `since` to get what comes next, gap-free. */
  cursor: number;
  turn: TurnJson | null;
  prompts: PromptJson[];
  artifact_manifest: ManifestJson;
  worker_output: WorkerOutput;
}

/** Where an observation holds text of the worker, and where its reasons may quote it. */
export const observationText: readonly string[] = [
  "because",
  "turn.prompt",
  "turn.error",
  "prompts[].text",
  "prompts[].subject",
  "events[].text",
  "events[].detail",
  "events[].error",
  "events[].message",
  "events[].because",
  "events[].subject",
  "events[].comment",
  "events[].title",
  "events[].decision",
  "events[].context",
  "events[].reason",
  "worker_output.text",
];
export const observationValues: readonly string[] = [
  "prompts[].options[].label",
  "events[].options[]",
  "events[].label",
  "events[].name",
];

/** Events returned at once; more are left for the next call with the cursor. */
const maxEvents = 200;

export const observe = defineOperation<Input, Observation>()({
  name: "session.observe",
  toolset: "default",
  summary: "Show what a session is doing, or wait for something",
  about:
    "Without --wait-for it looks once. With it, it returns as soon as one of the words holds, and " +
    "early when the agent asks something or ends. --since returns only events after that cursor.",
  effect: "read",
  schemas: (z) => ({
    input: z.strictObject({
      session_id: sessionId(z),
      wait_for: waitFor(z),
      timeout_seconds: timeoutSeconds(z, 0),
      since: z.number().int().min(0).optional().describe("Cursor of an earlier answer"),
      detail: detail(z),
      max_lines: maxLines(z),
    }),
    output: z.looseObject({
      session_id: z.string(),
      state: z.string(),
      confidence: z.string(),
      source: z.string(),
      because: z.string(),
      event: z.string(),
      outcome: z.string(),
      events: z.array(eventJson(z)),
      cursor: z.number(),
      turn: turnJson(z).nullable(),
      prompts: z.array(promptJson(z)),
      artifact_manifest: z.looseObject({ files: artifactFiles(z) }),
      worker_output: workerOutputJson(z),
    }),
  }),
  errors: ["session_not_found", "ambiguous_id", "invalid_wait_for", "cursor_expired"],
  cli: {
    command: "observe",
    group: "Core",
    positionals: ["session_id"],
    flags: { timeout_seconds: ["timeout"] },
    examples: [
      "agentpool observe @last",
      "agentpool observe @last --wait-for completed,question,approval --timeout 5m",
      "agentpool observe @last --detail full --json",
    ],
    render: renderObservation,
    exitCode: exitCodeOf,
  },
  mcp: {
    tool: "observe_worker",
    title: "Observe a worker",
    description:
      "Show what a worker does, or wait up to 25 s for something (wait_for); call again to wait " +
      "longer, with the returned cursor as `since` to get only new events.",
    idempotent: true,
    openWorld: false,
    unlisted: ["max_lines"],
    workerText: observationText,
    workerValues: observationValues,
  },
  run: async (ctx, input) => {
    const words = parseWords(input.wait_for);
    const waited = await ctx.app.sessions.wait(
      {
        session: input.session_id,
        words,
        since: input.since ?? null,
        timeoutMs: input.timeout_seconds * 1000,
      },
      ctx.signal,
    );
    return describe(ctx, waited.session.id, waited.outcome, input);
  },
});

/** The whole picture of one session at this moment. */
export async function describe(
  ctx: OperationContext,
  id: string,
  outcome: WaitOutcome,
  input: { readonly since?: number; readonly detail: Detail; readonly max_lines?: number },
): Promise<Observation> {
  const { app } = ctx;
  const session = await app.sessions.resolve(id);
  const last = await app.store.events.last();
  const [turns, prompts] = await Promise.all([
    app.store.turns.ofSession(session.id, 1),
    app.store.prompts.open(session.id),
  ]);
  const turn = turns.at(-1);
  const events =
    input.since === undefined
      ? []
      : await app.store.events.since(input.since, { sessionIds: [session.id], limit: maxEvents });
  // a full page ends at its last event; otherwise nothing up to `last` concerns this session
  const cursor = events.length === maxEvents ? (events.at(-1)?.seq ?? last) : last;
  return {
    session_id: session.id,
    name: session.name,
    provider_id: session.providerId,
    state: session.state,
    confidence: session.stateConfidence,
    source: session.stateSource,
    because: session.stateBecause,
    exit_code: session.exitCode,
    limited_until:
      session.limit?.value.resetsAt == null
        ? null
        : new Date(session.limit.value.resetsAt).toISOString(),
    event: outcome === "timeout" ? "timeout" : wordFor({ session, turn, prompts }),
    outcome,
    events: events.map(projectEvent),
    cursor,
    turn: turn ? projectTurn(turn) : null,
    prompts: prompts.map(projectPrompt),
    artifact_manifest: await manifest(app, session),
    worker_output: await workerOutput(app, session, turn, input.detail, input.max_lines ?? null),
  };
}

export function parseWords(texts: readonly string[]): WaitWord[] {
  return texts
    .flatMap((text) => text.split(","))
    .filter((text) => text.trim() !== "")
    .map((text) => {
      const word = parseWaitWord(text);
      if (word) return word;
      const near = nearest(text, waitWords);
      throw new AgentpoolError("invalid_wait_for", `"${text.trim()}" is nothing to wait for`, {
        why: `Known words: ${waitWords.join(", ")}.`,
        ...(near ? { hint: `Did you mean ${near}?` } : {}),
        details: { allowed: waitWords },
      });
    });
}

/** Exit status of a wait: see `agentpool help exit-codes`. */
export function exitCodeOf(output: Observation): number {
  switch (output.outcome) {
    case "satisfied":
    case "looked":
      return 0;
    case "needs_input":
      return 8;
    case "timeout":
      return 124;
    case "ended":
      return output.state === "completed" ? 0 : 1;
  }
}

function renderObservation(output: Observation, style: Style): string {
  const lines = [
    `${style.bold(output.session_id)}  ${output.provider_id}  ${style.bold(output.state)}`,
    `  ${style.dim("because")}  ${output.because} ${style.dim(`(${output.source}, ${output.confidence})`)}`,
  ];
  if (output.turn) lines.push(`  ${style.dim("turn")}     ${output.turn.n} ${output.turn.state}`);
  if (output.turn?.error) lines.push(`  ${style.dim("error")}    ${style.red(output.turn.error)}`);
  if (output.limited_until) lines.push(`  ${style.dim("limited")}  until ${output.limited_until}`);
  if (output.exit_code !== null) lines.push(`  ${style.dim("exit")}     ${output.exit_code}`);
  for (const prompt of output.prompts) {
    lines.push("", `  ${style.yellow(prompt.kind)}  ${prompt.id}`);
    lines.push(...prompt.text.split("\n").map((line) => `    ${line}`));
    for (const option of prompt.options) {
      lines.push(`      ${option.key ? `${option.key}  ` : ""}${option.label}`);
    }
    lines.push(
      `    ${style.dim(`agentpool answer ${output.session_id} --prompt ${prompt.id} --option "…"`)}`,
    );
  }
  for (const event of output.events) lines.push(`  ${style.dim(String(event.seq))}  ${event.type}`);
  if (output.worker_output.text !== null) lines.push("", output.worker_output.text);
  if (output.outcome === "timeout")
    lines.push("", style.yellow("The wait ended before what it waited for."));
  return lines.join("\n");
}
