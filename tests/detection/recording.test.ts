import { expect, test } from "vitest";
import { formatRecording, parseRecording, type Recording } from "../../src/detection/recording.ts";

const recording: Recording = {
  provider: "fake",
  version: "1.0.0",
  cols: 80,
  rows: 24,
  date: "2026-11-21",
  scenario: "talk",
  events: [
    { atMs: 0, kind: "output", text: "\u001b[2Jhello ✓" },
    { atMs: 40, kind: "label", label: "running" },
    { atMs: 50, kind: "statement", source: "hook", claim: { kind: "limit_lifted" } },
    { atMs: 60, kind: "resize", cols: 100, rows: 30 },
    { atMs: 1_234, kind: "frame", label: "idle", title: "t", lines: ["a", ""] },
    { atMs: 1_300, kind: "label", label: null },
  ],
};

test("a recording is the same after it was written and read", () => {
  expect(parseRecording(formatRecording(recording), "it")).toEqual(recording);
});

test("a recording is an asciicast: a header, then events of seconds, kind and text", () => {
  const [head = "", first = ""] = formatRecording(recording).split("\n");
  expect(JSON.parse(head)).toMatchObject({ version: 2, width: 80, height: 24 });
  expect(JSON.parse(first)).toEqual([0, "o", "\u001b[2Jhello ✓"]);
});

test("events of other programs are passed over", () => {
  const text = `{"version":2,"width":80,"height":24}\n[0.5,"i","typed"]\n\n`;
  expect(parseRecording(text, "it").events).toEqual([]);
});

test.each([
  ["no header", '[0,"o","x"]', 1],
  ["another version", '{"version":3,"width":80,"height":24}', 1],
  ["half a line", '{"version":2,"width":80,"height":24}\n[0.5,"o","x', 2],
  ["no time", '{"version":2,"width":80,"height":24}\n["o","x"]', 2],
  ["a wrong size", '{"version":2,"width":80,"height":24}\n[1,"r","0x9"]', 2],
  [
    "an unknown source",
    '{"version":2,"width":80,"height":24}\n[1,"s",{"source":"x","claim":{"kind":"tick"}}]',
    2,
  ],
])("what has %s is refused by its line", (_, text, line) => {
  expect(() => parseRecording(text, "it")).toThrow(
    expect.objectContaining({ code: "invalid_input", message: `it is no recording: line ${line}` }),
  );
});
