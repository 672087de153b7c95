/** Ends of turns that are told long after they were: nothing could be taken in meanwhile. */
import { expect, it } from "vitest";
import { next } from "../../src/domain/evidence.ts";
import { busyScreen, idleScreen, Play } from "../support/session.ts";

/** A turn at work, the end of which is told so many milliseconds after it was. */
function endedLate(lateMs: number): Play {
  const play = new Play();
  play.say("log", { kind: "prompt_taken", text: "work", agentTurn: "t" });
  play.say("screen", { kind: "screen", reading: busyScreen });
  play.pass(1_000);
  const at = play.now;
  play.pass(lateMs);
  const claim = {
    kind: "turn_ended",
    agentTurn: "t",
    outcome: "completed",
    result: "done",
    error: null,
  } as const;
  const { id: sessionId } = play.view.session;
  const told = { sessionId, at, source: "log", ref: null, foreign: false, claim } as const;
  const { view, dueAt } = next(play.view, [told], play.context);
  Object.assign(play, { view, dueAt });
  return play;
}

it("a screen from before an end that was told late begins no turn", () => {
  for (const lateMs of [3_000, 9_900, 20_000]) {
    const play = endedLate(lateMs);
    play.pass(30_000);

    expect(play.turnStates(), `${lateMs} ms late`).toEqual(["completed"]);
    expect(play.state).toBe("idle");
  }
});

it("an agent that is seen at work after such an end is at work", () => {
  const play = endedLate(20_000);
  play.say("screen", { kind: "screen", reading: busyScreen });
  play.pass(10_000);
  expect(play.state).toBe("running");

  play.say("screen", { kind: "screen", reading: idleScreen });
  play.pass(10_000);
  expect(play.state).toBe("idle");
});
