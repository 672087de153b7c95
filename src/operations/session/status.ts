import type { Prompt } from "../../domain/prompt.ts";
import type { Session } from "../../domain/session.ts";
import { liveStates } from "../../domain/session.ts";
import { formatTime, formatTimeOrNull } from "../../domain/time.ts";
import { defineOperation, type Style } from "../define.ts";
import { formatAge } from "../table.ts";

export interface Waiting {
  session_id: string;
  name: string | null;
  provider_id: string;
  state: string;
  /** The open dialog, where there is one. */
  prompt_id: string | null;
  kind: string | null;
  text: string;
  /** What may be chosen in the dialog. */
  options: string[];
  since: string;
  limited_until: string | null;
}

export interface Output {
  /** Live sessions by state; states that nothing is in are absent. */
  states: Record<string, number>;
  live: number;
  /** Sessions that somebody has to do something for, longest waiting first. */
  waiting: Waiting[];
  /** False when nobody watches: states are then as they were last seen. */
  supervisor_running: boolean;
}

export const status = defineOperation<Record<string, never>, Output>()({
  name: "session.status",
  toolset: "sessions",
  summary: "Show at a glance what runs and who waits for you",
  about:
    "Starts nothing: where no supervisor runs it says what was last known. --tmux prints one line " +
    "for a status bar, empty while nothing lives: set -g status-right '#(agentpool status --tmux)'.",
  effect: "read",
  fromStore: true,
  aboutSupervisor: true,
  schemas: (z) => ({
    input: z.strictObject({}),
    output: z.looseObject({
      states: z.record(z.string(), z.number()),
      live: z.number(),
      waiting: z.array(z.looseObject({ session_id: z.string(), state: z.string() })),
      supervisor_running: z.boolean(),
    }),
  }),
  errors: [],
  cli: {
    command: "status",
    group: "Core",
    ids: "waiting.session_id",
    examples: ["agentpool status", "agentpool status --tmux", "agentpool status -q"],
    render,
  },
  run: async (ctx) => {
    const { store } = ctx.app;
    const [live, open, supervisor] = await Promise.all([
      store.sessions.live(),
      store.prompts.open(),
      ctx.app.supervisor.status(),
    ]);
    const states: Record<string, number> = {};
    for (const { state } of live) states[state] = (states[state] ?? 0) + 1;
    return {
      states,
      live: live.length,
      waiting: live.flatMap((session) => waitingOf(session, open)).toSorted(bySince),
      supervisor_running: supervisor.running,
    };
  },
});

function waitingOf(session: Session, open: readonly Prompt[]): Waiting[] {
  const facts = {
    session_id: session.id,
    name: session.name,
    provider_id: session.providerId,
    state: session.state,
    limited_until: formatTimeOrNull(session.limit?.value.resetsAt ?? null),
  };
  const prompts = open.filter((prompt) => prompt.sessionId === session.id);
  if (prompts.length > 0) {
    return prompts.map((prompt) => ({
      ...facts,
      prompt_id: prompt.id,
      kind: prompt.kind,
      text: prompt.text,
      options: prompt.options.map(({ label }) => label),
      since: formatTime(prompt.openedAt),
    }));
  }
  if (!needsSomebody.includes(session.state)) return [];
  const since = formatTime(session.stateAt);
  return [
    { ...facts, prompt_id: null, kind: null, text: session.stateBecause, options: [], since },
  ];
}

const needsSomebody: readonly string[] = [
  "awaiting_input",
  "awaiting_approval",
  "limited",
  "unreachable",
];

function bySince(a: Waiting, b: Waiting): number {
  return a.since < b.since ? -1 : 1;
}

function render(output: Output, style: Style): string {
  const lines = [summaryOf(output) || "Nothing lives."];
  if (!output.supervisor_running && output.live > 0) {
    lines.push(style.dim("No supervisor runs; this is what was last known."));
  }
  for (const one of output.waiting) {
    const age = formatAge(style.nowMs - Date.parse(one.since));
    const who = one.name ?? one.session_id;
    lines.push(
      "",
      `${style.bold(who)}  ${one.provider_id}  ${style.yellow(one.kind ?? one.state)}  ${style.dim(age)}`,
      ...one.text
        .split("\n")
        .slice(0, 4)
        .map((line) => `  ${line}`),
      ...(one.options.length > 0 ? [`  ${style.cyan(one.options.join("   "))}`] : []),
    );
    if (one.kind === null) continue;
    // a name may stand twice, so it is the id; what an agent wrote must do nothing in whose shell it is
    const first = one.options.find((label) => /^[\p{L}\p{N} .,-]+$/u.test(label));
    const next =
      one.kind === "question"
        ? `agentpool answer ${one.session_id} ${first === undefined ? `--text "..."` : `--option "${first}"`}`
        : `agentpool approve ${one.session_id}, or agentpool deny ${one.session_id}`;
    lines.push(`  ${style.dim(next)}`);
  }
  return lines.join("\n");
}

/** `2 running, 1 awaiting_input` */
function summaryOf({ states }: Output): string {
  return liveStates
    .filter((state) => states[state] !== undefined)
    .map((state) => `${states[state]} ${state}`)
    .join(", ");
}

/** One line for a status bar; empty while nothing lives. */
export function statusLine({ states, live, waiting }: Output): string {
  if (live === 0) return "";
  const asking = new Set(waiting.filter((one) => one.kind !== null).map((one) => one.session_id));
  const limited = states["limited"] ?? 0;
  const parts = [
    asking.size > 0 ? `!${asking.size}` : "",
    states["running"] ? `>${states["running"]}` : "",
    limited > 0 ? `~${limited}` : "",
    `${live} live`,
  ];
  return `ap ${parts.filter((part) => part !== "").join(" ")}`;
}
