import { describe, expect, it } from "vitest";
import { moveDelivery, queueDelivery, whyNotNow } from "../../src/domain/delivery-rules.ts";
import { Draft } from "../../src/domain/draft.ts";
import { restate } from "../../src/domain/evidence.ts";
import type { Claim } from "../../src/domain/observation.ts";
import type { Dialog } from "../../src/domain/prompt.ts";
import { idleScreen, Play } from "../support/session.ts";

const taken = (text: string, agentTurn: string | null = null): Claim => ({
  kind: "prompt_taken",
  text,
  agentTurn,
});
const own = (text: string): Claim => ({ kind: "prompt_taken", text, agentTurn: null, own: true });
const ended = (fields: { agentTurn?: string; result?: string } = {}): Claim => ({
  kind: "turn_ended",
  outcome: "completed",
  agentTurn: fields.agentTurn ?? null,
  result: fields.result ?? null,
  error: null,
});
const idle: Claim = { kind: "idle", because: "its status says idle" };

function queue(play: Play, text: string, via: "pane" | "launch" = "pane"): string {
  const draft = new Draft(play.view);
  const { id } = queueDelivery(draft, play.context, {
    text,
    preview: text,
    sizeBytes: text.length,
    sha256: "",
    via,
    when: "now",
    author: "tester",
    idempotencyKey: null,
    acceptance: "exact",
    promptId: null,
    ttlMs: 600_000,
  });
  play.view = draft.view();
  return id;
}

function submit(play: Play, id: string): void {
  const draft = new Draft(play.view);
  moveDelivery(draft, play.context, id, "submitted", null);
  restate(draft, play.now, play.now);
  play.view = draft.view();
}

function send(play: Play, text: string, via: "pane" | "launch" = "pane"): string {
  const id = queue(play, text, via);
  submit(play, id);
  return id;
}

it("a text that waits behind another says so until it is its turn", () => {
  const play = new Play();
  const first = queue(play, "one");
  const second = queue(play, "two");
  const third = queue(play, "three");
  expect(play.view.deliveries.map((one) => one.because)).toEqual([
    null,
    `${first} comes first`,
    `${second} comes first`,
  ]);
  submit(play, first);
  play.say("hook", taken("one"));
  submit(play, second);
  expect(play.view.deliveries.map((one) => one.because)).toEqual([null, `${second} comes first`]);
  expect(play.view.deliveries.at(-1)?.id).toBe(third);
});

describe("a text in the agent's own queue", () => {
  it("keeps the session running between two turns", () => {
    const play = new Play();
    send(play, "one");
    play.say("hook", taken("one"));
    send(play, "two");
    play.say("hook", { kind: "prompt_queued", text: "two" });
    play.say("hook", ended());
    expect(play.state).toBe("running");
    expect(play.view.session.stateBecause).toContain("1 queued prompt");
    play.say("log", taken("two"));
    play.say("log", ended());
    expect(play.state).toBe("idle");
  });

  it("does not hold up another text that may be typed at once", () => {
    const play = new Play();
    send(play, "one");
    play.say("hook", taken("one"));
    send(play, "two");
    const third = queue(play, "three");
    const why = (): string | null => {
      const delivery = play.view.deliveries.find((one) => one.id === third);
      return delivery ? whyNotNow(play.view, delivery, true) : "gone";
    };
    expect(why()).toMatch(/comes first/);
    play.say("hook", { kind: "prompt_queued", text: "two" });
    expect(why()).toBeNull();
  });

  it("that an idle agent leaves there is doubted after a while", () => {
    const play = new Play();
    send(play, "one");
    play.say("hook", taken("one"));
    send(play, "two");
    play.say("hook", { kind: "prompt_queued", text: "two" });
    play.say("hook", ended());
    play.say("log", idle);
    play.pass(2_900);
    expect(play.state).toBe("running");
    play.pass(200);
    expect(play.view.deliveries.map(({ state }) => state)).toEqual(["unconfirmed"]);
    expect(play.state).toBe("idle");
  });
});

describe("a prompt the agent was started with", () => {
  it("is waited for before the agent is called idle", () => {
    const play = new Play();
    send(play, "one", "launch");
    play.say("log", idle);
    play.say("screen", { kind: "screen", reading: idleScreen });
    expect(play.state).toBe("starting");
    play.say("hook", taken("one"));
    expect(play.state).toBe("running");
  });

  it("is doubted when the agent stays idle without it", () => {
    const play = new Play();
    send(play, "one", "launch");
    play.say("log", idle);
    play.pass(5_100);
    expect(play.state).toBe("idle");
    expect(play.view.deliveries.map(({ state }) => state)).toEqual(["unconfirmed"]);
  });
});

describe("what the agent tells itself", () => {
  it("belongs to the turn it works on", () => {
    const play = new Play();
    send(play, "one");
    play.say("hook", taken("one"));
    play.say("hook", own("a job reports"));
    play.say("hook", ended({ agentTurn: "another", result: "all done" }));
    expect(play.view.turns.map(({ state, result }) => [state, result])).toEqual([
      ["completed", "all done"],
    ]);
  });

  it("opens a turn of the agent's own while it is idle", () => {
    const play = new Play();
    play.say("hook", own("a job reports"));
    expect(play.view.turns.map(({ author, state }) => [author, state])).toEqual([
      ["agent", "running"],
    ]);
  });
});

describe("a limit", () => {
  const hit = (resetsAt: number | null): Claim => ({
    kind: "limit_hit",
    resetsAt,
    message: "spent",
  });

  it("that several channels report is one, with the end that one of them knows", () => {
    const play = new Play();
    const at = play.now + 3_600_000;
    for (const claim of [hit(null), hit(at), hit(null), hit(at)]) play.say("log", claim);
    expect(play.view.session.limit?.value.resetsAt).toBe(at);
    expect(play.events.filter((type) => type === "limit_hit")).toHaveLength(2);
  });

  it("is not lifted by a slower report of the prompt that met it", () => {
    const play = new Play();
    send(play, "one");
    play.say("hook", taken("one"));
    play.say("hook", hit(null));
    play.say("log", taken("one"));
    expect(play.view.session.limit).not.toBeNull();
    send(play, "two");
    play.say("hook", taken("two"));
    expect(play.view.session.limit).toBeNull();
  });
});

describe("an interrupted prompt", () => {
  it("that stands in the composer again was interrupted, whoever did it", () => {
    const play = new Play();
    send(play, "think about it");
    play.say("hook", taken("think about it"));
    play.say("log", { kind: "busy", because: "its status says busy" });
    play.pass(1_000);
    play.say("log", idle);
    const composer = { draft: "think about it", pastePlaceholder: false, line: "> " };
    play.say("screen", { kind: "screen", reading: { ...idleScreen, composer } });
    play.pass(2_000);
    expect(play.turnStates()).toEqual(["interrupted"]);
  });
});

describe("a dialog", () => {
  const dialog: Dialog = {
    kind: "approval",
    text: "Run: ls?",
    subject: "ls",
    acceptsText: false,
    options: [{ label: "Yes", key: "1", role: "allow", reply: "yes" }],
  };
  const channel = { source: "hook", address: "/spool/p" } as const;
  const opened = (ref: string): Claim => ({ kind: "dialog_opened", ref, dialog, channel });

  it("is over when the agent says since when it waits for nobody, and no later one is", () => {
    const play = new Play();
    send(play, "work");
    play.say("hook", taken("work"));
    play.say("hook", opened("call_1"));
    play.pass(1_000);
    const openedBefore = play.now;
    play.pass(10);
    play.say("hook", opened("call_2"));
    play.say("log", { kind: "dialog_closed", ref: null, how: "it goes on", openedBefore });
    expect(play.view.prompts.map(({ ref }) => ref)).toEqual(["call_2"]);
  });

  it("that was over before it was drawn is no new one when it is", () => {
    const drawn = { ...dialog, text: "Something quite different" };
    const reading = { ...idleScreen, composer: null, dialog: drawn, dialogLines: ["x"] };
    const play = new Play();
    send(play, "work");
    play.say("hook", taken("work"));
    play.say("hook", opened("call_1"));
    play.say("hook", { kind: "dialog_closed", ref: "call_1", how: "answered" });
    play.say("screen", { kind: "screen", reading });
    expect(play.view.prompts).toEqual([]);
    // one that the agent reports meanwhile is bound to what is drawn
    play.say("hook", opened("call_2"));
    play.say("screen", { kind: "screen", reading });
    expect(play.view.prompts).toMatchObject([{ ref: "call_2", screenLines: ["x"] }]);
  });
});
