import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commands } from "../../../providers/fake/commands.mjs";
import fake from "../../../providers/fake/provider.ts";
import { refuseText } from "../../../src/session/refuse-text.ts";
import { waitFor } from "../../support/wait.ts";
import { FakeAgents } from "./pane.ts";

let agents: FakeAgents;
beforeAll(() => {
  agents = new FakeAgents();
});
afterAll(() => agents.close());

describe.concurrent("a text on its way into the agent", () => {
  test("arrives byte for byte: quotes, blanks, tabs, emoji, carriage returns, no UTF-8 at all", async () => {
    const text = Buffer.concat([
      Buffer.from('  it\'s "quoted" !here #now /not/a/command\n\ttab 🎉 漢字 e\u0301\r\nend \n'),
      Buffer.from([0xff, 0xc3, 0x28]),
    ]);
    const pane = await agents.open();

    pane.paste(text);
    await pane.until("paste");
    pane.press("Enter");

    const taken = await pane.until("prompt");
    expect(taken).toMatchObject({ bytes: text.length, via: "keys", taken: "now", text: null });
    expect(taken["sha256"]).toBe(createHash("sha256").update(text).digest("hex"));
    expect(taken["base64"]).toBe(text.toString("base64"));
  });

  test("may be a million bytes and shows as a placeholder meanwhile", async () => {
    const text = "0123456789 abcdef ".repeat(58_255).slice(0, 1024 * 1024);
    const pane = await agents.open();

    pane.paste(text);
    await pane.until("paste");
    await pane.untilScreen(/❯ \[Pasted text: 1048576 bytes\]/);
    pane.press("Enter");

    const taken = await pane.until("prompt");
    expect(taken["sha256"]).toBe(createHash("sha256").update(text).digest("hex"));
  });

  test("is a draft until Enter, and Ctrl-U or Ctrl-C take it away", async () => {
    const pane = await agents.open();

    pane.type("half a thought");
    await pane.untilScreen(/❯ half a thought/);
    pane.press("C-u");
    await pane.until("cleared");
    pane.type("another");
    pane.press("C-c");

    expect(await pane.until("cleared", { count: 2 })).toMatchObject({ text: "another" });
    expect(pane.facts("prompt")).toEqual([]);
  });

  test("goes on with Alt-Enter on the next line", async () => {
    const pane = await agents.open();

    pane.type("one");
    pane.press("M-Enter");
    pane.type("two");
    pane.press("Enter");

    expect(await pane.until("prompt")).toMatchObject({ text: "one\ntwo" });
  });

  test("stays when an Enter is swallowed", async () => {
    const pane = await agents.open({ swallow_enters: "2" });

    await pane.send("please");
    pane.press("Enter");
    await pane.until("enter", { count: 2 });
    await pane.untilScreen(/❯ please/);
    pane.press("Enter");

    expect(await pane.until("prompt")).toMatchObject({ text: "please" });
    expect(pane.facts("enter")).toMatchObject([
      { how: "swallowed" },
      { how: "swallowed" },
      { how: "submitted" },
    ]);
  });

  test("may vanish or arrive in part, and then arrives whole", async () => {
    const text = "a prompt of more than eighty-eight bytes, ".repeat(3);
    const pane = await agents.open({ lose_pastes: "1", cut_pastes: "1" });

    pane.paste(text);
    expect(await pane.until("paste")).toMatchObject({ bytes: text.length, arrived: 0 });
    pane.paste(text);
    expect(await pane.until("paste", { count: 2 })).toMatchObject({ arrived: 88 });
    pane.press("C-u");
    expect(await pane.until("cleared")).toMatchObject({ text: text.slice(0, 88) });
    await pane.send(text);

    expect(await pane.until("prompt")).toMatchObject({ text });
  });

  test("loses Enters by chance, the same for the same seed, and never two in a row", async () => {
    const runs = await Promise.all(
      ["3", "3", "4"].map(async (seed) => {
        const pane = await agents.open({ swallow_enters: "50%", seed, pace_ms: "0" });
        pane.type("x");
        for (let n = 1; n <= 16; n++) {
          pane.press("Enter");
          const { how } = await pane.until("enter", { count: n });
          if (how === "submitted") pane.type("x");
        }
        return pane.facts("enter").map((fact) => fact["how"]);
      }),
    );

    expect(runs[0]).toEqual(runs[1]);
    expect(runs[0]).not.toEqual(runs[2]);
    expect(runs[0]).toContain("swallowed");
    expect(runs.map((run) => run.join(" ")).join()).not.toContain("swallowed swallowed");
  });

  test("takes an Enter of the same burst for a newline, and is whole when a later one submits", async () => {
    const pane = await agents.open({ paste_burst_ms: "8000" });

    pane.paste("please");
    pane.press("Enter");
    expect(await pane.until("enter")).toMatchObject({ how: "newline" });
    await waitFor(() => Date.now() - (pane.facts("paste")[0]?.at ?? Infinity) > 8_050);
    pane.press("Enter");

    expect(await pane.until("prompt")).toMatchObject({ text: "please" });
  });

  test("is not submitted before the terminal reports focus, where that is needed", async () => {
    const pane = await agents.open({ needs_focus: "on" });

    await pane.send("please");
    expect(await pane.until("enter")).toMatchObject({ how: "unfocused" });
    pane.type("\u001b[I");
    pane.press("Enter");

    expect(await pane.until("prompt")).toMatchObject({ text: "please" });
  });

  test("is lost when it comes before the input line does", async () => {
    const pane = agents.start({ composer_delay_ms: "12000" });

    await pane.untilScreen(/Starting…/);
    pane.paste("too early");
    pane.press("Enter");
    await pane.until("ready");

    expect(
      pane
        .facts("lost_text")
        .map((fact) => fact["text"])
        .join(""),
    ).toBe("too early\r");
    await pane.send("in time");
    expect(await pane.until("prompt")).toMatchObject({ prompt: 1, text: "in time" });
  });

  test("comes all at once when the terminal held it until the agent read", async () => {
    const pane = agents.start({ composer_delay_ms: "12000", early_input: "queued" });

    await pane.untilScreen(/Starting…/);
    pane.paste("held");
    pane.press("Enter");

    // the terminal itself made a newline of Enter, and nothing submits
    await pane.until("ready");
    await pane.untilScreen(/❯ held/);
    expect(pane.facts("prompt")).toEqual([]);
    expect(pane.facts("paste")).toEqual([]);
  });

  test("is read slowly by a slow reader, and whole", async () => {
    const text = "x".repeat(20_000);
    const pane = await agents.open({ slow_read_ms: "30", record_raw: "on" });

    pane.paste(text);
    await pane.until("paste");
    pane.press("Enter");

    expect(await pane.until("prompt")).toMatchObject({ text });
    const chunks = pane.facts("input");
    expect(chunks.length).toBeGreaterThan(3);
    const pauses = chunks.slice(1).map((chunk, i) => chunk.at - (chunks[i]?.at ?? 0));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(28);
  });

  test("is a command only as the whole line of a known one", async () => {
    const pane = await agents.open();

    await pane.send("/etc/hosts is what?");
    expect(await pane.until("prompt")).toMatchObject({ text: "/etc/hosts is what?" });
    await pane.until("turn_end");
    await pane.send("/quit");

    expect(await pane.until("command")).toMatchObject({ command: "/quit" });
    expect(await pane.ended()).toEqual({ code: "0", signal: "" });
    expect(pane.facts("exit")).toMatchObject([{ code: 0, because: "command" }]);
  });
});

describe("a text that the agent would run", () => {
  const around = commands.flatMap((command) => [command, `  ${command}`, `\n${command}\t\n`]);
  test.each(around)("%j is refused when it would be pasted", (text) => {
    expect(() => refuseText(fake, text, "pasted")).toThrow(/would not take this text/);
    expect(() => refuseText(fake, text, "argument")).not.toThrow();
  });

  test.each(["/etc/hosts is what?", "/quit now", "/quitter", "say /quit", "/quit\n/exit", "/"])(
    "%j is none",
    (text) => expect(() => refuseText(fake, text, "pasted")).not.toThrow(),
  );
});

describe.concurrent("a text sent during a turn", () => {
  test("is queued, reported, and runs as the next turn", async () => {
    const pane = await agents.open({ busy_input: "queue" });

    await pane.send("!fake sleep 30");
    await pane.until("turn_start");
    await pane.send("!fake say two");
    expect(await pane.until("prompt", { count: 2 })).toMatchObject({ taken: "queued" });
    await pane.untilScreen(/ {2}queued: !fake say two/);
    pane.press("Escape");

    expect(await pane.until("turn_end", { count: 2 })).toMatchObject({ turn: "t2", result: "two" });
    expect(pane.log("queued")).toMatchObject([{ text: "!fake say two" }]);
    expect(pane.log("user").map((line) => line["turn"])).toEqual(["t1", "t2"]);
  });

  test("joins the turn when the agent is steered", async () => {
    const pane = await agents.open({ busy_input: "steer" });

    await pane.send("!fake sleep 10\n!fake say one");
    await pane.until("turn_start");
    await pane.send("!fake say two");

    expect(await pane.until("prompt", { count: 2 })).toMatchObject({ taken: "steered" });
    expect(await pane.until("turn_end")).toMatchObject({ turn: "t1", result: "two" });
    expect(pane.log("user")).toMatchObject([{ turn: "t1" }, { turn: "t1", delivery: "steering" }]);
    expect(pane.facts("turn_start")).toHaveLength(1);
  });

  test("waits in the input line when the agent holds it", async () => {
    const pane = await agents.open({ busy_input: "hold" });

    await pane.send("!fake sleep 30");
    await pane.until("turn_start");
    await pane.send("later");
    expect(await pane.until("enter", { count: 2 })).toMatchObject({ how: "held" });
    pane.press("Escape");
    await pane.until("turn_end");
    await pane.untilScreen(/❯ later/);
    pane.press("Enter");

    expect(await pane.until("prompt", { count: 2 })).toMatchObject({ text: "later", taken: "now" });
  });

  test("is lost when the agent has no input line meanwhile", async () => {
    const pane = await agents.open({ busy_input: "ignore" });

    await pane.send("!fake sleep 30");
    await pane.until("turn_start");
    await pane.untilScreen(/esc to interrupt\)\s*$/);
    pane.paste("nobody reads this");
    pane.press("Enter");

    expect(await pane.until("lost_text")).toMatchObject({ text: "nobody reads this" });
    pane.press("Escape");
    await pane.until("turn_end");
    expect(pane.facts("prompt")).toHaveLength(1);
  });

  test("an interrupt may be ignored, a second one is not", async () => {
    const pane = await agents.open({ ignore_interrupts: "1" });

    await pane.send("!fake sleep 20");
    await pane.until("turn_start");
    pane.press("Escape");
    expect(await pane.until("interrupt")).toMatchObject({ obeyed: false });
    pane.press("Escape");

    expect(await pane.until("interrupt", { count: 2 })).toMatchObject({ obeyed: true });
    expect(await pane.until("turn_end")).toMatchObject({ outcome: "interrupted" });
  });
});
