import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createProtocolParser, type ControlEvent } from "../../../src/runtime/tmux/protocol.ts";

test("a reply block is told with its lines, and whether the command failed", () => {
  const events = parse(
    "%begin 17 1 1\na\n\nb\n%end 17 1 1\n%begin 17 2 1\nno such\n%error 17 2 1\n",
  );

  expect(events).toEqual([
    { kind: "block", ok: true, lines: ["a", "", "b"] },
    { kind: "block", ok: false, lines: ["no such"] },
  ]);
});

test("lines of a block that look like notifications are text", () => {
  const text = ["%output %1 hello", "%end 17 2 1", "%begin 1 2 3", "%exit", "%pause %1"];

  const events = parse(`%begin 17 1 1\n${text.join("\n")}\n%end 17 1 1\n`);

  expect(events).toEqual([{ kind: "block", ok: true, lines: text }]);
});

test("output of both forms is unescaped to the bytes the pane wrote", () => {
  const events = parse(
    "%output %1 a\\033[1mb\\134\\015\\012é\n%extended-output %23 4 : x : y\\000\\377\n",
  );

  expect(events).toEqual([
    { kind: "output", pane: "%1", bytes: Buffer.from("a\u001b[1mb\\\r\né") },
    { kind: "output", pane: "%23", bytes: Buffer.from("x : y\0\u00ff", "latin1") },
  ]);
});

test("a backslash without three octal digits stays as it is", () => {
  const events = parse("%output %1 \\9\\12 \\777\\\n");

  expect(events).toEqual([{ kind: "output", pane: "%1", bytes: Buffer.from("\\9\\12 \\777\\") }]);
});

test("pauses, windows and clients that leave, attaching and the end are told; the rest is other", () => {
  const events = parse(
    [
      "%pause %4",
      "%window-close @1",
      "%unlinked-window-close @2",
      "%client-detached /dev/pts/3",
      "%session-changed $0 agents",
      "%exit server exited",
      "%exit",
      "%sessions-changed",
      "no notification at all",
      "",
    ].join("\n"),
  );

  expect(events).toEqual([
    { kind: "pause", pane: "%4" },
    { kind: "window_left", window: "@1" },
    { kind: "window_left", window: "@2" },
    { kind: "client_left", client: "/dev/pts/3" },
    { kind: "attached", session: "$0 agents" },
    { kind: "exit", reason: "server exited" },
    { kind: "exit", reason: "" },
    { kind: "other", line: "%sessions-changed" },
    { kind: "other", line: "no notification at all" },
  ]);
});

test("an unfinished line waits for its end", () => {
  const parser = createProtocolParser();

  expect(parser.push(Buffer.from("%output %1 hel"))).toEqual([]);
  expect(parser.push(Buffer.from("lo"))).toEqual([]);
  expect(parser.push(Buffer.from("\n"))).toEqual([
    { kind: "output", pane: "%1", bytes: Buffer.from("hello") },
  ]);
});

test("a caller may use the memory of a chunk again", () => {
  const parser = createProtocolParser();
  const chunk = Buffer.from("%output %1 abc");
  parser.push(chunk);

  chunk.fill(0);

  expect(parser.push(Buffer.from("d\n"))).toEqual([
    { kind: "output", pane: "%1", bytes: Buffer.from("abcd") },
  ]);
});

test("any split of any stream gives the same events", () => {
  fc.assert(
    fc.property(streams(), fc.array(fc.nat(), { maxLength: 30 }), (bytes, cuts) => {
      const whole = merge(createProtocolParser().push(bytes));

      const parser = createProtocolParser();
      const pieces = splitAt(bytes, cuts).flatMap((piece) => [...parser.push(piece)]);

      expect(merge(pieces)).toEqual(whole);
    }),
    { numRuns: 500 },
  );
});

test("whatever bytes a pane writes come out of tmux's escaping unchanged", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const events = createProtocolParser().push(
        Buffer.concat([Buffer.from("%output %1 "), escapeAsTmux(bytes), Buffer.from("\n")]),
      );

      expect(events).toEqual([{ kind: "output", pane: "%1", bytes: Buffer.from(bytes) }]);
    }),
    { numRuns: 500 },
  );
});

function parse(text: string): readonly ControlEvent[] {
  return createProtocolParser().push(Buffer.from(text));
}

/** Streams of blocks, outputs in many scripts, notifications and noise. */
function streams(): fc.Arbitrary<Buffer> {
  const line = fc
    .string({ unit: "grapheme", maxLength: 30 })
    .map((text) => text.replaceAll("\n", ""));
  const output = fc
    .tuple(fc.nat(99), fc.string({ unit: "binary", maxLength: 40 }))
    .map(([pane, text]) =>
      Buffer.concat([Buffer.from(`%output %${pane} `), escapeAsTmux(Buffer.from(text))]),
    );
  const block = fc
    .tuple(fc.nat(9999), fc.array(line), fc.boolean())
    .map(([n, lines, ok]) =>
      Buffer.from([`%begin 1 ${n} 1`, ...lines, `%${ok ? "end" : "error"} 1 ${n} 1`].join("\n")),
    );
  const other = line.map((text) => Buffer.from(text));
  return fc
    .array(fc.oneof(output, block, other), { maxLength: 12 })
    .map((parts) => Buffer.concat(parts.flatMap((part) => [part, Buffer.from("\n")])));
}

function escapeAsTmux(bytes: Uint8Array): Buffer {
  const parts = Array.from(bytes, (byte) =>
    byte < 0x20 || byte === 0x5c
      ? Buffer.from(`\\${byte.toString(8).padStart(3, "0")}`)
      : Buffer.from([byte]),
  );
  return Buffer.concat(parts);
}

function splitAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...places, bytes.length].map((end, i) => bytes.subarray(places[i - 1] ?? 0, end));
}

function merge(events: readonly ControlEvent[]): readonly unknown[] {
  return events.map((event) =>
    event.kind === "output" ? { ...event, bytes: event.bytes.toString("hex") } : event,
  );
}
