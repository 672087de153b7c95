import { AgentpoolError } from "../../domain/errors.ts";
import { nearest } from "../../domain/nearest.ts";
import { formatPrincipal } from "../../domain/principal.ts";
import { liveStates, sessionStates, type SessionState } from "../../domain/session.ts";
import { parseWaitWord } from "../../domain/words.ts";
import { defineOperation, type Style } from "../define.ts";
import { projectSession, type SessionJson } from "../projection.ts";
import { sessionJson } from "../schemas.ts";
import { formatAge, table } from "../table.ts";

interface Input {
  state: string[];
  provider_id?: string;
  all: boolean;
  include_all: boolean;
  limit: number;
  offset: number;
}

export interface Output {
  sessions: (SessionJson & { open_prompts: number })[];
  /** `mine`: only what the asking coordinator started. */
  scope: "mine" | "all";
  pagination: {
    limit: number;
    offset: number;
    count: number;
    total: number;
    has_more: boolean;
    next_offset: number | null;
  };
}

export const list = defineOperation<Input, Output>()({
  name: "session.list",
  toolset: "default",
  summary: "List sessions, newest first",
  effect: "read",
  fromStore: true,
  schemas: (z) => ({
    input: z.strictObject({
      state: z.array(z.string()).default([]).describe("Only these states, comma-separated"),
      provider_id: z.string().min(1).optional().describe("Only this provider"),
      all: z.boolean().default(false).describe("Every session, ended ones too, whatever the limit"),
      include_all: z.boolean().default(false).describe("Also workers others started"),
      limit: z.number().int().min(1).max(500).default(50).describe("Sessions at most"),
      offset: z.number().int().min(0).default(0).describe("Sessions to skip"),
    }),
    output: z.looseObject({
      sessions: z.array(sessionJson(z)),
      scope: z.enum(["mine", "all"]),
      pagination: z.looseObject({
        limit: z.number(),
        offset: z.number(),
        count: z.number(),
        total: z.number(),
        has_more: z.boolean(),
        next_offset: z.number().nullable(),
      }),
    }),
  }),
  errors: ["invalid_input"],
  cli: {
    command: "sessions",
    aliases: ["ls"],
    group: "Core",
    // a person sees all there is
    omit: ["include_all"],
    ids: "sessions.id",
    short: { provider_id: "p", all: "a", limit: "n" },
    flags: { provider_id: ["provider"], limit: ["limit", ".recent"] },
    examples: [
      "agentpool sessions",
      "agentpool sessions --state running,awaiting_approval --fields id,state,because",
      "agentpool sessions --all --format wide",
    ],
    render,
  },
  mcp: {
    tool: "list_sessions",
    title: "List workers",
    description:
      "List the workers you started, newest first, with their state and why it is believed.",
    idempotent: true,
    openWorld: false,
    omit: ["all"],
    unlisted: ["offset"],
    workerText: ["sessions[].task", "sessions[].because"],
  },
  run: async (ctx, input) => {
    const { store, home } = ctx.app;
    const states = parseStates(input.state);
    const limit = input.all ? everySession : input.limit;
    const mine = ctx.principal.kind === "coordinator" && !input.include_all;
    const { sessions, total } = await store.sessions.list({
      limit,
      offset: input.offset,
      ...(states.length > 0 ? { states } : {}),
      ...(input.provider_id === undefined ? {} : { providerId: input.provider_id }),
      ...(mine ? { author: formatPrincipal(ctx.principal) } : {}),
    });
    const open = await store.prompts.open();
    const asking = new Map<string, number>();
    for (const { sessionId: id } of open) asking.set(id, (asking.get(id) ?? 0) + 1);
    const end = input.offset + sessions.length;
    return {
      sessions: sessions.map((session) => ({
        ...projectSession(session, home),
        open_prompts: asking.get(session.id) ?? 0,
      })),
      scope: mine ? "mine" : "all",
      pagination: {
        limit: input.all ? sessions.length : input.limit,
        offset: input.offset,
        count: sessions.length,
        total,
        has_more: end < total,
        next_offset: end < total ? end : null,
      },
    };
  },
});

/** More than any home has. */
const everySession = 2 ** 31;

function parseStates(texts: readonly string[]): SessionState[] {
  return texts
    .flatMap((text) => text.split(","))
    .filter((text) => text.trim() !== "")
    .map((text) => {
      const word = parseWaitWord(text);
      const state = sessionStates.find((candidate) => candidate === word);
      if (state) return state;
      const near = nearest(text, sessionStates);
      throw new AgentpoolError("invalid_input", `"${text.trim()}" is no state`, {
        why: `States: ${sessionStates.join(", ")}.`,
        ...(near ? { hint: `Did you mean ${near}?` } : {}),
      });
    });
}

function render(output: Output, style: Style, input: Readonly<Record<string, unknown>>): string {
  const live = output.sessions.filter((session) =>
    (liveStates as readonly string[]).includes(session.state),
  );
  // people want to see what goes on; programs, and people who ask for more, get all
  const everything =
    style.columns === undefined || input["all"] === true || input["state"] !== undefined;
  const rows = everything || live.length === 0 ? output.sessions : live;
  if (rows.length === 0 && style.columns !== undefined) {
    return "No sessions. Start one: agentpool spawn --provider fake-completed --task hello";
  }
  const hidden = output.sessions.length - rows.length;
  const shown = columns.filter((column) => style.wide || column.wide !== true);
  const body = table(
    shown.map(({ heading }) =>
      style.columns === undefined && heading === "AGE" ? "CREATED" : heading,
    ),
    rows.map((session) => shown.map((column) => column.cell(session, style))),
    style,
  );
  return hidden > 0 ? `${body}\n${style.dim(`${hidden} ended; see them with --all`)}` : body;
}

interface Column {
  readonly heading: string;
  /** Only where all columns are wanted. */
  readonly wide?: true;
  readonly cell: (session: Output["sessions"][number], style: Style) => string;
}

/** Programs get moments where people get ages, so that a line stays what it is. */
const columns: readonly Column[] = [
  { heading: "ID", cell: ({ id }) => id },
  { heading: "NAME", cell: ({ name }) => name ?? "-" },
  { heading: "PROVIDER", cell: (session) => session.provider_id },
  { heading: "STATE", cell: ({ state }) => state },
  { heading: "TURNS", cell: ({ turns }) => String(turns) },
  {
    heading: "AGE",
    cell: (session, style) =>
      style.columns === undefined
        ? session.created_at
        : formatAge(style.nowMs - Date.parse(session.created_at)),
  },
  { heading: "MODEL", wide: true, cell: ({ model }) => model ?? "-" },
  { heading: "ROLE", wide: true, cell: ({ role }) => role },
  { heading: "ISOLATION", wide: true, cell: (session) => session.workspace_mode },
  { heading: "WORKS IN", wide: true, cell: (session) => session.work_path },
  { heading: "BECAUSE", cell: ({ because }) => because },
];
