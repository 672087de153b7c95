import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { captureText, readSavedScreen } from "../../src/detection/screen-file.ts";

const unsized = { cols: null, rows: null };

function read(text: string, size: { cols: number | null; rows: number | null } = unsized) {
  return readSavedScreen(text, "screen.txt", size);
}

describe("a saved screen", () => {
  test("is its lines, with or without colours", () => {
    expect(read("one\n\u001b[1mtwo\u001b[0m\n").screen).toEqual({
      lines: ["one", "\u001b[1mtwo\u001b[0m"],
      title: "",
    });
  });

  test("of the corpus tells its version and title in its first line", () => {
    const { screen, version } = read(
      "codex-cli 0.169.0, 100x30, 2026-11-21, title: Ready | p\n\nhi",
    );
    expect(screen).toEqual({ lines: ["", "hi"], title: "Ready | p" });
    expect(version).toBe("0.169.0");
  });

  test("may be what a program wrote, and is drawn at the size that is said", () => {
    const text = "\u001b[2J\u001b[3;5Hthere\u001b[1;1H\u001b[2mhere\u001b]2;name\u0007";
    expect(read(text, { cols: 20, rows: 4 }).screen).toEqual({
      lines: ["\u001b[0;2mhere\u001b[0m", "", "    there", ""],
      title: "name",
    });
    expect(() => read(text)).toThrow(/no screen/);
  });

  test("may be a recording, and is its end", () => {
    const recording = [
      { version: 2, width: 10, height: 2, agent_version: "1.0.0" },
      [0.1, "o", "first"],
      [0.2, "o", "\r\u001b[Klast"],
    ];
    const text = recording.map((line) => JSON.stringify(line)).join("\n");
    expect(read(text)).toEqual({ screen: { lines: ["last", ""], title: "" }, version: "1.0.0" });
  });

  test.each([
    ["empty", " \n\n", unsized, /is empty/],
    ["wider than its columns", "x".repeat(81), { cols: 80, rows: null }, /81 columns/],
    ["wider, in wide characters", "漢".repeat(41), { cols: 80, rows: null }, /82 columns/],
    ["wider than any terminal", "x".repeat(1_001), unsized, /1001 columns/],
    ["taller than its rows", "a\nb\nc", { cols: null, rows: 2 }, /3 lines/],
    ["a megabyte and more", "x\n".repeat(600_000), unsized, /too many for a screen/],
    ["a broken recording", '{"version":2,"width":0}', unsized, /no recording: line 1/],
  ])("that is %s is refused, with what to do", (_, text, size, message) => {
    expect(() => read(text, size)).toThrow(
      expect.objectContaining({ code: "invalid_input", message: expect.stringMatching(message) }),
    );
  });
});

describe("the text of a file", () => {
  test("may be packed", () => {
    expect(captureText(gzipSync("a screen"), "it")).toBe("a screen");
  });

  test.each([
    ["zero bytes", Buffer.from([65, 0, 66]), /is no text/],
    ["another encoding", Buffer.from([0xe9, 0x20]), /no UTF-8/],
    ["a broken archive", gzipSync("a screen").subarray(0, 12), /cannot be unpacked/],
  ])("with %s is refused", (_, bytes, message) => {
    expect(() => captureText(bytes, "it")).toThrow(message);
  });
});
