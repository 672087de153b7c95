import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import fake from "../../../providers/fake/provider.ts";
import { readScreen } from "../../../src/provider/read-screen.ts";
import { FakeAgents, type FakePane } from "./pane.ts";
import { providerFolder, screenRecord } from "./recordings.ts";

const screens = join(providerFolder, "screens");

let agents: FakeAgents;
beforeAll(() => {
  agents = new FakeAgents();
});
afterAll(() => agents.close());

interface Case {
  readonly path: string;
  readonly extra?: Record<string, string>;
  readonly prompt?: string;
  readonly act?: (pane: FakePane) => void;
  /** On screen once the state is reached. */
  readonly shows: RegExp;
}

const cases: readonly Case[] = [
  { path: "idle/fresh-100", shows: /^❯$/m },
  {
    path: "idle/draft-100",
    act: (pane) => pane.type("half a thought"),
    shows: /^❯ half a thought$/m,
  },
  { path: "idle/paste-100", act: (pane) => pane.paste("x".repeat(1_500)), shows: /^❯ \[Pasted/m },
  {
    path: "idle/suggestion-100",
    extra: { suggestion: "fix the test" },
    shows: /^❯ fix the test$/m,
  },
  { path: "idle/placeholder-100", extra: { placeholder: "rotating" }, shows: /^❯ Try "/m },
  { path: "idle/after-turn-80", prompt: "say hello", shows: /✓ Worked for \d+s/ },
  { path: "idle/prose-120", prompt: "!fake prose", shows: /✓ Worked for \d+s/ },
  { path: "idle/patch-100", extra: { persona: "patch" }, prompt: "go", shows: /✓ Worked/ },
  { path: "error/failed-turn-100", prompt: "!fake fail", shows: /✗ The request failed/ },
  { path: "running/quiet-100", prompt: "!fake sleep 60", shows: /esc to interrupt/ },
  { path: "running/quiet-40", prompt: "!fake sleep 60", shows: /esc to interrupt/ },
  {
    path: "running/no-clock-100",
    extra: { spinner: "off" },
    prompt: "!fake sleep 60",
    shows: /\(esc to interrupt/,
  },
  { path: "awaiting_approval/command-100", prompt: "!fake approve rm -rf build", shows: /3\. No/ },
  { path: "awaiting_approval/plan-100", prompt: "!fake plan read|write", shows: /2\. No/ },
  { path: "awaiting_approval/overage-100", prompt: "!fake overage", shows: /2\. Continue/ },
  { path: "awaiting_approval/trust-100", extra: { trust: "on" }, shows: /2\. Yes/ },
  { path: "awaiting_approval/update-100", extra: { update: "on" }, shows: /2\. Skip/ },
  { path: "awaiting_approval/nudge-100", extra: { nudge_ms: "0" }, shows: /2\. Keep/ },
  { path: "awaiting_input/question-100", prompt: '!fake ask "Which?" A|B', shows: /2\. B/ },
  {
    path: "awaiting_input/question-40",
    prompt: '!fake ask "Which of the two shall it be, then?" the one with the long name|B',
    shows: /2\. B/,
  },
  { path: "limited/standing-100", prompt: "!fake limit 3600", shows: /^◷/m },
  { path: "hold/viewer-100", act: (pane) => pane.press("C-t"), shows: /-- transcript --/ },
];

describe.concurrent("a captured screen", () => {
  test.for(cases)("$path is what the agent draws today", async (one, { expect }) => {
    const { path, extra, prompt, act, shows } = one;
    const columns = Number(path.split("-").at(-1));
    const pane = agents.start({ spinner: "off", ...extra }, { columns, rows: 24 });
    const file = join(screens, `${path}.txt`);

    if (prompt !== undefined || act) await pane.until("ready");
    if (prompt !== undefined) await pane.send(prompt);
    act?.(pane);
    await pane.untilScreen(shows);
    // the turn may still be ending, and the frame may still miss its lower part
    if (!path.startsWith("running/")) await pane.untilScreen(/^(?![^]*esc to interrupt\)\n\n─)/);
    await pane.untilScreen(/\? for help|Enter to confirm|-- transcript/);

    await expect(screenRecord(pane, file, `${columns}x24`)).toMatchFileSnapshot(file);
  });
});

const expected: Readonly<Record<string, object>> = {
  idle: { busy: false, composer: {}, dialog: null, limit: null },
  error: { busy: false, composer: { draft: "" }, dialog: null, limit: null },
  running: { busy: true, composer: { draft: "" }, dialog: null, limit: null },
  awaiting_approval: { busy: false, composer: null, dialog: { acceptsText: false } },
  awaiting_input: { busy: false, composer: null, dialog: { kind: "question", acceptsText: true } },
  limited: { busy: false, composer: { draft: "" }, dialog: null, limit: {} },
};

function readCaptured(state: string, name: string): ReturnType<typeof readScreen> {
  const [, ...lines] = readFileSync(join(screens, state, name), "utf8")
    .trimEnd()
    .split("\n");
  return readScreen(fake.screen, { lines, title: "" }, "1.0.0");
}

const files = readdirSync(screens).flatMap((state) =>
  readdirSync(join(screens, state)).map((name) => ({ state, name })),
);
const readable = files.filter(({ state }) => state !== "hold");

test.each(readable)("the captured screen $state/$name is read as such", ({ state, name }) => {
  const reading = readCaptured(state, name);

  expect(reading).toMatchObject(expected[state] ?? { state });
  const options = reading?.dialog?.options ?? [];
  expect(options.map((option) => option.key)).toEqual(options.map((_, i) => String(i + 1)));
});

test("a captured viewer allows no conclusion", () => {
  expect(readCaptured("hold", "viewer-100.txt")).toBeUndefined();
});

test("every state has captured screens", () => {
  const states = new Set(readable.map(({ state }) => state));
  expect([...states].toSorted()).toEqual(Object.keys(expected).toSorted());
});
