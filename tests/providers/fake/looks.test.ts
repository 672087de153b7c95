import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import fake from "../../../providers/fake/provider.ts";
import { readScreen } from "../../../src/provider/read-screen.ts";
import { waitFor } from "../../support/wait.ts";
import { FakeAgents, type FakePane } from "./pane.ts";

let agents: FakeAgents;
beforeAll(() => {
  agents = new FakeAgents();
});
afterAll(() => agents.close());

function read(pane: FakePane): ReturnType<typeof readScreen> {
  return readScreen(
    fake.screen,
    { lines: pane.screen("-e").split("\n"), title: pane.title },
    "1.0.0",
  );
}

function untilReading(
  pane: FakePane,
  fits: (reading: NonNullable<ReturnType<typeof readScreen>>) => boolean,
): Promise<NonNullable<ReturnType<typeof readScreen>>> {
  return waitFor(
    () => {
      const reading = read(pane);
      return reading && fits(reading) ? reading : undefined;
    },
    { what: "the awaited reading of the screen" },
  );
}

const sizes = [
  { columns: 40, rows: 16, screen: "alt" },
  { columns: 80, rows: 24, screen: "inline" },
  { columns: 120, rows: 40, screen: "alt" },
  { columns: 300, rows: 50, screen: "inline" },
];

describe.concurrent.each(sizes)("at $columns columns, $screen", ({ columns, rows, screen }) => {
  const open = (extra: Record<string, string> = {}): Promise<FakePane> =>
    agents.open({ screen, ...extra }, { columns, rows });

  test("the input line is read with what was typed, and a prompt in the conversation is not", async () => {
    const pane = await open();

    await untilReading(pane, (seen) => seen.composer?.draft === "");
    await pane.send("❯ one\n1. Yes\n !fake say ok");
    await pane.until("turn_end");
    const idle = await untilReading(pane, (seen) => !seen.busy && seen.composer !== null);
    expect(idle).toMatchObject({ composer: { draft: "" }, dialog: null, rule: "composer" });
    pane.type("half a thought");
    await untilReading(pane, (seen) => seen.composer?.draft === "half a thought");
    pane.press("C-u");
    pane.paste(`long ${"x".repeat(2000)}`);
    await untilReading(pane, (seen) => seen.composer?.pastePlaceholder === true);
  });

  test("a running turn is busy, and what it says makes no dialog", async () => {
    const pane = await open({ prose: "on" });

    await pane.send("!fake sleep 30");
    const busy = await untilReading(pane, (seen) => seen.busy);
    expect(busy).toMatchObject({ dialog: null, limit: null, rule: "spinner" });
    await pane.untilScreen(/command not found/);
    expect(read(pane)).toMatchObject({ busy: true, dialog: null, limit: null });
    pane.press("Escape");
    await pane.until("turn_end");
    expect(await untilReading(pane, (seen) => !seen.busy)).toMatchObject({
      composer: { draft: "" },
      dialog: null,
      limit: null,
    });
  });

  test("an approval is read with its options, keys and meaning", async () => {
    const pane = await open();

    await pane.send("!fake approve rm -rf build/directory/with/a/long/name and/another/one");
    const { dialog, composer } = await untilReading(pane, (seen) => seen.dialog !== null);

    expect(composer).toBeNull();
    expect(dialog).toMatchObject({
      kind: "approval",
      acceptsText: false,
      options: [
        { label: "Yes", key: "1", role: "allow" },
        { label: "Yes, and don't ask again", key: "2", role: "allow_always" },
        { label: "No", key: "3", role: "deny" },
      ],
    });
    expect(dialog?.text.replace(/\s+/g, " ")).toBe(
      "Run this command? rm -rf build/directory/with/a/long/name and/another/one",
    );
    pane.press("3");
    await pane.until("turn_end");
    await untilReading(pane, (seen) => seen.dialog === null && seen.composer !== null);
  });

  test("a question is read with long text and long labels", async () => {
    const pane = await open();
    const question = "Which of the many files in this folder shall be changed first, and why?";
    const label = "the one whose name is longer than a narrow pane is wide";

    await pane.send(`!fake ask "${question}" ${label}|b`);
    const { dialog } = await untilReading(pane, (seen) => seen.dialog !== null);

    expect(dialog).toMatchObject({
      kind: "question",
      acceptsText: true,
      options: [
        { label, key: "1" },
        { label: "b", key: "2" },
      ],
    });
    expect(dialog?.text.replace(/\s+/g, " ")).toBe(question);
  });
});

describe.concurrent("the screen", () => {
  test.each([
    ["plan", "!fake plan read|write", "Carry out this plan?", ["allow", "deny"]],
    ["limit", "!fake overage Pay 5 dollars?", "Pay 5 dollars?", ["deny", "allow"]],
  ])("shows a %s dialog that is read", async (kind, prompt, text, roles) => {
    const pane = await agents.open();

    await pane.send(prompt);
    const { dialog } = await untilReading(pane, (seen) => seen.dialog !== null);

    expect(dialog).toMatchObject({ kind });
    expect(dialog?.text).toContain(text);
    expect(dialog?.options.map((option) => option.role)).toEqual(roles);
  });

  test.each([
    ["trust", { trust: "on" }, "Do you trust", ["deny", "allow"]],
    ["update", { update: "on" }, "Update available", ["allow", "deny"]],
    ["nudge", { nudge_ms: "0" }, "Approaching the usage limit", ["allow", "deny"]],
  ])("shows the %s dialog that is read", async (_, extra, text, roles) => {
    const pane = agents.start(extra);

    const { dialog } = await untilReading(pane, (seen) => seen.dialog !== null);

    expect(dialog?.text).toContain(text);
    expect(dialog?.options.map((option) => option.role)).toEqual(roles);
  });

  test("shows a limit as long as it lasts", async () => {
    const pane = await agents.open();

    await pane.send("!fake limit 8");
    expect(await untilReading(pane, (seen) => seen.limit !== null)).toMatchObject({
      rule: "limit",
      busy: false,
      composer: { draft: "" },
    });
    await untilReading(pane, (seen) => seen.limit === null && seen.composer !== null);
  });

  test.each([
    ["a dim suggestion", { suggestion: "fix the failing test" }, "❯ fix the failing test"],
    ["a plain placeholder", { placeholder: "plain" }, "❯ Ask the fake agent anything"],
    ["a rotating placeholder", { placeholder: "rotating" }, '❯ Try "fix the failing test"'],
  ])("shows %s that is no draft", async (_, extra, line) => {
    const pane = await agents.open(extra);

    await waitFor(() => pane.screen().includes(line), { what: line });
    expect(read(pane)).toMatchObject({ composer: { draft: "" } });
    pane.type("mine");
    await untilReading(pane, (seen) => seen.composer?.draft === "mine");
  });

  test("under a viewer allows no conclusion", async () => {
    const pane = await agents.open();

    pane.press("C-t");
    await pane.untilScreen(/-- transcript -- q to leave/);
    expect(read(pane)).toBeUndefined();
    pane.paste("into nothing");
    expect(await pane.until("lost_text")).toMatchObject({ because: "viewer" });
    pane.press("q");
    await untilReading(pane, (seen) => seen.composer?.draft === "");
  });

  test("is drawn anew for every size of the window", async () => {
    const pane = await agents.open();
    await pane.send("!fake say here I am");
    await pane.until("turn_end");

    for (const [columns, rows] of [
      [300, 50],
      [40, 12],
      [100, 30],
    ] as const) {
      pane.resize(columns, rows);
      const screen = await waitFor(() => {
        const lines = pane.screen().split("\n");
        return lines.includes("─".repeat(columns)) && lines.includes("• here I am") && lines;
      });
      expect(screen.length).toBeLessThanOrEqual(rows);
      expect(read(pane)).toMatchObject({ composer: { draft: "" } });
    }
  });

  test("starts blank before every frame when it flickers", async () => {
    const pane = await agents.open({ flicker: "on" });
    const output = pane.copyOutput("flicker");

    await pane.send("!fake say one\n!fake say two");
    await pane.until("turn_end");

    const blanks = await waitFor(() => {
      const count = readFileSync(output, "utf8").split("\u001b[2J").length - 1;
      return count >= 3 && count;
    });
    expect(blanks).toBeGreaterThanOrEqual(3);
    await untilReading(pane, (seen) => seen.composer?.draft === "" && !seen.busy);
  });
});

describe.concurrent("the spinner", () => {
  const begin = async (spinner: string): Promise<{ pane: FakePane; frames: () => number }> => {
    const pane = await agents.open({ spinner });
    const output = pane.copyOutput("spinner");
    await pane.send("!fake sleep 30");
    await untilReading(pane, (seen) => seen.busy);
    return { pane, frames: () => statusesIn(output).length };
  };

  test("is noisy, calm or off, and always read as work", async () => {
    const [off, calm, noisy] = [await begin("off"), await begin("calm"), await begin("noisy")];
    const since = performance.now();
    const calmBefore = calm.frames();
    const noisyBefore = noisy.frames();
    await waitFor(() => {
      expect(read(noisy.pane)?.busy).toBe(true);
      return noisy.frames() - noisyBefore >= 10 && calm.frames() > calmBefore;
    });
    const calmFrames = calm.frames() - calmBefore;
    const passedMs = performance.now() - since;

    expect(off.frames()).toBe(1);
    // two a second, and what was on its way when the count began
    expect(calmFrames).toBeLessThanOrEqual(Math.ceil(passedMs / 500) + 3);
  });

  test("makes the same noise for the same seed", async () => {
    const statuses = await Promise.all(
      ["7", "7", "8"].map(async (seed) => {
        const pane = await agents.open({ spinner: "noisy", seed, pace_ms: "0" });
        const output = pane.copyOutput(`seed-${seed}-${pane.pid}`);
        await pane.send("!fake sleep 30");
        return waitFor(() => {
          const words = statusesIn(output);
          return words.length > 8 && words.slice(0, 8).join(",");
        });
      }),
    );

    expect(statuses[0]).toBe(statuses[1]);
    expect(statuses[0]).not.toBe(statuses[2]);
  });
});

/** Glyph and verb of each frame that differs from the one before. */
function statusesIn(output: string): string[] {
  return [...readFileSync(output, "utf8").matchAll(/(\S \w+)… \(/g)]
    .map((match) => match[1] ?? "")
    .filter((word, i, all) => word !== all[i - 1]);
}

describe.concurrent("the window title", () => {
  test("tells idle from busy, and that the agent asks", async () => {
    const pane = await agents.open();
    const claims = (): string[] => (fake.title?.(pane.title) ?? []).map((claim) => claim.kind);

    await waitFor(() => pane.title === "fake · work");
    expect(claims()).toEqual(["idle"]);
    await pane.send("!fake sleep 6\n!fake approve ls");
    await waitFor(() => /^[⠀-⣿] fake · work$/.test(pane.title));
    expect(claims()).toEqual(["busy"]);
    await waitFor(() => pane.title === "[ ! ] fake · work");
    expect(claims()).toEqual([]);
    pane.press("1");
    await waitFor(() => pane.title === "fake · work");
  });
});

test("the footer names model and effort, and a bell rings the terminal's", async () => {
  const pane = await agents.open({ title: "off" }, { request: { model: "m-1", effort: "high" } });
  const output = pane.copyOutput("bell");

  await pane.untilScreen(/\? for help · m-1 high · completed/);
  await pane.send("!fake bell\n!fake say rung");
  await pane.until("turn_end");

  expect(readFileSync(output, "utf8")).toContain("\u0007");
});

test("the agent is small", async () => {
  const { pid } = await agents.open();
  const resident = execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" });

  // far above what it takes (see the notes), so that only a blunder fails here
  expect(Number(resident) / 1024).toBeLessThan(100);
});
