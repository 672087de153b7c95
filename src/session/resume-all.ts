import { AgentpoolError } from "../domain/errors.ts";
import { wasCutOff } from "../domain/resume-rules.ts";
import type { Session } from "../domain/session.ts";
import { checkResumable, resumeSession, resumptions, type ResumedSession } from "./resume.ts";
import type { SpawnParts } from "./spawn.ts";
import type { Asker } from "./asker.ts";

export interface ResumeAll {
  /** Only says which could be. */
  readonly dryRun: boolean;
  /** Those that ended longer ago are left alone. */
  readonly endedSince: number;
  /** Environment of the asking command. */
  readonly env: Readonly<Record<string, string>>;
}

export interface RecoveredSession {
  /** As it is now. */
  readonly session: Session;
  /** How and why it had ended. */
  readonly from: Pick<Session, "state" | "stateBecause">;
  readonly resumed: ResumedSession | null;
  /** Why it is not resumed, or could not be; null where it was, or would be. */
  readonly error: AgentpoolError | null;
  /** It can never be: nothing was tried. */
  readonly skipped: boolean;
}

/** A start costs a process and memory; side by side so many. */
const atOnce = 4;
const pageSize = 500;

/**
 * Resumes every session that ended without anybody's will, newest first. What fails for one is told
 * of that one.
 */
export async function resumeAll(
  parts: SpawnParts,
  request: ResumeAll,
  asker: Asker,
): Promise<readonly RecoveredSession[]> {
  const waiting = [...(await findCutOff(parts, request.endedSince))];
  const done = request.dryRun ? [] : await findDone(parts, request, asker);
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next && !asker.signal.aborted; next = waiting.shift()) {
      done.push(await resumeOne(parts, next, request, asker));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return done.toSorted((a, b) => b.session.createdAt - a.session.createdAt);
}

/** The same request, made before its supervisor was killed over it, has resumed these. */
async function findDone(
  parts: SpawnParts,
  { env }: ResumeAll,
  { principal, idempotencyKey }: Asker,
): Promise<RecoveredSession[]> {
  const resumed = await resumptions(parts, {});
  const done = resumed.filter(({ sessionId, requestKey }) =>
    sessionId === null ? false : requestKey === keyOf(idempotencyKey, sessionId),
  );
  return Promise.all(
    done.map(async ({ sessionId, fromState }) => {
      const id = sessionId ?? "";
      const asked = { principal, idempotencyKey: keyOf(idempotencyKey, id) };
      const again = await resumeSession(parts, id, { prompt: null, env }, asked);
      const from = { state: fromState, stateBecause: "it had ended without anybody's will" };
      return { session: again.session, from, resumed: again, error: null, skipped: false };
    }),
  );
}

/** Each session of one request has a key of its own, under which it is resumed once. */
function keyOf(idempotencyKey: string, sessionId: string): string {
  return `${idempotencyKey}:${sessionId}`;
}

async function findCutOff(
  { store }: Pick<SpawnParts, "store">,
  endedSince: number,
): Promise<readonly Session[]> {
  const found: Session[] = [];
  for (let offset = 0; ; offset += pageSize) {
    const { sessions } = await store.sessions.list({
      states: ["lost", "failed"],
      limit: pageSize,
      offset,
    });
    found.push(...sessions.filter((one) => wasCutOff(one) && (one.endedAt ?? 0) >= endedSince));
    if (sessions.length < pageSize) return found;
  }
}

async function resumeOne(
  parts: SpawnParts,
  session: Session,
  { dryRun, env }: ResumeAll,
  { principal, idempotencyKey }: Asker,
): Promise<RecoveredSession> {
  const from = { state: session.state, stateBecause: session.stateBecause };
  const failed = (error: AgentpoolError, skipped: boolean): RecoveredSession => ({
    session,
    from,
    resumed: null,
    error,
    skipped,
  });
  try {
    await checkResumable(parts, session, principal);
  } catch (thrown) {
    return failed(AgentpoolError.from(thrown), true);
  }
  if (dryRun) return { session, from, resumed: null, error: null, skipped: false };
  try {
    const asked = { principal, idempotencyKey: keyOf(idempotencyKey, session.id) };
    const resumed = await resumeSession(parts, session.id, { prompt: null, env }, asked);
    return { session: resumed.session, from, resumed, error: null, skipped: false };
  } catch (thrown) {
    const now = await parts.store.sessions.get(session.id);
    return { ...failed(AgentpoolError.from(thrown), false), session: now ?? session };
  }
}
