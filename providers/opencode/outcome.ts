import type { Claim } from "../../src/provider/definition.ts";
import { fieldsAt, numberAt, textAt, type Fields } from "./fields.ts";
import type { Failure, TurnMemory } from "./memory.ts";

type Outcome = Pick<Extract<Claim, { kind: "turn_ended" }>, "outcome" | "error">;

/**
 * How a turn ended that the agent does not work on any more. A model that never finished, or that
 * wanted to go on with tool results and was not asked again, was stopped: by an interrupt while it
 * waited for its service, a refused permission, a dismissed question.
 */
export function outcomeOf(turn: TurnMemory): Outcome {
  const step = turn.last === null ? undefined : turn.steps[turn.last];
  const failure = step?.error ?? turn.error;
  if (failure) return outcomeOfFailure(failure);
  const { finish = null } = step ?? {};
  if (finish === null || finish === "tool-calls") {
    return { outcome: "interrupted", error: turn.toolError };
  }
  return { outcome: "completed", error: null };
}

/** How a turn ended that the next prompt took over: what it wanted to go on with goes on there. */
export function outcomeWhenFollowed(turn: TurnMemory): Outcome {
  const step = turn.last === null ? undefined : turn.steps[turn.last];
  return step?.error ? outcomeOfFailure(step.error) : { outcome: "completed", error: null };
}

export function failureOf(error: Fields): Failure | null {
  const name = textAt(error, "name");
  if (name === null) return null;
  const data = fieldsAt(error, "data");
  return {
    name,
    message: textAt(data, "message") ?? name,
    status: numberAt(data, "statusCode"),
  };
}

function outcomeOfFailure({ name, message, status }: Failure): Outcome {
  if (name === "MessageAbortedError") return { outcome: "interrupted", error: null };
  const error = status === null ? message : `${message} (HTTP ${status})`;
  return { outcome: status === 429 ? "limited" : "failed", error };
}

/** A pause this long is no hiccup of the service. */
const longMs = 60_000;
const limitMs = 10_000;

/** Whether the agent waits for a limit to reset, and not for the next of a few quick attempts. */
export function isLimit(status: Fields, now: number): boolean {
  const wait = (numberAt(status, "next") ?? 0) - now;
  const named = /limit|quota|exhausted|too many requests|\b429\b/i.test(
    textAt(status, "message") ?? "",
  );
  return wait >= longMs || (named && wait >= limitMs);
}
