import { describe, expect, it } from "vitest";
import { Draft } from "../../src/domain/draft.ts";
import { restate } from "../../src/domain/evidence.ts";
import type { Claim } from "../../src/domain/observation.ts";
import { reopen, wasCutOff } from "../../src/domain/resume-rules.ts";
import { noEvidence } from "../../src/domain/session.ts";
import { idleScreen, makeSession, Play, t0 } from "../support/session.ts";

const taken = (text: string, agentTurn: string | null): Claim => ({
  kind: "prompt_taken",
  text,
  agentTurn,
});
const completed = (agentTurn: string | null): Claim => ({
  kind: "turn_ended",
  outcome: "completed",
  agentTurn,
  result: "later",
  error: null,
});

/** One that took a prompt, was killed over it, and begins again. */
function resumed(): Play {
  const play = new Play({ agentSessionId: "c1" });
  play.say("hook", taken("go", "a1"));
  play.say("process", { kind: "process_exited", exitCode: null, signal: "SIGKILL" });
  expect(play.state).toBe("failed");
  play.pass(1_000);
  begin(play);
  return play;
}

function begin(play: Play): Draft {
  const draft = new Draft(play.view);
  reopen(draft, play.context, {
    agentSessionId: "c1",
    providerVersion: "1.0.0",
    accountId: "fake",
    tokenHashes: ["hash"],
    channels: ["hook", "log"],
    by: "person",
    requestKey: "k",
    forgetBase: false,
  });
  restate(draft, play.now, play.now);
  play.view = draft.view();
  return draft;
}

describe("a session that begins again", () => {
  it("forgets what was true of its process and keeps what was said and done", () => {
    const play = resumed();
    expect(play.view.session).toMatchObject({
      state: "starting",
      process: { value: "none" },
      composer: { value: "unknown" },
      terminal: null,
      exitCode: null,
      exitSignal: null,
      endedAt: null,
      agentSessionId: "c1",
      turnCount: 1,
      lastTurnN: 1,
      evidence: { ...noEvidence, resumed: { at: t0 + 1_000, turnCount: 1 } },
    });
    expect(play.turnStates()).toEqual(["failed"]);
  });

  it("is starting until its input shows, and then idle", () => {
    const play = resumed();
    play.say("process", { kind: "process_started" });
    expect(play.state).toBe("starting");
    play.say("screen", { kind: "screen", reading: idleScreen });
    expect(play.state).toBe("idle");
  });

  it("takes nothing of its history for news", () => {
    const play = resumed();
    play.say("process", { kind: "process_started" });
    play.say("log", taken("go", "a1"));
    play.say("log", completed("a1"));
    expect(play.turnStates()).toEqual(["failed"]);
    expect(play.view.session.currentTurnId).toBeNull();
    expect(play.view.turns[0]?.result).toBeNull();
  });

  it("opens a turn of its own for the same text", () => {
    const play = resumed();
    play.say("process", { kind: "process_started" });
    play.pass(10);
    play.say("hook", taken("go", "a2"));
    play.say("log", taken("go", "a2"));
    expect(play.turnStates()).toEqual(["failed", "running"]);
    play.say("log", completed("a2"));
    expect(play.turnStates()).toEqual(["failed", "completed"]);
  });

  it("demands that no other session has the conversation, and says what it did", () => {
    const play = resumed();
    play.say("process", { kind: "process_exited", exitCode: 0, signal: null });
    const decision = begin(play).decision();
    expect(decision.guards).toContainEqual({
      noun: "conversation",
      id: "c1",
      providerId: "fake",
      onlyIn: play.view.session.id,
    });
    expect(decision.events.map(({ body }) => body)).toContainEqual({
      type: "session_resumed",
      from_state: "completed",
      agent_session_id: "c1",
      by: "person",
      request_key: "k",
    });
  });

  it("is refused while the first one lives", () => {
    const play = new Play({ agentSessionId: "c1" });
    expect(() => begin(play)).toThrow(expect.objectContaining({ code: "session_live" }));
  });
});

it("who ended without anybody's will is lost, or was ended by a signal nobody here sent", () => {
  const closing = { value: "cancelled", source: "operation", at: t0, because: "closed" } as const;
  const ends = [
    { state: "lost" },
    { state: "failed", exitSignal: "SIGKILL" },
    { state: "failed", exitCode: 1 },
    { state: "completed", exitCode: 0 },
    { state: "cancelled", exitSignal: "SIGTERM", closing },
    { state: "failed", closing: { ...closing, value: "failed" } },
    { state: "idle" },
  ] as const;
  expect(ends.map((end) => wasCutOff(makeSession(end)))).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});
