import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { longText } from "../../../providers/fake/directives.mjs";
import { pause } from "../../../src/platform/clock.ts";
import { waitFor } from "../../support/wait.ts";
import { FakeAgents } from "./pane.ts";

let agents: FakeAgents;
beforeAll(() => {
  agents = new FakeAgents();
});
afterAll(() => agents.close());

describe.concurrent("a persona", () => {
  test("completed: finishes with a result and waits for more", async () => {
    const pane = await agents.open({ persona: "completed" });

    await pane.send("say hello\nplease");

    expect(await pane.until("turn_end")).toMatchObject({
      outcome: "completed",
      result: "Done: say hello",
    });
    expect(await pane.untilScreen(/✓ Worked for \d+s/)).toMatch(/• Done: say hello[^]*\n❯/);
  });

  test("question: asks, and is answered by the digit of an option", async () => {
    const pane = await agents.open({ persona: "question" });

    await pane.send("make a button");
    expect(await pane.until("dialog")).toMatchObject({
      kind: "question",
      options: ["Red", "Green", "Blue"],
    });
    await pane.untilScreen(/ ❯ 1\. Red\n   2\. Green/);
    pane.press("2");

    expect(await pane.until("answer")).toMatchObject({ option: "Green", by: "key", key: "2" });
    expect(await pane.until("turn_end")).toMatchObject({ result: "The button is now Green." });
  });

  test("question: takes free text instead, pasted or typed", async () => {
    const pane = await agents.open({ persona: "question" });

    await pane.send("make a button");
    await pane.until("dialog");
    await pane.send("some 2 tone grey");
    expect(await pane.until("answer")).toMatchObject({ option: null, text: "some 2 tone grey" });

    await pane.until("turn_end");
    await pane.send("another one");
    await pane.until("dialog", { count: 2 });
    pane.type("teal");
    await pane.untilScreen(/Or type an answer: teal/);
    pane.press("Enter");
    expect(await pane.until("answer", { count: 2 })).toMatchObject({ text: "teal" });
  });

  test.each([
    ["1", "Yes", "approved"],
    ["y", "Yes", "approved"],
    ["2", "Yes, and don't ask again", "approved"],
    ["3", "No", "denied"],
    ["Enter", "Yes", "approved"],
  ])("approval: key %s means %s", async (key, option, result) => {
    const pane = await agents.open({ persona: "approval" });

    await pane.send("clean up");
    expect(await pane.until("dialog")).toMatchObject({ text: "Run this command?\nrm -rf build" });
    pane.press(key);

    expect(await pane.until("answer")).toMatchObject({ dialog: "d1", option, aborts: false });
    expect(await pane.until("turn_end")).toMatchObject({ result: `The command was ${result}.` });
  });

  test("approval: Escape gives up the turn", async () => {
    const pane = await agents.open({ persona: "approval" });

    await pane.send("clean up");
    await pane.until("dialog");
    pane.press("Escape");

    expect(await pane.until("answer")).toMatchObject({ option: null, aborts: true });
    expect(await pane.until("turn_end")).toMatchObject({ outcome: "interrupted" });
  });

  test("approval: what was always allowed is not asked again", async () => {
    const pane = await agents.open({ persona: "approval" });

    await pane.send("once");
    await pane.until("dialog");
    pane.press("p");
    await pane.until("turn_end");
    await pane.send("twice");
    await pane.until("turn_end", { count: 2 });

    expect(pane.facts("dialog")).toHaveLength(1);
  });

  test("plan: is carried out when it is approved, with arrow and Enter too", async () => {
    const pane = await agents.open({ persona: "plan" });

    await pane.send("do it");
    await pane.untilScreen(/Carry out this plan\?\n {3}- read the code\n/);
    pane.press("Down", "Up", "Down", "Enter");

    expect(await pane.until("answer")).toMatchObject({ kind: "plan", option: "No, keep planning" });
    expect(await pane.until("turn_end")).toMatchObject({
      result: "The plan was kept in planning.",
    });
  });

  test("patch: writes a file into its work folder and shows the tool call", async () => {
    const pane = await agents.open({ persona: "patch" });

    await pane.send("change something");
    await pane.until("turn_end");

    const path = join(pane.workPath, "agentpool_fake_patch.txt");
    expect(readFileSync(path, "utf8")).toBe("patched in turn 1\n");
    expect(
      await pane.untilScreen(/⚙ Write\(agentpool_fake_patch\.txt\)\n {2}└ wrote 18 bytes/),
    ).toBeTruthy();
    expect(pane.log("tool_call")).toMatchObject([{ name: "Write" }]);
    expect(pane.log("tool_result")).toMatchObject([{ ok: true }]);
  });

  test("patch: writes nothing in a read-only session", async () => {
    const pane = await agents.open({ persona: "patch" }, { request: { mode: "read_only" } });

    await pane.send("change something");
    await pane.until("turn_end");

    expect(existsSync(join(pane.workPath, "agentpool_fake_patch.txt"))).toBe(false);
    expect(pane.log("tool_result")).toMatchObject([{ ok: false, text: "refused: read-only" }]);
  });

  test("long_result: says far more than a screen, whole in the transcript", async () => {
    const pane = await agents.open({ persona: "long_result", long_chars: "40000" });

    await pane.send("tell me all");
    await pane.until("turn_end");

    const text = longText(40_000);
    expect(text.split("\n").length).toBeGreaterThan(600);
    expect(pane.log("assistant")).toMatchObject([{ text }]);
    expect(pane.screen()).toContain(text.split("\n").at(-1));
    expect(pane.screen()).not.toContain("line 000001 ");
  });

  test("multi_turn: remembers what was said before", async () => {
    const pane = await agents.open({ persona: "multi_turn" });

    for (const [i, prompt] of ["first", "second", "third"].entries()) {
      await pane.send(prompt);
      await pane.until("turn_end", { count: i + 1 });
    }

    expect(pane.facts("turn_end").at(-1)).toMatchObject({
      turn: "t3",
      result: "Turn 3: third. Before: first; second",
    });
  });

  test("slow: streams, shows that it works, and stops when interrupted", async () => {
    const pane = await agents.open({ persona: "slow", slow_s: "20" });

    await pane.send("take your time");
    await pane.untilScreen(/• chunk0 chunk1[^]*\n\S Working… \(\d+s · esc to interrupt\)/);
    pane.press("Escape");

    expect(await pane.until("interrupt")).toMatchObject({ turn: "t1", obeyed: true });
    expect(await pane.until("turn_end")).toMatchObject({ outcome: "interrupted" });
    await pane.untilScreen(/✗ Interrupted · what should I do instead\?/);
  });

  test("limit: refuses until its limit resets, and says when", async () => {
    const pane = await agents.open({ persona: "limit", limit_s: "12" });

    await pane.send("go");
    expect(await pane.until("turn_end")).toMatchObject({ outcome: "limited" });
    const [limit] = pane.log("limit");
    const resetsAt = Date.parse(String(limit?.["resets_at"]));
    expect(resetsAt - Date.parse(String(limit?.["time"]))).toBeGreaterThan(11_900);
    await pane.untilScreen(
      new RegExp(`◷ Usage limit reached · resets at ${String(limit?.["resets_at"])}`),
    );

    await pane.send("!fake say now?");
    expect(await pane.until("turn_end", { count: 2 })).toMatchObject({ outcome: "limited" });
    await pane.until("limit_lifted");
    await pane.send("!fake say now!");
    expect(await pane.until("turn_end", { count: 3 })).toMatchObject({ result: "now!" });
  });

  test("limit: goes on by itself after the reset when told to", async () => {
    const pane = await agents.open({ auto_continue: "on", title: "off" });

    await pane.send("!fake limit 0.2");
    expect(await pane.until("prompt", { count: 2 })).toMatchObject({
      via: "auto",
      text: "continue",
    });
    expect(await pane.until("turn_end", { count: 2 })).toMatchObject({ outcome: "completed" });
  });

  test("error: the turn fails, the agent lives on", async () => {
    const pane = await agents.open({ persona: "error" });

    await pane.send("go");
    expect(await pane.until("turn_end")).toMatchObject({ outcome: "failed" });
    await pane.untilScreen(/✗ 500 Internal server error/);
    expect(pane.log("turn_end")).toMatchObject([{ error: "500 Internal server error" }]);

    await pane.send("!fake say still here");
    expect(await pane.until("turn_end", { count: 2 })).toMatchObject({ result: "still here" });
  });

  test("crash: ends with its exit code in the middle of the turn", async () => {
    const pane = await agents.open({ persona: "crash", exit_code: "42" });

    await pane.send("go");

    expect(await pane.ended()).toEqual({ code: "42", signal: "" });
    expect(await pane.until("exit")).toMatchObject({ code: 42 });
    expect(pane.facts("turn_end")).toEqual([]);
  });

  test("hang: draws nothing and reads nothing more, and TERM still ends it", async () => {
    const pane = await agents.open({ persona: "hang", spinner: "noisy" });

    await pane.send("go");
    await pane.until("frozen");
    pane.type("anybody there?");
    pane.press("Escape", "Enter");

    // its spinner would turn over several times; what it drew before may still be on its way
    await waitFor(
      async () => {
        const before = pane.screen();
        await pause(400, { keepAlive: true });
        return pane.screen() === before;
      },
      { what: "a screen that stays" },
    );
    expect(pane.screen()).not.toContain("anybody");
    expect(pane.facts("interrupt")).toEqual([]);
    process.kill(pane.pid, "SIGTERM");
    expect(await pane.ended()).toEqual({ code: "143", signal: "" });
  });

  test("stubborn: ignores TERM and HUP and keeps a grandchild in a session of its own", async () => {
    const pane = await agents.open({ persona: "stubborn" });
    const { pid } = await pane.until("grandchild");

    try {
      process.kill(pane.pid, "SIGTERM");
      process.kill(pane.pid, "SIGHUP");
      process.kill(Number(pid), "SIGTERM");
      await pane.until("signal", { count: 2 });

      expect(pane.facts("signal")).toMatchObject([{ ignored: true }, { ignored: true }]);
      await pane.send("still there?");
      expect(await pane.until("turn_end")).toMatchObject({ outcome: "completed" });
      expect(groupOf(Number(pid))).toBe(Number(pid));
    } finally {
      process.kill(Number(pid), "SIGKILL");
    }
  });

  test("idle: has nothing to do", async () => {
    const pane = await agents.open({ persona: "idle" });

    await pane.send("work!");

    expect(await pane.until("turn_end")).toMatchObject({ result: "Nothing to do." });
  });
});

describe.concurrent("a scripted turn", () => {
  test("does what its directives say, in order", async () => {
    const pane = await agents.open();

    await pane.send(
      [
        "Do this:",
        "!fake tool Read a.txt",
        "!fake edit dir/a.txt new text",
        "!fake delete dir/a.txt",
        "!fake usage 10 20 5",
        '!fake ask "Which?" A|B',
        "!fake say chose {answer}",
      ].join("\n"),
    );
    await pane.until("dialog");
    pane.press("2");

    expect(await pane.until("turn_end")).toMatchObject({ result: "chose B" });
    expect(pane.facts("changed")).toMatchObject([{ tool: "Write" }, { tool: "Delete" }]);
    expect(existsSync(join(pane.workPath, "dir/a.txt"))).toBe(false);
    expect(pane.log("usage")).toMatchObject([{ input: 10, output: 20, cached: 5 }]);
  });

  test("with a directive that cannot be read fails and says why", async () => {
    const pane = await agents.open();

    await pane.send("!fake dance");

    expect(await pane.until("turn_end")).toMatchObject({ outcome: "failed" });
    expect(pane.log("turn_end")[0]?.["error"]).toContain('no verb "dance"');
  });

  test("never leaves the work folder, and runs commands only when allowed", async () => {
    const pane = await agents.open();

    await pane.send("!fake edit ../escape.txt x");
    await pane.until("turn_end");
    expect(existsSync(join(pane.workPath, "../escape.txt"))).toBe(false);

    await pane.send("!fake run touch ran");
    expect(await pane.until("turn_end", { count: 2 })).toMatchObject({ outcome: "failed" });
    expect(existsSync(join(pane.workPath, "ran"))).toBe(false);
  });

  test("runs a command when allowed, and tells its exit code", async () => {
    const pane = await agents.open({ allow_run: "on" });

    await pane.send("!fake run echo hello; exit 3\n!fake run pwd");
    await pane.until("turn_end");

    expect(pane.facts("ran")).toMatchObject([{ code: 3 }, { code: 0 }]);
    expect(pane.log("tool_result")).toMatchObject([
      { ok: false, text: "exit 3\nhello" },
      { ok: true, text: `exit 0\n${pane.workPath}` },
    ]);
  });

  test("may leave background jobs behind", async () => {
    const pane = await agents.open();

    await pane.send("!fake background 2 8\n!fake say started");
    await pane.until("turn_end");
    await pane.untilScreen(/◌ 2 background job/);
    await waitFor(() => pane.log("background").length === 2, { what: "the end of the jobs" });

    expect(pane.log("background")).toMatchObject([{ count: 2 }, { count: 0 }]);
    expect((await pane.untilHook("Stop")).payload).toMatchObject({ background_jobs: 2 });
    const told = await pane.untilHook("Notification");
    expect(told.payload).toMatchObject({
      notification_type: "background_jobs",
      background_jobs: 0,
    });
  });

  test("may warn of a limit, hang for a while, and be killed by a signal", async () => {
    const pane = await agents.open();

    await pane.send("!fake warn busy\n!fake hang 0.1\n!fake crash SIGKILL");

    expect(await pane.ended()).toEqual({ code: "", signal: "9" });
    expect(pane.log("limit_warning")).toMatchObject([{ message: "busy" }]);
    expect(pane.facts("thawed")).toHaveLength(1);
    expect(pane.facts("exit")).toMatchObject([{ code: null, signal: "SIGKILL" }]);
  });

  test("takes a prompt as an argument, byte for byte", async () => {
    const prompt = "--odd \"start\"\n'quotes' $HOME `x` é 漢 🎉\n!fake say ok\n";
    const pane = agents.start({}, { prompt });

    const taken = await pane.until("prompt");
    expect(taken).toMatchObject({ via: "argument", text: prompt });
    expect(taken["sha256"]).toBe(createHash("sha256").update(prompt).digest("hex"));
  });
});

function groupOf(pid: number): number {
  return Number(execFileSync("ps", ["-o", "pgid=", "-p", String(pid)], { encoding: "utf8" }));
}
