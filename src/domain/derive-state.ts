import { counted } from "./counted.ts";
import { waitsFor, type Prompt } from "./prompt.ts";
import { hasWorked, type Session, type SessionState } from "./session.ts";
import { confidenceOf, isStructured, type Confidence, type Source } from "./source.ts";
import type { Turn } from "./turn.ts";

export interface DerivedState {
  readonly state: SessionState;
  readonly source: Source;
  readonly confidence: Confidence;
  readonly because: string;
}

/** What besides the session's own facts decides its state. */
export interface Doings {
  readonly running: Turn | undefined;
  readonly openPrompts: readonly Prompt[];
  /** Texts the agent holds in its own queue and will take by itself. */
  readonly heldByAgent: number;
}

/**
 * The public state of a session, derived from stored facts alone: the same facts always give the
 * same state. The first rule that fits decides, and its fact names source and reason.
 */
export function deriveState(
  session: Session,
  { running, openPrompts, heldByAgent }: Doings,
): DerivedState {
  const ended = endState(session, running);
  if (ended) return ended;

  if (!session.reachable.value) return from("unreachable", session.reachable);

  const prompt =
    openPrompts.find((open) => waitsFor(open.kind) === "awaiting_approval") ?? openPrompts[0];
  if (prompt) {
    return {
      state: waitsFor(prompt.kind),
      source: prompt.openedBy,
      confidence: confidenceOf(prompt.openedBy),
      because: prompt.because ?? `${prompt.kind} dialog ${prompt.id} is open`,
    };
  }
  // a turn that runs on an account another session found limited has not met the limit itself
  if (session.limit && (session.limit.value.own || !running)) {
    return from("limited", session.limit);
  }
  if (running) {
    const source = running.takenBy.find(isStructured) ?? running.takenBy[0] ?? "screen";
    return {
      state: "running",
      source,
      confidence: confidenceOf(source),
      because: `turn ${running.n} was taken (${source}) and has not ended`,
    };
  }
  if (session.backgroundJobs > 0) {
    return {
      state: "running",
      source: "hook",
      confidence: "high",
      because: `the agent still has ${counted(session.backgroundJobs, "background job")} at work`,
    };
  }
  if (heldByAgent > 0) {
    return {
      ...from("running", session.composer),
      because: `the agent takes next what it holds: ${counted(heldByAgent, "queued prompt")}`,
    };
  }
  if (session.composer.value === "ready") return from("idle", session.composer);

  if (session.process.value === "none" || !hasWorked(session)) {
    return from("starting", session.process);
  }
  return {
    state: "unknown",
    source: session.composer.source,
    confidence: "none",
    because: `no source shows what the agent does: ${session.composer.because}`,
  };
}

function endState(session: Session, running: Turn | undefined): DerivedState | undefined {
  const { process, closing } = session;
  if (process.value === "none" || process.value === "alive") return undefined;
  if (closing) {
    return {
      state: closing.value,
      source: closing.source,
      confidence: "certain",
      because: closing.because,
    };
  }
  if (process.value === "gone" || (session.exitCode === null && session.exitSignal === null)) {
    return { ...from("lost", process), confidence: "certain" };
  }
  const clean = session.exitCode === 0;
  const how = clean ? "exited with code 0" : exitText(session);
  return {
    state: clean ? "completed" : "failed",
    source: process.source,
    confidence: "certain",
    because: running ? `the agent ${how} during turn ${running.n}` : `the agent ${how}`,
  };
}

/** What is told of a turn whose agent ended in the middle of it. */
export const processEnded = "the agent's process ended";

export function exitText(session: Pick<Session, "exitCode" | "exitSignal">): string {
  if (session.exitSignal !== null) return `was ended by signal ${session.exitSignal}`;
  return `exited with code ${session.exitCode ?? "unknown"}`;
}

function from(
  state: SessionState,
  fact: { readonly source: Source; readonly because: string },
): DerivedState {
  return {
    state,
    source: fact.source,
    confidence: confidenceOf(fact.source),
    because: fact.because,
  };
}
