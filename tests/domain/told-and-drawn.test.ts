/** Dialogs that a channel tells of and the screen draws, and what a channel will still tell. */
import { describe, expect, it } from "vitest";
import { queueDelivery, moveDelivery } from "../../src/domain/delivery-rules.ts";
import { Draft } from "../../src/domain/draft.ts";
import { restate } from "../../src/domain/evidence.ts";
import type { Dialog } from "../../src/domain/prompt.ts";
import { busyScreen, idleScreen, Play } from "../support/session.ts";

function about(command: string): Dialog {
  return {
    kind: "approval",
    text: `Reason: none\n$ ${command}`,
    subject: command,
    acceptsText: false,
    options: [],
  };
}

/** A running turn in which the agent asked about these commands. */
function asking(...commands: readonly string[]): Play {
  const play = new Play();
  play.say("hook", { kind: "prompt_taken", text: "work", agentTurn: "t" });
  for (const command of commands) {
    const dialog = about(command);
    play.say("hook", { kind: "dialog_opened", ref: `call ${command}`, dialog, channel: null });
  }
  return play;
}

function draw(play: Play, text: string): void {
  const dialog: Dialog = {
    ...about(""),
    text,
    subject: /^\$ (.*)$/m.exec(text)?.[1] ?? null,
    options: [{ label: "Yes", key: "1", role: "allow", reply: null }],
  };
  const reading = { ...idleScreen, composer: null, dialog, dialogLines: [text] };
  play.say("screen", { kind: "screen", reading });
}

function answer(play: Play, id: string): void {
  const draft = new Draft(play.view);
  draft.setPrompt(id, {
    state: "answer_unconfirmed",
    answeredAt: play.now,
    answer: { label: "Yes", text: null, author: "person", via: "keys" },
  });
  restate(draft, play.now, play.now);
  play.view = draft.view();
}

function drawnIds(play: Play): string[] {
  return play.view.prompts.filter(({ screenLines }) => screenLines !== null).map(({ id }) => id);
}

describe("the end of a dialog that a channel told of", () => {
  it("is believed the screen soon after the key that answers it", () => {
    const play = asking("sleep 600");
    draw(play, "Environment: local\n$ sleep 600");
    answer(play, play.view.prompts[0]?.id ?? "");
    play.say("screen", { kind: "screen", reading: busyScreen });
    play.pass(400);

    expect(play.view.prompts).toEqual([]);
    expect(play.events).toContain("prompt_answered");
    expect(play.state).toBe("running");
  });

  it("is believed the screen late while nobody answered it", () => {
    const play = asking("sleep 600");
    draw(play, "$ sleep 600");
    play.say("screen", { kind: "screen", reading: busyScreen });
    play.pass(2_000);
    expect(play.state).toBe("awaiting_approval");
    play.pass(2_000);
    expect(play.state).toBe("running");
    expect(play.events).toContain("prompt_withdrawn");
  });

  it("shows in the next one that takes its place", () => {
    const play = asking("one", "two");
    draw(play, "$ one");
    const [first, second] = play.view.prompts;
    answer(play, first?.id ?? "");
    draw(play, "$ two");
    play.pass(400);

    expect(play.view.prompts.map(({ id }) => id)).toEqual([second?.id]);
    expect(drawnIds(play)).toEqual([second?.id]);
    expect(play.state).toBe("awaiting_approval");
  });
});

describe("a drawn dialog", () => {
  it("that a channel tells of a moment later is known by the channel", () => {
    const play = asking();
    draw(play, "$ one");
    expect(play.view.session.stateSource).toBe("screen");
    const told = { ref: "call", dialog: about("one"), channel: null };
    play.say("hook", { kind: "dialog_opened", ...told });

    expect(play.view.prompts).toMatchObject([{ ref: "call", openedBy: "hook" }]);
    expect(play.view.session.stateSource).toBe("hook");
  });

  it.each(["one", "two"])("belongs to the one of several that has its words: %s", (command) => {
    const play = asking("one", "two");
    draw(play, `Environment: local\n$ ${command}`);

    const bound = play.view.prompts.filter(({ screenLines }) => screenLines !== null);
    expect(bound.map(({ subject }) => subject)).toEqual([command]);
  });

  it("that shows only the beginning of a script belongs to that script", () => {
    const script = (word: string): string =>
      Array.from({ length: 80 }, (_, line) => `echo ${word} ${line}`).join("\n");
    const play = asking(script("first"), script("second"));
    draw(play, `$ ${script("second").split("\n").slice(0, 40).join("\n  ")}`);

    const bound = play.view.prompts.filter(({ screenLines }) => screenLines !== null);
    expect(bound.map(({ subject }) => subject)).toEqual([script("second")]);
  });

  it("whose words fit none of several is none of them", () => {
    const play = asking("one", "two");
    const told = play.view.prompts.map(({ id }) => id);
    draw(play, "May the network be used?");

    expect(drawnIds(play)).toHaveLength(1);
    expect(told).not.toContain(drawnIds(play)[0]);
    expect(play.view.prompts).toHaveLength(3);
  });
});

describe("what a channel will tell", () => {
  function sent(): Play {
    const play = new Play();
    play.say("terminal", { kind: "idle", because: "the title" });
    const draft = new Draft(play.view);
    const { id } = queueDelivery(draft, play.context, {
      text: "work",
      preview: "work",
      sizeBytes: 4,
      sha256: "",
      via: "pane",
      when: "idle",
      author: "person",
      idempotencyKey: null,
      acceptance: "exact",
      promptId: null,
      ttlMs: 600_000,
    });
    moveDelivery(draft, play.context, id, "pasted", null);
    moveDelivery(draft, play.context, id, "submitted", null);
    restate(draft, play.now, play.now);
    play.view = draft.view();
    return play;
  }

  it("is awaited for a moment, so that a turn is begun by the channel and not by a title", () => {
    const play = sent();
    play.say("terminal", { kind: "busy", because: "the title" });
    play.pass(300);
    expect(play.state).toBe("idle");
    play.say("hook", { kind: "prompt_taken", text: "work", agentTurn: "t" });

    expect(play.view.session.stateSource).toBe("hook");
    expect(play.view.turns).toMatchObject([{ state: "running", takenBy: ["hook"] }]);
  });

  it("is not awaited for ever", () => {
    const play = sent();
    play.say("terminal", { kind: "busy", because: "the title" });
    play.pass(1_000);
    expect(play.view.turns).toMatchObject([{ state: "running", takenBy: ["terminal"] }]);
  });

  it("about a limit is not read from the screen, where an old refusal may stand", () => {
    const limit = { message: "the limit is reached", resetsAt: null };
    const reading = { ...idleScreen, limit };
    const alone = new Play();
    alone.say("screen", { kind: "screen", reading });
    expect(alone.state).toBe("limited");

    const told = new Play();
    told.say("log", { kind: "prompt_taken", text: "work", agentTurn: "t" });
    told.say("log", {
      kind: "turn_ended",
      outcome: "completed",
      agentTurn: "t",
      result: null,
      error: null,
    });
    told.say("screen", { kind: "screen", reading });
    expect(told.state).toBe("idle");
  });
});

describe("a dialog at the start", () => {
  /** Its folder was asked about, the answer was given, and the screen was not drawn since. */
  function answeredAtStart(): Play {
    const play = new Play();
    drawTrust(play);
    answer(play, play.view.prompts[0]?.id ?? "");
    return play;
  }

  function drawTrust(play: Play): void {
    const options = [{ label: "Yes", key: "1", role: "allow", reply: null }] as const;
    const dialog: Dialog = { ...about(""), kind: "startup", text: "Trust this folder?", options };
    const reading = { ...idleScreen, composer: null, dialog, dialogLines: [dialog.text] };
    play.say("screen", { kind: "screen", reading });
  }

  it("is over once the agent takes a prompt, and is not opened again by what is still drawn", () => {
    const play = answeredAtStart();
    play.say("log", { kind: "prompt_taken", text: "work", agentTurn: "t" });
    expect(play.events).toContain("prompt_answered");
    drawTrust(play);
    expect(play.view.prompts).toEqual([]);
  });

  it("stays where an earlier prompt is told again", () => {
    const play = new Play();
    play.say("log", { kind: "prompt_taken", text: "work", agentTurn: "t" });
    drawTrust(play);
    play.say("hook", { kind: "prompt_taken", text: "work", agentTurn: "t" });
    expect(play.view.prompts).toMatchObject([{ kind: "startup" }]);
  });
});
