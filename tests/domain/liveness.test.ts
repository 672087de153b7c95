import { expect, test } from "vitest";
import { judgeParticipant, judgeSession } from "../../src/domain/liveness.ts";
import type { Session } from "../../src/domain/session.ts";
import { makeParticipant } from "../support/records.ts";
import { makeSession, t0 } from "../support/session.ts";

const thresholdMs = 1_000;
const progress = { at: t0, what: "its pane wrote" };
const closing = { value: "cancelled", source: "operation", at: t0, because: "asked" } as const;

const sessions: readonly [string, Partial<Session>, number, string][] = [
  ["at work and moving", { state: "running" }, 1_000, "healthy"],
  ["at work and still", { state: "running" }, 1_001, "stuck"],
  ["still, since nobody asked it anything", { state: "idle" }, 9_999, "healthy"],
  ["still, since it waits for a person", { state: "awaiting_approval" }, 9_999, "healthy"],
  ["nobody can ask it", { state: "unreachable" }, 9_999, "unknown"],
  ["its pane was killed", { state: "lost" }, 0, "dead"],
  ["its agent crashed", { state: "failed" }, 0, "dead"],
  ["it was ended", { state: "cancelled", closing }, 0, "stopped"],
  ["it failed while it was ended", { state: "failed", closing }, 0, "stopped"],
  ["its time was over", { state: "failed", timedOutAt: t0 }, 0, "stopped"],
  ["it left by itself", { state: "completed" }, 0, "stopped"],
];

test.each(sessions)("a session: %s", (_, fields, later, health) => {
  const judged = judgeSession(makeSession(fields), progress, { now: t0 + later, thresholdMs });

  expect(judged.health).toBe(health);
});

test("an agent outside that gives signs of life and tells the same is stuck, not dead", () => {
  const at = (ms: number) => ({ now: t0 + ms, thresholdMs });
  const one = makeParticipant({ activity: "working", ttlMs: 5_000, seenAt: t0 });

  expect(judgeParticipant(one, at(1_000)).health).toBe("healthy");
  expect(judgeParticipant(one, at(1_001)).health).toBe("stuck");
  expect(judgeParticipant({ ...one, activity: "idle" }, at(1_001)).health).toBe("healthy");
  expect(judgeParticipant(one, at(5_001)).health).toBe("dead");
  expect(judgeParticipant({ ...one, leftAt: t0 }, at(9_000)).health).toBe("stopped");
});
