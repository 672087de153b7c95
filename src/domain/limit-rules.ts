import { limitUntil, sensibleReset } from "./account.ts";
import type { Draft } from "./draft.ts";
import type { Observation, ScreenReading } from "./observation.ts";
import { limitShown } from "./screen-rules.ts";
import type { Source } from "./source.ts";
import { formatTime, formatTimeOrNull } from "./time.ts";
import type { RuleContext } from "./turn-rules.ts";

/** A channel says that the session met a limit. Several report one, and not each knows when it ends. */
export function meetLimit(
  draft: Draft,
  ctx: RuleContext,
  observation: Observation,
  told: { readonly resetsAt: number | null; readonly message: string },
): void {
  const { at } = observation;
  const known = draft.session.limit?.value;
  // nor does one that knows nothing of its end undo what another session of the account was told
  const resetsAt = sensibleReset(told.resetsAt, at) ?? sensibleReset(known?.resetsAt ?? null, at);
  if (known?.own && resetsAt === known.resetsAt) return;
  hitLimit(draft, ctx, observation, { ...told, resetsAt });
}

/** Another session of the account met a limit: this one stands still with it. */
export function parkWithAccount(
  draft: Draft,
  { source, at }: Observation,
  {
    resetsAt,
    until,
    because,
  }: {
    readonly resetsAt: number | null;
    readonly until: number;
    readonly because: string;
  },
): void {
  const known = draft.session.limit?.value;
  if (known && (known.own || known.until === until)) return;
  draft.setSession({
    limit: { value: { resetsAt, until, own: false }, source, at, because },
  });
}

export function liftLimit(draft: Draft, source: Source, at: number): void {
  draft.setSession({ limit: null });
  draft.emit(at, { type: "limit_lifted", source });
}

/** A line that stood there before says nothing of now: the limit may be over. */
export function showsNewLimit(draft: Draft, reading: ScreenReading): boolean {
  const shown = limitShown(reading);
  return shown !== null && shown !== (draft.session.evidence.screen?.limit ?? null);
}

/**
 * The agent's log or API speaks, and says by itself when a limit is hit. What stands on the screen
 * may be about a limit that was lifted since.
 */
export function tellsLimits(draft: Draft): boolean {
  const { sources } = draft.session.evidence;
  return sources.log !== undefined || sources.api !== undefined;
}

/** The session stands still, and so does everything else on its account. */
function hitLimit(
  draft: Draft,
  ctx: RuleContext,
  { source, at }: Observation,
  { resetsAt, message }: { readonly resetsAt: number | null; readonly message: string },
): void {
  const { accountId, providerId, id } = draft.session;
  const until = limitUntil(resetsAt, at);
  draft.setSession({
    limit: { value: { resetsAt, until, own: true }, source, at, because: message },
  });
  const told = { resets_at: formatTimeOrNull(resetsAt) };
  draft.emit(at, { type: "limit_hit", ...told, message, source });
  // what a log tells of the past is over
  if (accountId === null || until <= ctx.now) return;
  const limit = { resetsAt, until, since: at, sessionId: id, source, because: message };
  draft.park({ id: accountId, providerId, limit });
  draft.emit(at, {
    type: "account_limited",
    ...told,
    account_id: accountId,
    until: formatTime(until),
    because: message,
  });
}
