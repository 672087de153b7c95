import { describe, expect, test } from "vitest";
import { moveDelivery, queueDelivery } from "../../src/domain/delivery-rules.ts";
import { Draft } from "../../src/domain/draft.ts";
import type { Delivery } from "../../src/domain/delivery.ts";
import type { Dialog } from "../../src/domain/prompt.ts";
import { idleScreen, Play } from "../support/session.ts";

const approval: Dialog = {
  kind: "approval",
  text: "$ ls",
  subject: "ls",
  acceptsText: false,
  options: [
    { label: "Allow", key: null, role: "allow", reply: '{"reply":"once"}' },
    { label: "Reject", key: null, role: "deny", reply: '{"reply":"reject"}' },
  ],
};

/** A text on its way through the agent's own channel, whose turn has this id there. */
function handOver(play: Play, text: string, agentTurn: string): Delivery {
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
    acceptance: "exact",
    promptId: null,
    ttlMs: 60_000,
  });
  moveDelivery(draft, play.context, delivery.id, "pasted", null);
  draft.setDelivery(delivery.id, { via: "api" });
  if (delivery.turnId !== null) draft.setTurn(delivery.turnId, { agentTurn });
  play.view = draft.view();
  return delivery;
}

describe("a text that goes through the agent's channel", () => {
  test("is accepted by its id, before the request that brought it was answered", () => {
    const play = new Play();
    handOver(play, "do it", "msg_1");
    play.say("api", { kind: "prompt_taken", text: "DO IT", agentTurn: "msg_1" });
    expect(play.events).toContain("delivery_accepted");
    expect(play.view.turns).toMatchObject([
      { author: "person", state: "running", prompt: "do it" },
    ]);
  });

  test("is not taken for another one of the same words that a person typed", () => {
    const play = new Play();
    handOver(play, "do it", "msg_2");
    play.say("api", { kind: "prompt_taken", text: "something else", agentTurn: "msg_1" });
    expect(play.view.deliveries).toMatchObject([{ state: "pasted" }]);
  });

  test("is queued by the agent, before the request that brought it was answered", () => {
    const play = new Play();
    play.say("api", { kind: "prompt_taken", text: "first", agentTurn: "msg_0" });
    handOver(play, "do it", "msg_1");
    play.say("api", { kind: "prompt_queued", text: "do it" });
    expect(play.view.deliveries).toMatchObject([{ state: "queued_by_agent" }]);
  });

  test("is submitted without a key", () => {
    const play = new Play();
    const { id } = handOver(play, "do it", "msg_1");
    const draft = new Draft(play.view);
    moveDelivery(draft, play.context, id, "submitted", null);
    expect(draft.delivery(id)).toMatchObject({ state: "submitted", enters: 0 });
  });
});

describe("the end of a dialog, as the channel tells it", () => {
  const opened = (): Play => {
    const play = new Play();
    play.say("api", { kind: "prompt_taken", text: "go", agentTurn: "msg_1" });
    play.say("api", {
      kind: "dialog_opened",
      ref: "per_1",
      dialog: approval,
      channel: { source: "api", address: "/permission/per_1" },
    });
    return play;
  };
  const answered = (play: Play, label: string): void => {
    const draft = new Draft(play.view);
    const [prompt] = play.view.prompts;
    draft.setPrompt(prompt?.id ?? "", {
      answer: { label, text: null, author: "person", via: "channel" },
      state: "answer_unconfirmed",
    });
    play.view = draft.view();
  };
  const closed = (reply?: string) =>
    ({
      kind: "dialog_closed",
      ref: "per_1",
      how: "answered",
      ...(reply ? { reply } : {}),
    }) as const;

  test("is our answer's when it names the same option, or none", () => {
    for (const reply of ['{"reply":"once"}', undefined]) {
      const play = opened();
      answered(play, "Allow");
      play.say("api", closed(reply));
      expect(play.events.at(-2)).toBe("prompt_answered");
    }
  });

  test("is somebody else's when it names another option", () => {
    const play = opened();
    answered(play, "Allow");
    play.say("api", closed('{"reply":"reject"}'));
    expect(play.events).toContain("prompt_withdrawn");
    expect(play.events).not.toContain("prompt_answered");
  });

  test("is nobody's when we gave no answer", () => {
    const play = opened();
    play.say("api", closed('{"reply":"once"}'));
    expect(play.events).toContain("prompt_withdrawn");
  });
});

describe("a turn of which the agent tells", () => {
  test("that begins late is not over, though a status of idle came with its prompt", () => {
    const play = new Play();
    play.say("api", { kind: "prompt_taken", text: "do it", agentTurn: "msg_1" });
    play.say("api", { kind: "idle", because: "the agent says so" });
    play.pass(8_000);
    expect(play.turnStates()).toEqual(["running"]);

    play.say("api", { kind: "busy", because: "the agent says so" });
    play.pass(20_000);
    expect(play.turnStates()).toEqual(["running"]);
  });

  test("that is given up at once is over when the status of idle that came with it stays", () => {
    const play = new Play();
    play.say("api", { kind: "prompt_taken", text: "do it", agentTurn: "msg_1" });
    play.say("api", { kind: "idle", because: "the agent says so" });
    play.pass(20_000);
    expect(play.turnStates()).toEqual(["completed"]);
  });
});

describe("idle by the looks of it", () => {
  test("is idle by the agent's word as soon as it says so", () => {
    const play = new Play();
    play.say("screen", { kind: "screen", reading: idleScreen });
    expect(play.view.session).toMatchObject({ state: "idle", stateSource: "screen" });
    play.now += 50;
    play.say("api", { kind: "idle", because: "the agent says so" });
    expect(play.view.session).toMatchObject({ state: "idle", stateSource: "api" });
  });

  test("stays so when what the agent said is older than the looks", () => {
    const play = new Play();
    play.say("api", { kind: "idle", because: "the agent says so" });
    play.say("screen", { kind: "screen", reading: { ...idleScreen, busy: true } });
    play.now += 10;
    play.say("screen", { kind: "screen", reading: idleScreen });
    expect(play.view.session.stateSource).toBe("api");
  });
});
