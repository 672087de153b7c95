import type { Claim } from "../domain/observation.ts";
import type { Session } from "../domain/session.ts";
import { confidenceOf, isStructured, type Source } from "../domain/source.ts";
import { redact } from "../platform/redact.ts";
import { explainScreen } from "../provider/read-screen.ts";
import type { SessionParts } from "./parts.ts";
import type { Worker } from "./worker.ts";

/** Observations shown; the store keeps more. */
const shown = 40;

export interface Explained {
  readonly session: Session;
  readonly at: number | null;
  readonly state: string;
  readonly because: string;
  readonly sources: readonly {
    readonly source: string;
    readonly heardAt: number | null;
    readonly claim: string | null;
    readonly confidence: string;
  }[];
  /** Every screen rule tried on the present screen; empty when explaining the past. */
  readonly rules: readonly {
    readonly id: string;
    readonly shows: string;
    readonly matched: boolean;
    readonly text: string;
  }[];
  readonly observations: readonly {
    readonly at: number;
    readonly source: string;
    readonly claim: string;
    readonly foreign: boolean;
    readonly outcome: string;
  }[];
}

/** Why a session is believed to be in its state now, or was at an earlier moment. */
export async function explainSession(
  parts: SessionParts,
  session: Session,
  worker: Worker | undefined,
  at: number | null,
): Promise<Explained> {
  const observations = await parts.store.observations.ofSession(session.id, {
    limit: shown,
    ...(at === null ? {} : { until: at }),
  });
  const told = observations.map((one) => ({
    at: one.at,
    source: one.source,
    claim: claimText(one.claim),
    foreign: one.foreign,
    outcome: one.outcome,
  }));
  if (at !== null) {
    const last = told.at(-1);
    return {
      session,
      at,
      state: last ? stateAfter(last.outcome) : "starting",
      because: last ? reasonOf(told) : "nothing had been observed yet",
      sources: sourcesAt(observations),
      rules: rulesAt(observations),
      observations: told,
    };
  }
  await worker?.screen.look();
  const place = worker?.live.session.terminal;
  const screen = place ? await parts.host.capture(place) : undefined;
  const fresh = worker?.live.session ?? session;
  return {
    session: fresh,
    at,
    state: fresh.state,
    because: fresh.stateBecause,
    sources: sourcesNow(fresh),
    rules:
      worker && screen
        ? explainScreen(worker.live.provider.screen, screen, fresh.providerVersion).rules.map(
            (rule) => ({
              id: rule.id,
              shows: rule.shows,
              matched: rule.matched,
              // it names what stands on the screen
              text: redact(`${rule.region}: ${rule.text}`, worker.secrets),
            }),
          )
        : [],
    observations: told,
  };
}

function sourcesNow(session: Session): Explained["sources"] {
  const { sources, screen, level, hooks } = session.evidence;
  // title and screen are levels, which stand below; here they only keep which turn they showed
  const heard = (Object.keys(sources) as Source[]).filter(isStructured);
  const known = new Set<Source>([...session.channels, ...heard]);
  const rows = [...known].map((source) => ({
    source,
    heardAt: sources[source]?.heardAt ?? null,
    ...(source === "hook" && hooks?.silent
      ? { claim: `silent: ${hooks.silent.because}`, confidence: "none" }
      : { claim: sources[source]?.claim ?? null, confidence: confidenceOf(source) }),
  }));
  if (level) {
    rows.push({
      source: level.source,
      heardAt: level.since,
      claim: `${level.level}: ${level.because}`,
      confidence: confidenceOf(level.source),
    });
  }
  if (screen) {
    const parts = [
      screen.busy ? "busy" : "not busy",
      screen.composer ? "composer visible" : "no composer",
      screen.dialog === null ? "no dialog" : "dialog",
    ];
    rows.push({
      source: "screen",
      heardAt: screen.since,
      claim: `${parts.join(", ")} (rule ${screen.rule ?? "none"}: ${screen.because})`,
      confidence: confidenceOf("screen"),
    });
  }
  return rows;
}

function sourcesAt(
  observations: readonly { readonly at: number; readonly source: Source; readonly claim: Claim }[],
): Explained["sources"] {
  const last = new Map<Source, Explained["sources"][number]>();
  for (const one of observations) {
    last.set(one.source, {
      source: one.source,
      heardAt: one.at,
      claim: claimText(one.claim),
      confidence: confidenceOf(one.source),
    });
  }
  return [...last.values()];
}

/** Why the state was entered, where the observation that led to it is among those kept. */
function reasonOf(told: Explained["observations"]): string {
  const change = told.findLast(({ outcome }) => outcome.includes(" -> "))?.outcome;
  const last = told.at(-1);
  return change === undefined
    ? `${last?.source}: ${last?.claim}`
    : change.slice(change.indexOf(": ") + 2);
}

/** Of an earlier screen only what decided is kept, not the screen itself. */
function rulesAt(observations: readonly { readonly claim: Claim }[]): Explained["rules"] {
  const claim = observations.findLast((one) => one.claim.kind === "screen")?.claim;
  if (claim?.kind !== "screen" || claim.reading.rule === null) return [];
  const { rule, because, dialog, limit, busy } = claim.reading;
  const shows = dialog ? "dialog" : limit ? "limit" : busy ? "busy" : "idle";
  return [{ id: rule, shows, matched: true, text: because }];
}

function stateAfter(outcome: string): string {
  const arrow = outcome.indexOf(" -> ");
  return (arrow < 0 ? outcome : outcome.slice(arrow + 4)).split(":")[0] ?? outcome;
}

/** A claim in one line. */
function claimText(claim: Claim): string {
  const cut = (text: string): string =>
    (text.length > 80 ? `${text.slice(0, 80)}…` : text).replace(/\s+/g, " ");
  switch (claim.kind) {
    case "prompt_taken":
    case "prompt_queued":
      return `${claim.kind} "${cut(claim.text)}"`;
    case "turn_ended":
      return `turn_ended ${claim.outcome}${claim.error ? ` (${cut(claim.error)})` : ""}`;
    case "dialog_opened":
      return `dialog_opened ${claim.dialog.kind} "${cut(claim.dialog.text)}"`;
    case "dialog_closed":
      return `dialog_closed ${claim.how}`;
    case "tool_started":
      return `tool_started ${claim.name} ${cut(claim.detail)}`;
    case "screen":
      return `screen ${claim.reading.rule ?? "no rule"}: ${cut(claim.reading.because)}`;
    case "busy":
    case "idle":
    case "unreachable":
    case "process_gone":
    case "start_failed":
    case "output_gap":
      return `${claim.kind}: ${cut(claim.because)}`;
    case "channel_lost":
      return `channel_lost ${claim.channel}: ${cut(claim.because)}`;
    case "limit_hit":
    case "limit_warning":
      return `${claim.kind}: ${cut(claim.message)}`;
    case "agent_identified":
      return `agent_identified ${claim.agentSessionId}`;
    case "process_exited":
      return `process_exited ${claim.signal ?? claim.exitCode ?? "unknown"}`;
    default:
      return claim.kind;
  }
}
