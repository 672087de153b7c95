import { PassThrough } from "node:stream";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readLines } from "../../../src/surface/mcp/lines.ts";
import { readMessage } from "../../../src/surface/mcp/message.ts";

async function cut(
  chunks: readonly Buffer[],
  maxBytes = 1_000,
): Promise<{ lines: string[]; tooLong: number }> {
  const stream = new PassThrough();
  const lines: string[] = [];
  let tooLong = 0;
  const ended = new Promise<void>((resolve) => {
    readLines(
      stream,
      { line: (text) => lines.push(text), tooLong: () => (tooLong += 1), end: resolve },
      { maxBytes },
    );
  });
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await ended;
  return { lines, tooLong };
}

describe("lines", () => {
  test("are the same however the bytes are cut, inside characters too", async () => {
    const texts = fc.array(fc.string({ unit: "grapheme", minLength: 1 }).map(JSON.stringify));
    await fc.assert(
      fc.asyncProperty(texts, fc.array(fc.nat(200)), async (wanted, cuts) => {
        const bytes = Buffer.from(wanted.map((text) => `${text}\n`).join(""), "utf8");
        const places = [0, ...cuts.map((at) => Math.min(at, bytes.length)), bytes.length];
        const sorted = places.toSorted((a, b) => a - b);
        const chunks = sorted.slice(1).map((at, i) => bytes.subarray(sorted[i], at));
        expect((await cut(chunks, 100_000)).lines).toEqual(wanted);
      }),
      { numRuns: 50 },
    );
  });

  test("may end with CRLF, be empty, or be the last without an end", async () => {
    const { lines } = await cut([Buffer.from("one\r\n\n  \ntwo")]);
    expect(lines).toEqual(["one", "two"]);
  });

  test("that are too long are told of once and skipped whole", async () => {
    const long = Buffer.alloc(700, "x");
    const { lines, tooLong } = await cut([long, long, long, Buffer.from("\nafter\n")]);
    expect(lines).toEqual(["after"]);
    expect(tooLong).toBe(1);
  });
});

describe("a line", () => {
  const refusal = (line: string): unknown => {
    const read = readMessage(line);
    return "refusal" in read ? [read.refusal.id, read.refusal.error.code] : read.message;
  };

  test("that is no message is refused with the code of JSON-RPC", () => {
    expect(refusal("{")).toEqual([null, -32_700]);
    expect(refusal("42")).toEqual([null, -32_600]);
    expect(refusal('[{"jsonrpc":"2.0","id":1,"method":"ping"}]')).toEqual([null, -32_600]);
    expect(refusal('{"id":1,"method":"ping"}')).toEqual([null, -32_600]);
    expect(refusal('{"jsonrpc":"2.0","id":7}')).toEqual([7, -32_600]);
    expect(refusal('{"jsonrpc":"2.0","id":1.5,"method":"ping"}')).toEqual([null, -32_600]);
    expect(refusal('{"jsonrpc":"2.0","id":null,"method":"ping"}')).toEqual([null, -32_600]);
    expect(refusal('{"jsonrpc":"2.0","id":"a","method":"ping","params":[1]}')).toEqual([
      "a",
      -32_600,
    ]);
  });

  test("never makes the reader throw", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
        const read = readMessage(line);
        expect("message" in read || "refusal" in read).toBe(true);
      }),
    );
  });
});
