import { describe, expect, test } from "vitest";
import { queueDelivery, moveDelivery } from "../../src/domain/delivery-rules.ts";
import { Draft } from "../../src/domain/draft.ts";
import { forgetLooks } from "../../src/domain/screen-rules.ts";
import { hookWithinMs } from "../../src/domain/silent-hooks.ts";
import type { Claim } from "../../src/domain/observation.ts";
import { busyScreen, idleScreen, Play, t0 } from "../support/session.ts";

const taken = (text: string): Claim => ({ kind: "prompt_taken", text, agentTurn: null });
const ended: Claim = {
  kind: "turn_ended",
  outcome: "completed",
  agentTurn: null,
  result: "done",
  error: null,
};
const lostIn = (play: Play): number => play.events.filter((one) => one === "channel_lost").length;

function send(play: Play, text: string, acceptance: "exact" | "none" = "exact"): void {
  const draft = new Draft(play.view);
  const { id } = queueDelivery(draft, play.context, {
    text,
    preview: text,
    sizeBytes: text.length,
    sha256: "",
    via: "pane",
    when: "idle",
    author: "tester",
    idempotencyKey: null,
    acceptance,
    promptId: null,
    ttlMs: 600_000,
  });
  moveDelivery(draft, play.context, id, "pasted", null);
  moveDelivery(draft, play.context, id, "submitted", null);
  play.view = draft.view();
}

describe("hooks of an agent that works are called silent", () => {
  test("when its log tells of a turn and none was heard in time, once", () => {
    const play = new Play();
    play.say("log", taken("one"));
    play.pass(hookWithinMs - 1);
    expect(lostIn(play)).toBe(0);
    play.pass(1);
    expect(play.view.session.evidence.hooks?.silent?.because).toMatch(/turn 1.*\(log\)/);
    play.say("log", ended);
    play.say("log", taken("two"));
    play.pass(hookWithinMs * 3);
    expect(lostIn(play)).toBe(1);
  });

  test("also when every turn is shorter than that time", () => {
    const play = new Play();
    for (const text of ["one", "two", "three", "four"]) {
      play.say("log", taken(text));
      play.pass(3_000);
      play.say("log", ended);
      play.pass(2_000);
    }
    expect(lostIn(play)).toBe(1);
  });

  test("when only the screen shows that it works on a text of ours", () => {
    const play = new Play({ channels: ["hook"] });
    play.say("screen", { kind: "screen", reading: idleScreen });
    send(play, "one");
    play.say("screen", { kind: "screen", reading: busyScreen });
    play.pass(hookWithinMs + 1_000);
    expect(lostIn(play)).toBe(1);
  });

  test("when they were heard in earlier turns", () => {
    const play = new Play();
    play.say("hook", taken("one"));
    play.say("hook", ended);
    play.pass(60_000);
    play.say("log", taken("two"));
    play.pass(hookWithinMs);
    expect(lostIn(play)).toBe(1);
  });

  test("and heard again with the next hook", () => {
    const play = new Play();
    play.say("log", taken("one"));
    play.pass(hookWithinMs);
    play.say("hook", ended);
    expect(play.view.session.evidence.hooks?.silent).toBeNull();
    expect(play.events.at(-1)).not.toBe("channel_lost");
    expect(play.events.filter((one) => one === "channel_heard")).toHaveLength(2);
    play.pass(60_000);
    expect(lostIn(play)).toBe(1);
  });
});

describe("hooks are not called silent", () => {
  test("while an agent waits for its first prompt, whatever its screen shows", () => {
    const play = new Play();
    play.say("screen", { kind: "screen", reading: busyScreen });
    play.say("screen", { kind: "screen", reading: idleScreen });
    play.pass(600_000);
    expect(lostIn(play)).toBe(0);
  });

  test("when the first of them comes with the first prompt", () => {
    const play = new Play();
    play.pass(60_000);
    play.say("log", taken("one"));
    play.pass(2_000);
    play.say("hook", { kind: "agent_identified", agentSessionId: "a" });
    play.pass(600_000);
    expect(lostIn(play)).toBe(0);
  });

  test("when the hook of the prompt was a moment earlier than the log", () => {
    const play = new Play();
    play.say("hook", taken("as the hook tells it"));
    play.pass(1_000);
    play.say("log", taken("as the log tells it"));
    play.pass(600_000);
    expect(lostIn(play)).toBe(0);
  });

  test("for a command or a job of the agent's own, of which hooks do not tell", () => {
    const play = new Play();
    play.say("screen", { kind: "screen", reading: busyScreen });
    send(play, "/compact", "none");
    play.say("log", { kind: "prompt_taken", text: "a job ended", agentTurn: null, own: true });
    play.pass(600_000);
    expect(lostIn(play)).toBe(0);
  });

  test("for a turn that began while nobody listened, before what it called could be taken in", () => {
    const play = new Play();
    const startedAt = t0 - 3_600_000;
    play.now = startedAt;
    play.say("log", taken("one"));
    play.now = t0;
    const draft = new Draft(play.view);
    forgetLooks(draft, play.context);
    play.view = draft.view();
    play.say("timer", { kind: "tick" });
    expect(lostIn(play)).toBe(0);
    expect(play.dueAt).toBe(t0 + hookWithinMs);
    play.say("hook", taken("one"));
    play.pass(600_000);
    expect(lostIn(play)).toBe(0);
  });

  test("where the agent has none", () => {
    const play = new Play({ channels: ["log"] });
    play.say("log", taken("one"));
    play.pass(600_000);
    expect(lostIn(play)).toBe(0);
  });
});
