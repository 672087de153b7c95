import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import fake from "../../../providers/fake/provider.ts";
import { hookCommand } from "../../../src/provider/hooks.ts";
import { waitFor } from "../../support/wait.ts";
import { FakeAgents, type PaneOptions } from "./pane.ts";

let agents: FakeAgents;
beforeAll(() => {
  agents = new FakeAgents();
});
afterAll(() => agents.close());

describe.concurrent("the hooks", () => {
  test("tell a turn in its order, each with conversation and turn", async () => {
    const pane = await agents.open();

    await pane.send("!fake tool Read a.txt\n!fake approve ls\n!fake say done");
    await pane.untilHook("PermissionRequest");
    await pane.until("dialog");
    pane.press("1");
    await pane.untilHook("Stop");
    await pane.send("/quit");
    await pane.ended();

    const calls = pane.hooks().filter((call) => call.event !== "Notification");
    expect(calls.map((call) => call.event)).toEqual([
      "SessionStart",
      "UserPromptSubmit",
      "PreToolUse",
      "PostToolUse",
      "PreToolUse",
      "PermissionRequest",
      "PostToolUse",
      "Stop",
      "SessionEnd",
    ]);
    for (const { event, payload } of calls) {
      expect(payload).toMatchObject({
        hook_event_name: event,
        session_id: "11111111-2222-4333-8444-555555555555",
        turn_id: event.startsWith("Session") ? null : "t1",
        transcript_path: pane.logPath,
        cwd: pane.workPath,
      });
    }
    expect(calls.at(-2)?.payload).toMatchObject({ last_assistant_message: "done" });
    expect(pane.hooks("Notification")[0]?.payload).toMatchObject({
      notification_type: "permission_prompt",
    });
  });

  test("say nothing of interrupted and failed turns, unless told to", async () => {
    const pane = await agents.open();
    await pane.send("!fake fail");
    await pane.until("turn_end");
    await pane.send("!fake sleep 9");
    await pane.until("turn_start", { count: 2 });
    pane.press("Escape");
    await pane.until("turn_end", { count: 2 });
    await pane.send("!fake say ok");
    await pane.until("turn_end", { count: 3 });
    expect(pane.hooks("Stop").map((call) => call.payload["turn_id"])).toEqual(["t3"]);

    const other = await agents.open({ stop_always: "on" });
    await other.send("!fake fail");
    await other.until("turn_end");
    expect(other.hooks("Stop")).toHaveLength(1);
  });

  test("never fire, fire twice or for a foreign conversation, as told", async () => {
    const pane = await agents.open({
      hook_fault: "UserPromptSubmit:never,Stop:twice,SessionStart:foreign",
    });

    await pane.send("!fake say one");
    await pane.until("turn_end");

    expect(pane.hooks("UserPromptSubmit")).toEqual([]);
    expect(pane.hooks("Stop").map((call) => call.payload["turn_id"])).toEqual(["t1", "t1"]);
    const starts = pane.hooks("SessionStart").map((call) => call.payload["source"]);
    expect(starts).toEqual(["subagent", "startup"]);
    expect(pane.facts("hook").map((fact) => [fact["event"], fact["how"]])).toEqual([
      ["SessionStart", "foreign"],
      ["SessionStart", "called"],
      ["UserPromptSubmit", "never"],
      ["Stop", "called"],
      ["Stop", "twice"],
    ]);
  });

  test("fire late", async () => {
    const pane = await agents.open({ hook_fault: "Stop:late", hook_late_ms: "6000..6200" });

    await pane.send("!fake say one");
    const ended = await pane.until("turn_end");
    expect(pane.hooks("Stop")).toEqual([]);
    await pane.untilHook("Stop");

    const late = pane.facts("hook").find((fact) => fact["how"] === "late");
    expect((late?.at ?? 0) - ended.at).toBeGreaterThanOrEqual(5_990);
  });

  test("are not called at all when they are off", async () => {
    const pane = await agents.open({ hooks: "off", title: "off" });

    await pane.send("!fake approve ls");
    await pane.until("dialog");
    pane.press("1");
    await pane.until("turn_end");

    expect(pane.hooks()).toEqual([]);
    expect(pane.log("turn_end")).toHaveLength(1);
    expect(pane.title).not.toContain("fake ·");
  });
});

describe.concurrent("the hook command that agentpool registers", () => {
  const asIs = (spool: string): PaneOptions => ({
    request: { hook: (event, options) => hookCommand(spool, event, options) },
  });
  const untilFile = (spool: string, pattern: RegExp): Promise<string> =>
    waitFor(() => readdirSync(spool).find((file) => pattern.test(file)), {
      what: `${pattern} in the spool`,
    });

  test("lets a dialog be answered through its pipe", async () => {
    const spool = mkdtempSync(join(agents.folder, "spool-"));
    const pane = await agents.open({ persona: "approval" }, asIs(spool));

    await pane.send("clean up");
    const file = await untilFile(spool, /^PermissionRequest\..*\.json$/);
    const payload: unknown = JSON.parse(readFileSync(join(spool, file), "utf8"));
    const [claim] = fake.hooks?.read("PermissionRequest", payload, null).claims ?? [];
    const options = claim?.kind === "dialog_opened" ? claim.dialog.options : [];
    writeFileSync(join(spool, `${file}.reply`), `${options[2]?.reply}\n`);

    expect(await pane.until("answer")).toMatchObject({ option: "No", by: "channel" });
    expect(await pane.until("turn_end")).toMatchObject({ outcome: "completed" });
  });

  test("leaves no pipe behind when a key was quicker", async () => {
    const spool = mkdtempSync(join(agents.folder, "spool-"));
    const pane = await agents.open({ persona: "approval" }, asIs(spool));

    await pane.send("clean up");
    await untilFile(spool, /^PermissionRequest\..*\.json$/);
    pane.press("1");

    await pane.until("turn_end");
    await waitFor(() => !readdirSync(spool).some((file) => file.endsWith(".reply")), {
      what: "the end of the pipe",
    });
    expect(pane.facts("answer")).toMatchObject([{ option: "Yes", by: "key" }]);
  });
});

describe.concurrent("the transcript", () => {
  test("is not there before the first prompt, and tells the whole turn", async () => {
    const pane = await agents.open();
    expect(pane.log()).toEqual([]);

    await pane.send("!fake say half\n!fake approve ls\n!fake say done");
    await pane.until("dialog");
    pane.press("1");
    await pane.until("turn_end");

    expect(pane.log().map((line) => line["type"])).toEqual([
      "user",
      "assistant",
      "tool_call",
      "dialog_opened",
      "dialog_closed",
      "tool_result",
      "assistant",
      "usage",
      "turn_end",
    ]);
    expect(pane.log("turn_end")).toMatchObject([{ outcome: "completed", last_message: "done" }]);
    expect(new Set(pane.log().map((line) => line["id"])).size).toBe(9);
  });

  test("is silent about dialogs, or altogether, when told to", async () => {
    const silent = await agents.open({ log_dialogs: "off" });
    await silent.send("!fake approve ls");
    await silent.until("dialog");
    silent.press("1");
    await silent.until("turn_end");
    expect(silent.log().filter((line) => String(line["type"]).startsWith("dialog"))).toEqual([]);

    const off = await agents.open({ log: "off" });
    await off.send("!fake say hello");
    await off.until("turn_end");
    expect(off.log()).toEqual([]);
    expect((await off.untilHook("Stop")).payload["transcript_path"]).toBeNull();
  });

  test("comes late and in halves, in order and whole in the end", async () => {
    const pane = await agents.open({ log_delay_ms: "600", log_split: "on" });

    await pane.send("!fake say one\n!fake say two");
    await pane.until("turn_end");
    expect(pane.log("turn_end")).toEqual([]);
    await waitFor(() => pane.log("turn_end").length === 1);

    expect(pane.log().map((line) => line["id"])).toEqual(["e1", "e2", "e3", "e4", "e5"]);
  });

  test("begins anew with a new conversation", async () => {
    const pane = await agents.open({ persona: "multi_turn" });

    await pane.send("first");
    await pane.until("turn_end");
    await pane.send("/clear");
    const started = await pane.untilHook("SessionStart", 2);
    expect(started.payload).toMatchObject({
      source: "clear",
      session_id: "11111111-2222-4333-8444-555555555555-2",
    });
    await pane.send("second");

    expect(await pane.until("turn_end", { count: 2 })).toMatchObject({
      result: "Turn 2: second. Before: ",
    });
    expect(pane.log("user")).toMatchObject([{ text: "first" }]);
  });
});

describe.concurrent("the end of the agent", () => {
  test.each([
    ["SIGTERM", "code", { code: "143", signal: "" }],
    ["SIGHUP", "code", { code: "129", signal: "" }],
    ["SIGTERM", "signal", { code: "", signal: "15" }],
  ])("by %s as %s", async (signal, how, end) => {
    const pane = await agents.open({ term_exit: how });

    process.kill(pane.pid, signal);

    expect(await pane.ended()).toEqual(end);
    expect(pane.facts("signal")).toMatchObject([{ signal, ignored: false }]);
  });

  test("by Ctrl-C takes two of them, and says so in between", async () => {
    const pane = await agents.open({ exit_delay_ms: "100" });

    pane.press("C-c");
    await pane.untilScreen(/Press Ctrl-C again to exit/);
    pane.press("C-c");

    expect(await pane.ended()).toEqual({ code: "0", signal: "" });
    const [called, exit] = [pane.facts("hook").at(-1), pane.facts("exit")[0]];
    expect(called).toMatchObject({ event: "SessionEnd" });
    expect((exit?.at ?? 0) - (called?.at ?? 0)).toBeGreaterThanOrEqual(95);
  });

  test("comes with the definition's keys from a draft, a turn and a dialog", async () => {
    const draft = await agents.open();
    const turn = await agents.open();
    const dialog = await agents.open({ persona: "approval" });
    draft.type("a draft");
    await turn.send("!fake sleep 30");
    await turn.until("turn_start");
    await dialog.send("clean up");
    await dialog.until("dialog");
    await draft.untilScreen(/❯ a draft/);

    for (const pane of [draft, turn, dialog]) {
      for (const [i, keys] of fake.exit.keys.entries()) {
        const before = Date.now();
        if (i > 0) await waitFor(() => Date.now() - before >= fake.exit.gapMs);
        pane.press(...keys);
      }
      expect(await pane.ended()).toEqual({ code: "0", signal: "" });
    }
  });

  test("by kill -9 loses nothing of the record", async () => {
    const pane = await agents.open();

    await pane.send("!fake say one\n!fake sleep 30");
    await pane.until("turn_start");
    process.kill(pane.pid, "SIGKILL");

    expect(await pane.ended()).toEqual({ code: "", signal: "9" });
    expect(pane.facts().map((fact) => fact.fact)).toEqual(
      expect.arrayContaining(["start", "ready", "paste", "enter", "prompt", "turn_start"]),
    );
    expect(pane.facts().map((fact) => fact.n)).toEqual(pane.facts().map((_, i) => i + 1));
  });

  test("comes with the end of its terminal, and not when it ignores that", async () => {
    const mortal = await agents.open();
    const stubborn = await agents.open({ ignore_signals: "HUP" });
    const { pid } = stubborn;

    mortal.kill();
    stubborn.kill();

    expect(await mortal.until("exit")).toMatchObject({ code: 129 });
    expect(await stubborn.until("signal")).toMatchObject({ signal: "SIGHUP", ignored: true });
    expect(() => process.kill(pid, 0)).not.toThrow();
    process.kill(pid, "SIGTERM");
    expect(await stubborn.until("exit")).toMatchObject({ code: 143 });
  });
});
