import { AgentpoolError } from "../domain/errors.ts";
import { sessionHolder } from "../domain/hold.ts";
import { policyBlocked } from "../domain/policy-blocked.ts";
import { formatPrincipal, type Principal } from "../domain/principal.ts";
import type { Session } from "../domain/session.ts";
import { nameIn, toolsOf, type SessionToolset } from "../domain/toolset.ts";
import type { App } from "./app.ts";
import type { Operation } from "./define.ts";

/** What a request may name, by the names that fields have in every operation. */
interface Named {
  readonly session_id?: unknown;
  readonly agent?: unknown;
  readonly run_id?: unknown;
}

interface Asking {
  readonly app: Pick<App, "store" | "sessions" | "now">;
  readonly principal: Principal;
}

type Offered = Pick<Operation, "name" | "toolset" | "effect" | "mcp" | "tellsOfRuns">;

/**
 * Lets an operation through, or refuses it: a session acts as itself and as nobody else, and one with
 * a toolset asks for what that holds, and about itself. What is refused to a toolset is recorded.
 * Everybody who is no session may ask for everything.
 * @throws policy_blocked, tool_refused, other_run
 */
export async function admit(
  operation: Offered,
  { app, principal }: Asking,
  input: Named,
): Promise<void> {
  if (principal.kind !== "session") return;
  const session = await app.store.sessions.get(principal.sessionId);
  if (!session) return;
  try {
    // in a question they say about whom
    if (isOf("worker", operation) && operation.effect !== "read") {
      await refuseOthers(app, session, input);
    }
    if (session.toolset === null) return;
    await refuseBeyond(app, { ...session, toolset: session.toolset }, operation, input);
  } catch (thrown) {
    const error = AgentpoolError.from(thrown);
    await record(app, session, operation, error);
    throw error;
  }
}

/**
 * What is asked for, as it is meant: to a session with a toolset `@last`, the beginning of an id and a
 * name stand for the run it works for where they fit that, as it may see no other.
 */
export async function meant<Input extends Named>(
  { app, principal }: Asking,
  input: Input,
): Promise<Input> {
  const { run_id: named } = input;
  if (principal.kind !== "session" || typeof named !== "string") return input;
  const session = await app.store.sessions.get(principal.sessionId);
  const own = session?.runId ?? null;
  if (own === null || session?.toolset === null || named === own) return input;
  const isBeginning = named.length >= shortestBeginning && own.startsWith(named);
  const fits = named === "@last" || isBeginning || (await app.store.runs.get(own))?.name === named;
  return fits ? { ...input, run_id: own } : input;
}

/**
 * A key is its caller's own: agents that all call their first request "1" do not meet, none repeats
 * what somebody else asked, or makes up a key by which the scheduler knows a claim or a session.
 */
export function ownKey(
  principal: Principal,
  key: string,
  { agent }: { readonly agent?: unknown },
): string {
  if (key === "") return key;
  if (principal.kind === "session") return `${principal.sessionId} ${key}`;
  return typeof agent === "string" ? `${agent} ${key}` : key;
}

/** `rn_` and four characters, as for everybody. */
const shortestBeginning = 7;

/** Records what an operation itself refused to a session with a toolset. */
export async function recordRefused(
  operation: Offered,
  { app, principal }: Asking,
  thrown: unknown,
): Promise<void> {
  if (principal.kind !== "session" || !(thrown instanceof AgentpoolError)) return;
  const session = await app.store.sessions.get(principal.sessionId);
  if (session) await record(app, session, operation, thrown);
}

function isOf(toolset: SessionToolset, { name, mcp, toolset: own }: Offered): boolean {
  if (own === "worker" || own === toolset) return true;
  if (!mcp) return false;
  const { tool, aliases = [] } = mcp;
  return nameIn(toolset, { operation: name, tool, aliases }) !== undefined;
}

/** In what a worker asks for, whoever is named is the one who acts. */
async function refuseOthers(
  { sessions }: Asking["app"],
  session: Session,
  { session_id: id, agent }: Named,
): Promise<void> {
  const itself = [session.id, session.name, sessionHolder(session.id)];
  if (typeof agent === "string" && !itself.includes(agent)) throw notItself(session, agent);
  if (typeof id !== "string" || itself.includes(id)) return;
  const named = await sessions.resolve(id);
  if (named.id !== session.id) throw notItself(session, named.id);
}

async function refuseBeyond(
  app: Asking["app"],
  session: Session & { readonly toolset: SessionToolset },
  operation: Offered,
  input: Named,
): Promise<void> {
  const { toolset, runId } = session;
  const isOwn = isOf(toolset, operation);
  if (!isOwn && !(await isAboutItself(app, session, operation, input))) {
    throw new AgentpoolError(
      "tool_refused",
      `Session ${session.id} may not ask for ${operation.name}`,
      {
        why: `It has the toolset ${toolset}, which does not hold it.`,
        hint: `It holds ${toolsOf[toolset].join(", ")}.`,
        details: { operation: operation.name, toolset },
      },
    );
  }
  if (typeof input.run_id === "string" && input.run_id !== runId) {
    throw otherRun(session, `the run ${input.run_id}`);
  }
  const actsOnOthers = !isOf("worker", operation) || operation.tellsOfRuns === true;
  if (isOwn && actsOnOthers && typeof input.session_id === "string") {
    const target = await app.sessions.resolve(input.session_id);
    if (operation.tellsOfRuns === true && target.id === session.id) return;
    const isOfRun = runId !== null && target.runId === runId;
    const by = formatPrincipal({ kind: "session", sessionId: session.id });
    if (!isOfRun && target.author !== by) throw otherRun(session, `session ${target.id}`);
  }
}

async function isAboutItself(
  { sessions }: Asking["app"],
  session: Session,
  { effect }: Offered,
  { session_id: id }: Named,
): Promise<boolean> {
  if (effect !== "read" || typeof id !== "string") return false;
  return id === session.id || (await sessions.resolve(id)).id === session.id;
}

async function record(
  { store, now }: Asking["app"],
  session: Session,
  operation: Offered,
  error: AgentpoolError,
): Promise<void> {
  const { code } = error;
  if (session.toolset === null) return;
  if (code !== "tool_refused" && code !== "other_run" && code !== "policy_blocked") return;
  await store.commit({
    guards: [],
    writes: [],
    events: [
      {
        sessionId: session.id,
        runId: session.runId,
        at: now(),
        body: {
          type: "tool_refused",
          operation: operation.name,
          toolset: session.toolset,
          code,
          because: error.why ?? error.message,
        },
      },
    ],
  });
}

function notItself(session: Session, named: string): AgentpoolError {
  return policyBlocked("acts_as_itself", `Session ${session.id} cannot act for ${named}`, {
    why: "A session acts as itself, whatever a call says of who asks.",
    hint: "Leave --session-id and --agent out.",
    details: { session_id: session.id, named },
  });
}

function otherRun(session: Session, what: string): AgentpoolError {
  return new AgentpoolError("other_run", `Session ${session.id} cannot reach ${what}`, {
    why:
      session.runId === null
        ? "It works for no run, and did not start it."
        : `It works for ${session.runId}.`,
    details: { session_id: session.id, run_id: session.runId },
  });
}
