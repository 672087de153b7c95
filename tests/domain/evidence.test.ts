import { describe, expect, it } from "vitest";
import { Draft } from "../../src/domain/draft.ts";
import { restate } from "../../src/domain/evidence.ts";
import { moveDelivery, queueDelivery, whyNotNow } from "../../src/domain/delivery-rules.ts";
import type { Claim } from "../../src/domain/observation.ts";
import type { Dialog } from "../../src/domain/prompt.ts";
import { busyScreen, idleScreen, Play } from "../support/session.ts";

const taken = (text: string, agentTurn: string | null = null): Claim => ({
  kind: "prompt_taken",
  text,
  agentTurn,
});
const ended = (
  outcome: "completed" | "interrupted" | "failed" | "limited",
  fields: { agentTurn?: string; result?: string; error?: string } = {},
): Claim => ({
  kind: "turn_ended",
  outcome,
  agentTurn: fields.agentTurn ?? null,
  result: fields.result ?? null,
  error: fields.error ?? null,
});
const approval: Dialog = {
  kind: "approval",
  text: "Run: rm -rf build?",
  subject: "rm -rf build",
  acceptsText: false,
  options: [
    { label: "Yes", key: "1", role: "allow", reply: null },
    { label: "No", key: "Escape", role: "deny", reply: null },
  ],
};

function send(play: Play, text: string, acceptance: "exact" | "none" = "exact"): string {
  const draft = new Draft(play.view);
  const delivery = queueDelivery(draft, play.context, {
    text,
    preview: text,
    sizeBytes: text.length,
    sha256: "",
    via: "pane",
    when: "idle",
    author: "person",
    idempotencyKey: null,
    acceptance,
    promptId: null,
    ttlMs: 600_000,
  });
  moveDelivery(draft, play.context, delivery.id, "pasted", null);
  moveDelivery(draft, play.context, delivery.id, "submitted", null);
  restate(draft, play.now, play.now);
  play.view = draft.view();
  return delivery.id;
}

describe("turns", () => {
  it("a delivery is accepted when the agent's hook shows the same prompt", () => {
    const play = new Play();
    send(play, "fix  the\nbug");
    play.say("hook", taken("fix the bug"));
    expect(play.view.deliveries).toEqual([]);
    expect(play.events).toContain("delivery_accepted");
    expect(play.state).toBe("running");
    expect(play.view.session.stateSource).toBe("hook");
  });

  it("a prompt nobody delivered is a person's and opens a turn of its own", () => {
    const play = new Play();
    const id = send(play, "ours");
    play.say("hook", taken("typed by hand"));
    expect(play.view.turns.map((turn) => [turn.prompt, turn.author, turn.state])).toEqual([
      ["ours", "person", "queued"],
      ["typed by hand", "person", "running"],
    ]);
    expect(play.view.deliveries.map((delivery) => delivery.id)).toEqual([id]);
  });

  it("hook and log report one prompt once, in either order", () => {
    for (const order of [
      ["hook", "log"],
      ["log", "hook"],
    ] as const) {
      const play = new Play();
      send(play, "one");
      for (const source of order) play.say(source, taken("one"));
      expect(play.turnStates()).toEqual(["running"]);
      for (const source of order) play.say(source, ended("completed"));
      expect(play.turnStates()).toEqual(["completed"]);
      expect(play.state).toBe("idle");
    }
  });

  it("the same prompt sent twice is two turns", () => {
    const play = new Play();
    send(play, "again");
    play.say("hook", taken("again"));
    play.say("log", taken("again"));
    play.say("hook", ended("completed"));
    send(play, "again");
    play.say("hook", taken("again"));
    play.say("log", ended("completed"));
    expect(play.turnStates()).toEqual(["completed", "running"]);
    play.say("log", taken("again"));
    play.say("log", ended("completed"));
    expect(play.turnStates()).toEqual(["completed", "completed"]);
  });

  it("a late report of a turn's end never ends the next turn", () => {
    const play = new Play();
    send(play, "first");
    play.say("hook", taken("first"));
    play.say("log", taken("first"));
    play.say("hook", ended("completed"));
    send(play, "second");
    play.say("hook", taken("second"));
    play.say("log", ended("completed"));
    expect(play.turnStates()).toEqual(["completed", "running"]);
  });

  it("a log that tells of a failure corrects a hook that said completed", () => {
    const play = new Play();
    send(play, "go");
    play.say("hook", taken("go"));
    play.say("log", taken("go"));
    play.say("hook", ended("completed"));
    play.say("log", ended("failed", { error: "500" }));
    expect(play.view.turns[0]).toMatchObject({ state: "failed", error: "500" });
    expect(play.state).toBe("idle");
  });

  it("a queued prompt that was never typed cannot have been taken", () => {
    const play = new Play();
    const draft = new Draft(play.view);
    queueDelivery(draft, play.context, {
      text: "same words",
      preview: "",
      sizeBytes: 1,
      sha256: "",
      via: "pane",
      when: "idle",
      author: "person",
      idempotencyKey: null,
      acceptance: "exact",
      promptId: null,
      ttlMs: 1_000,
    });
    play.view = draft.view();
    play.say("hook", taken("same words"));
    expect(play.turnStates()).toEqual(["queued", "running"]);
  });

  it("what another conversation says is kept and moves nothing", () => {
    const play = new Play({ agentSessionId: "own" });
    const outcome = play.say("hook", taken("title for the chat"), { foreign: true });
    expect(play.turnStates()).toEqual([]);
    expect(outcome.decision.observations).toHaveLength(1);
  });
});

describe("the screen against structured channels", () => {
  it("a screen without spinner between two tool calls does not end a turn", () => {
    const play = new Play();
    send(play, "work");
    play.say("hook", taken("work"));
    play.say("hook", { kind: "tool_started", callId: "c1", name: "shell", detail: "sleep 60" });
    play.say("screen", { kind: "screen", reading: idleScreen });
    play.pass(60_000);
    expect(play.state).toBe("running");
  });

  it("an end nobody reported is found by a screen that stays idle", () => {
    const play = new Play();
    send(play, "work");
    play.say("hook", taken("work"));
    play.say("screen", { kind: "screen", reading: idleScreen });
    play.pass(4_000);
    expect(play.state).toBe("running");
    play.pass(2_000);
    expect(play.state).toBe("idle");
    expect(play.view.session.stateConfidence).toBe("medium");
  });

  it("the last frame of a spinner does not restart a turn that ended", () => {
    const play = new Play();
    send(play, "work");
    play.say("hook", taken("work"));
    play.say("hook", ended("completed"));
    play.say("screen", { kind: "screen", reading: busyScreen });
    play.pass(1_000);
    play.say("screen", { kind: "screen", reading: idleScreen });
    play.pass(10_000);
    expect(play.turnStates()).toEqual(["completed"]);
    expect(play.state).toBe("idle");
  });

  it("a screen that stands still since before a turn's end begins no new turn", () => {
    const play = new Play();
    send(play, "work");
    play.say("hook", taken("work"));
    play.say("screen", { kind: "screen", reading: busyScreen });
    play.pass(1_000);
    play.say("hook", ended("completed"));
    play.pass(8_000);
    play.say("screen", { kind: "screen", reading: idleScreen });
    play.pass(10_000);
    expect(play.turnStates()).toEqual(["completed"]);
    expect(play.state).toBe("idle");
  });

  it("a spinner is no receipt where the agent tells what it takes", () => {
    const play = new Play();
    const id = send(play, "prove it");
    play.say("screen", { kind: "screen", reading: busyScreen });
    play.pass(5_000);
    expect(play.state).toBe("running");
    expect(play.view.deliveries.map((delivery) => [delivery.id, delivery.state])).toEqual([
      [id, "submitted"],
    ]);
    play.say("hook", taken("prove it"));
    expect(play.view.deliveries).toEqual([]);
    expect(play.turnStates()).toEqual(["running"]);
  });

  it("a title that spins before our Enter is recorded belongs to our prompt", () => {
    const play = new Play();
    play.say("terminal", { kind: "idle", because: "title" });
    const draft = new Draft(play.view);
    const delivery = queueDelivery(draft, play.context, {
      text: "quick one",
      preview: "quick one",
      sizeBytes: 9,
      sha256: "",
      via: "pane",
      when: "idle",
      author: "person",
      idempotencyKey: null,
      acceptance: "exact",
      promptId: null,
      ttlMs: 1_000,
    });
    moveDelivery(draft, play.context, delivery.id, "pasted", null);
    play.view = draft.view();
    play.say("terminal", { kind: "busy", because: "title" });
    play.say("hook", taken("quick one"));
    expect(play.view.turns.map((turn) => [turn.n, turn.state])).toEqual([[1, "running"]]);
    expect(play.view.deliveries).toEqual([]);
  });

  it("running never overwrites a visible approval box", () => {
    const play = new Play();
    send(play, "work");
    play.say("hook", taken("work"));
    play.say("screen", {
      kind: "screen",
      reading: {
        ...busyScreen,
        composer: null,
        dialog: approval,
        dialogLines: ["Run: rm -rf build?"],
      },
    });
    expect(play.state).toBe("awaiting_approval");
    play.say("hook", { kind: "tool_started", callId: "c2", name: "read", detail: "" });
    expect(play.state).toBe("awaiting_approval");
  });

  it("an agent without channels lives by its screen alone, and says so", () => {
    const play = new Play({ acceptance: "none", channels: [] });
    play.say("screen", { kind: "screen", reading: idleScreen });
    expect(play.state).toBe("idle");
    send(play, "go", "none");
    play.say("screen", { kind: "screen", reading: busyScreen });
    expect(play.state).toBe("running");
    play.say("screen", { kind: "screen", reading: idleScreen });
    play.pass(500);
    expect(play.state).toBe("idle");
    expect(play.view.session.stateSource).toBe("screen");
    expect(play.turnStates()).toEqual(["completed"]);
  });

  it("an equal screen commits nothing", () => {
    const play = new Play();
    play.say("screen", { kind: "screen", reading: idleScreen });
    const outcome = play.say("screen", { kind: "screen", reading: { ...idleScreen } });
    expect(outcome.decision.writes).toEqual([]);
    expect(outcome.decision.events).toEqual([]);
    expect(outcome.decision.observations).toEqual([]);
  });
});

describe("dialogs", () => {
  it("hook and screen show one dialog: one prompt with reply and keys", () => {
    const play = new Play();
    send(play, "work");
    play.say("hook", taken("work"));
    play.say("hook", {
      kind: "dialog_opened",
      ref: "call_1",
      dialog: {
        ...approval,
        options: [
          { label: "Allow", key: null, role: "allow", reply: '{"ok":true}' },
          { label: "Deny", key: null, role: "deny", reply: '{"ok":false}' },
        ],
      },
      channel: { source: "hook", address: "/spool/1.reply" },
    });
    play.say("screen", {
      kind: "screen",
      reading: {
        ...idleScreen,
        composer: null,
        dialog: approval,
        dialogLines: ["Run: rm -rf build?"],
      },
    });
    expect(play.view.prompts).toHaveLength(1);
    expect(play.view.prompts[0]?.options).toEqual([
      { label: "Yes", key: "1", role: "allow", reply: '{"ok":true}' },
      { label: "No", key: "Escape", role: "deny", reply: '{"ok":false}' },
    ]);
    expect(play.view.prompts[0]?.channel?.address).toBe("/spool/1.reply");
  });

  it("another dialog in the same place is another prompt", () => {
    const play = new Play();
    const show = (text: string): void => {
      play.say("screen", {
        kind: "screen",
        reading: {
          ...idleScreen,
          composer: null,
          dialog: { ...approval, text },
          dialogLines: [text],
        },
      });
    };
    show("Run: ls?");
    const first = play.view.prompts[0]?.id;
    show("Run: rm -rf /?");
    expect(play.view.prompts).toHaveLength(1);
    expect(play.view.prompts[0]?.id).not.toBe(first);
    expect(play.events).toContain("prompt_withdrawn");
  });

  it("a dialog blanked for one frame stays the same prompt", () => {
    const play = new Play();
    const reading = { ...idleScreen, composer: null, dialog: approval, dialogLines: ["x"] };
    play.say("screen", { kind: "screen", reading });
    const id = play.view.prompts[0]?.id;
    play.say("screen", { kind: "screen", reading: { ...idleScreen, composer: null, rule: null } });
    play.pass(100);
    play.say("screen", { kind: "screen", reading });
    play.pass(1_000);
    expect(play.view.prompts.map((prompt) => prompt.id)).toEqual([id]);
  });

  it("a dialog is over when its tool call goes on", () => {
    const play = new Play();
    send(play, "work");
    play.say("hook", taken("work"));
    play.say("hook", { kind: "tool_started", callId: "call_1", name: "shell", detail: "ls" });
    play.say("hook", { kind: "dialog_opened", ref: "call_1", dialog: approval, channel: null });
    expect(play.state).toBe("awaiting_approval");
    play.say("hook", { kind: "tool_finished", callId: "call_1", ok: true });
    expect(play.view.prompts).toEqual([]);
    expect(play.state).toBe("running");
  });

  it("a dialog that was reported as over is not opened again by a slower channel", () => {
    const play = new Play();
    send(play, "work");
    play.say("log", taken("work"));
    play.say("log", { kind: "dialog_opened", ref: "call_1", dialog: approval, channel: null });
    play.say("log", { kind: "dialog_closed", ref: "call_1", how: "answered" });
    play.say("hook", { kind: "tool_started", callId: "call_1", name: "shell", detail: "ls" });
    play.say("hook", { kind: "dialog_opened", ref: "call_1", dialog: approval, channel: null });
    expect(play.view.prompts).toEqual([]);
    expect(play.state).toBe("running");
  });

  it("what is left of an answered dialog on screen is no new prompt, unless it stays", () => {
    const play = new Play();
    send(play, "work");
    play.say("hook", taken("work"));
    play.say("hook", { kind: "dialog_opened", ref: "call_1", dialog: approval, channel: null });
    play.say("hook", { kind: "dialog_closed", ref: "call_1", how: "answered" });
    const reading = { ...idleScreen, composer: null, dialog: approval, dialogLines: ["x"] };
    play.say("screen", { kind: "screen", reading });
    expect(play.view.prompts).toEqual([]);
    play.pass(2_500);
    play.say("screen", { kind: "screen", reading });
    expect(play.view.prompts).toHaveLength(1);
  });

  it("a key pressed for a dialog that the agent took away answered nothing", () => {
    const play = new Play();
    send(play, "work");
    play.say("log", taken("work"));
    play.say("log", { kind: "dialog_opened", ref: "call_1", dialog: approval, channel: null });
    const answer = { label: "Yes", text: null, author: "person", via: "keys" } as const;
    const prompts = play.view.prompts.map((prompt) => ({
      ...prompt,
      state: "answer_unconfirmed" as const,
      answer,
    }));
    play.view = { ...play.view, prompts };
    play.say("log", { kind: "dialog_closed", ref: "call_1", how: "replaced", unanswered: true });
    expect(play.events).toContain("prompt_withdrawn");
    expect(play.events).not.toContain("prompt_answered");
  });

  it("a turn's end withdraws what it asked", () => {
    const play = new Play();
    send(play, "work");
    play.say("hook", taken("work"));
    play.say("hook", { kind: "dialog_opened", ref: "call_1", dialog: approval, channel: null });
    play.say("log", ended("interrupted"));
    expect(play.view.prompts).toEqual([]);
    expect(play.state).toBe("idle");
  });
});

describe("limits", () => {
  it("a limit with a reset time lifts by itself", () => {
    const play = new Play();
    send(play, "work");
    play.say("hook", taken("work"));
    play.say("log", { kind: "limit_hit", resetsAt: play.now + 60_000, message: "5-hour limit" });
    play.say("log", ended("limited", { error: "5-hour limit" }));
    expect(play.state).toBe("limited");
    play.pass(61_000);
    expect(play.state).toBe("idle");
    expect(play.events).toContain("limit_lifted");
  });
});

describe("the end of the process", () => {
  it("code 0 is completed, another code failed, unknown lost", () => {
    for (const [exitCode, signal, state] of [
      [0, null, "completed"],
      [3, null, "failed"],
      [null, "KILL", "failed"],
    ] as const) {
      const play = new Play();
      play.say("process", { kind: "process_exited", exitCode, signal });
      expect(play.state).toBe(state);
    }
    const play = new Play();
    play.say("process", { kind: "process_gone", because: "the tmux server died" });
    expect(play.state).toBe("lost");
  });

  it("refuses what was not delivered and fails the running turn", () => {
    const play = new Play();
    send(play, "one");
    play.say("hook", taken("one"));
    const id = send(play, "two");
    play.say("process", { kind: "process_exited", exitCode: 9, signal: null });
    expect(play.turnStates()).toEqual(["failed", "cancelled"]);
    expect(play.events.filter((type) => type === "delivery_refused")).toHaveLength(1);
    expect(id).toMatch(/^delivery/);
  });

  it("closing while idle is completed, during a turn cancelled", () => {
    for (const as of ["completed", "cancelled"] as const) {
      const play = new Play({
        closing: { value: as, source: "operation", at: 1, because: "terminate" },
      });
      play.say("process", { kind: "process_exited", exitCode: null, signal: "TERM" });
      expect(play.state).toBe(as);
    }
  });

  it("an ended session takes nothing in", () => {
    const play = new Play();
    play.say("process", { kind: "process_exited", exitCode: 0, signal: null });
    play.say("hook", taken("ghost"));
    expect(play.state).toBe("completed");
    expect(play.turnStates()).toEqual([]);
  });
});

describe("what may be typed", () => {
  it("nothing over a dialog, a running turn or a limit", () => {
    const play = new Play();
    play.say("screen", { kind: "screen", reading: idleScreen });
    send(play, "one");
    play.say("hook", taken("one"));
    const draft = new Draft(play.view);
    const delivery = queueDelivery(draft, play.context, {
      text: "two",
      preview: "two",
      sizeBytes: 3,
      sha256: "",
      via: "pane",
      when: "idle",
      author: "person",
      idempotencyKey: null,
      acceptance: "exact",
      promptId: null,
      ttlMs: 1_000,
    });
    play.view = draft.view();
    expect(whyNotNow(play.view, delivery, true)).toMatch(/turn 1 is running/);
    expect(whyNotNow(play.view, { ...delivery, when: "now" }, true)).toBeNull();
    expect(whyNotNow(play.view, { ...delivery, when: "now" }, false)).toMatch(/running/);
    play.say("hook", { kind: "dialog_opened", ref: "c", dialog: approval, channel: null });
    expect(whyNotNow(play.view, { ...delivery, when: "now" }, true)).toMatch(/dialog/);
  });
});
