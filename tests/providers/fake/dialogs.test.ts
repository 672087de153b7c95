import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FakeAgents } from "./pane.ts";

let agents: FakeAgents;
beforeAll(() => {
  agents = new FakeAgents();
});
afterAll(() => agents.close());

describe.concurrent("a dialog", () => {
  test("is answered through its hook, by the reply that names it", async () => {
    const pane = await agents.open({ persona: "approval" });

    await pane.send("clean up");
    const asked = await pane.untilHook("PermissionRequest");
    await pane.untilScreen(/Run this command\?/);
    pane.reply(asked, JSON.stringify({ dialog: asked.payload["dialog_id"], option: "No" }));

    expect(await pane.until("answer")).toMatchObject({ dialog: "d1", option: "No", by: "channel" });
    expect(await pane.until("turn_end")).toMatchObject({ result: "The command was denied." });
    await pane.untilScreen(/\n❯/);
  });

  test("is answered by behavior as well, and never by a reply that means another one", async () => {
    const pane = await agents.open({ persona: "approval" });

    await pane.send("clean up");
    const asked = await pane.untilHook("PermissionRequest");
    pane.reply(asked, JSON.stringify({ dialog: "d7", option: "Yes" }));
    expect(await pane.until("reply_ignored")).toMatchObject({ dialog: "d1" });
    expect(pane.facts("answer")).toEqual([]);
    pane.press("3");
    await pane.until("turn_end");

    await pane.send("again");
    const second = await pane.untilHook("PermissionRequest", 2);
    pane.reply(second, JSON.stringify({ behavior: "allow" }));
    expect(await pane.until("answer", { count: 2 })).toMatchObject({ dialog: "d2", option: "Yes" });
  });

  test("a key may be quicker than the hook, whose reply then does nothing", async () => {
    const pane = await agents.open({ persona: "approval" });

    await pane.send("clean up");
    const asked = await pane.untilHook("PermissionRequest");
    pane.press("1");
    await pane.until("turn_end");
    pane.reply(asked, JSON.stringify({ dialog: "d1", option: "No" }));
    await pane.send("!fake say ok");
    await pane.until("turn_end", { count: 2 });

    expect(pane.facts("answer")).toMatchObject([{ option: "Yes", by: "key" }]);
  });

  test("of a question has a hook that may answer only where that was chosen", async () => {
    const told = await agents.open({ persona: "question" });
    await told.send("button");
    const asked = await told.untilHook("PreToolUse");
    expect(asked.payload["tool_input"]).toMatchObject({
      kind: "question",
      text: "Which color should the button have?",
      options: [{ label: "Red" }, { label: "Green" }, { label: "Blue" }],
    });
    expect(told.hooks("PermissionRequest")).toEqual([]);

    const answered = await agents.open({ persona: "question", answers: "channel" });
    await answered.send("button");
    const open = await answered.untilHook("PermissionRequest");
    answered.reply(open, JSON.stringify({ dialog: open.payload["dialog_id"], option: "Blue" }));
    expect(await answered.until("answer")).toMatchObject({ option: "Blue", by: "channel" });
  });

  test("takes keys only where hooks may not answer", async () => {
    const pane = await agents.open({ persona: "approval", answers: "keys" });

    await pane.send("clean up");
    await pane.untilHook("PermissionRequest");
    pane.press("3");

    expect(await pane.until("answer")).toMatchObject({ option: "No", by: "key" });
  });

  test("is drawn only when its hook has nothing to say, where the agent does it so", async () => {
    const pane = await agents.open({ persona: "approval", dialog_during_hook: "off" });

    await pane.send("clean up");
    const asked = await pane.untilHook("PermissionRequest");
    expect(await pane.until("dialog")).toMatchObject({ drawn: false });
    expect(pane.screen()).not.toContain("Run this command?");
    pane.reply(asked, "");

    await pane.until("dialog_drawn");
    await pane.untilScreen(/Run this command\?/);
    pane.press("1");
    expect(await pane.until("answer")).toMatchObject({ option: "Yes" });
  });

  test("that is not drawn ends with its turn when that is interrupted", async () => {
    const pane = await agents.open({ persona: "approval", dialog_during_hook: "off" });

    await pane.send("clean up");
    await pane.untilHook("PermissionRequest");
    pane.press("Escape");

    expect(await pane.until("dialog_closed")).toMatchObject({ because: "withdrawn" });
    expect(await pane.until("turn_end")).toMatchObject({ outcome: "interrupted" });
  });

  test("changes under whoever answers it: other text, other order, same place", async () => {
    const pane = await agents.open({ persona: "approval", dialog_change_ms: "10000" });

    await pane.send("clean up");
    const first = await pane.untilHook("PermissionRequest");
    await pane.untilScreen(/rm -rf build[^]*1\. Yes\n[^]*3\. No/);
    await pane.until("dialog", { count: 2 });
    await pane.untilScreen(/git push --force[^]*1\. No\n[^]*3\. Yes/);
    pane.reply(first, JSON.stringify({ dialog: "d1", option: "Yes" }));
    const second = await pane.untilHook("PermissionRequest", 2);
    pane.reply(second, JSON.stringify({ dialog: "d2", option: "No" }));

    await pane.until("turn_end");
    expect(pane.facts("dialog_closed")).toMatchObject([
      { dialog: "d1", because: "replaced" },
      { dialog: "d2", because: "answered" },
    ]);
    expect(pane.facts("answer")).toMatchObject([{ dialog: "d2", option: "No", by: "channel" }]);
    expect(pane.log("dialog_closed")).toMatchObject([{ call: "c1" }, { call: "c2" }]);
    expect(pane.hooks("PostToolUse").map((call) => call.payload["tool_use_id"])).toEqual([
      "c1",
      "c2",
    ]);
  });

  test("changes when a directive says so, a question too", async () => {
    const pane = await agents.open();

    await pane.send('!fake change 0.1\n!fake ask "Which?" A|B\n!fake say {answer}');
    await pane.until("dialog", { count: 2 });
    pane.press("1");

    expect(await pane.until("answer")).toMatchObject({ dialog: "d2", option: "B branch" });
  });

  test("pops up between a paste and its Enter, which then answers it", async () => {
    const pane = await agents.open({ dialog_on_paste: "1" });

    pane.paste("my prompt");
    pane.press("Enter");

    expect(await pane.until("answer")).toMatchObject({ dialog: "d1", option: "Yes", key: "enter" });
    await pane.untilScreen(/❯ my prompt/);
    expect(pane.facts("prompt")).toEqual([]);
    pane.press("Enter");
    expect(await pane.until("prompt")).toMatchObject({ text: "my prompt" });
  });

  test("pops up by itself while nothing runs", async () => {
    const pane = await agents.open({ nudge_ms: "50" });

    expect(await pane.until("dialog")).toMatchObject({ kind: "limit", turn: null });
    await pane.untilScreen(/Switch to a cheaper model\?/);
    pane.press("2");
    expect(await pane.until("answer")).toMatchObject({ option: "Keep the current model" });
  });

  test("waits for the one before it", async () => {
    const pane = await agents.open({ nudge_ms: "10000", persona: "approval" });

    await pane.send("clean up");
    await pane.until("dialog");
    expect(await pane.until("dialog", { count: 2 })).toMatchObject({ kind: "limit", drawn: false });
    expect(pane.facts("dialog_drawn")).toEqual([]);
    pane.press("1");

    expect(await pane.until("dialog_drawn")).toMatchObject({ dialog: "d2" });
    await pane.untilScreen(/Switch to a cheaper model\?/);
    expect(pane.facts("answer")).toMatchObject([{ dialog: "d1" }]);
  });

  test("may lose the first keys that would have answered it", async () => {
    const pane = await agents.open({ persona: "approval", swallow_answers: "2" });

    await pane.send("clean up");
    await pane.until("dialog");
    pane.press("3");
    pane.press("Enter");
    await pane.until("answer_swallowed", { count: 2 });
    pane.press("3");

    expect(await pane.until("answer")).toMatchObject({ option: "No" });
    expect(pane.facts("answer")).toHaveLength(1);
  });

  test("may be the last thing the agent does", async () => {
    const pane = await agents.open({
      persona: "approval",
      exit_in_dialog_ms: "50",
      exit_code: "9",
    });

    await pane.send("clean up");

    expect(await pane.ended()).toEqual({ code: "9", signal: "" });
    expect(pane.facts().at(-1)).toMatchObject({ fact: "exit", because: "exit_in_dialog_ms" });
    expect(pane.facts("answer")).toEqual([]);
  });

  test("about paid usage ends the turn as limited when it is declined", async () => {
    const pane = await agents.open();

    await pane.send("!fake overage Go on for 5 dollars?\n!fake say went on");
    expect(await pane.until("dialog")).toMatchObject({
      kind: "limit",
      text: "Go on for 5 dollars?",
    });
    expect(pane.hooks("PermissionRequest")).toEqual([]);
    pane.press("1");

    expect(await pane.until("turn_end")).toMatchObject({ outcome: "limited" });
  });

  test("swallows a paste unless it takes text, and typed letters choose in it", async () => {
    const pane = await agents.open({ persona: "approval" });

    await pane.send("clean up");
    await pane.until("dialog");
    await pane.send("no");
    expect(await pane.until("lost_text")).toMatchObject({ dialog: "d1", text: "no" });
    expect(await pane.until("answer")).toMatchObject({ option: "Yes", key: "enter" });

    await pane.until("turn_end");
    await pane.send("again");
    await pane.until("dialog", { count: 2 });
    pane.type("any text");
    expect(await pane.until("answer", { count: 2 })).toMatchObject({ option: "No", key: "n" });
    await pane.until("turn_end", { count: 2 });
    expect(pane.screen()).toContain("❯ y text");
  });
});

describe.concurrent("a dialog at the start", () => {
  test("about trust has leaving chosen beforehand: a blind Enter ends the agent", async () => {
    const pane = agents.start({ trust: "on" });

    await pane.untilScreen(/Do you trust the files in this folder\?[^]*❯ 1\. No, exit/);
    pane.press("Enter");

    expect(await pane.ended()).toEqual({ code: "1", signal: "" });
    expect(pane.facts("answer")).toMatchObject([{ kind: "startup", option: "No, exit" }]);
  });

  test("about trust takes a letter of pasted text for its answer", async () => {
    const pane = agents.start({ trust: "always" }, { request: { trustFolder: true } });

    await pane.untilScreen(/Do you trust/);
    pane.paste("try this");

    expect(await pane.until("answer")).toMatchObject({
      option: "Yes, I trust this folder",
      key: "y",
    });
  });

  test("about trust is not shown when the launch says that the folder is trusted", async () => {
    const pane = await agents.open({ trust: "on" }, { request: { trustFolder: true } });

    expect(pane.facts("dialog")).toEqual([]);
  });

  test("about an update comes before that, and updating ends the agent", async () => {
    const pane = agents.start({ update: "on", trust: "on" });

    await pane.untilScreen(/Update available/);
    pane.press("2");
    await pane.untilScreen(/Do you trust/);
    pane.press("2");
    await pane.until("ready");

    const other = agents.start({ update: "on" });
    await other.untilScreen(/Update available/);
    other.press("1");
    expect(await other.ended()).toEqual({ code: "0", signal: "" });
  });
});
