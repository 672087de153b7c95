import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { canonical, chainLine, ChainReader, chainStart } from "../../src/domain/export-chain.ts";

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

function write(events: readonly Readonly<Record<string, unknown>>[]): string[] {
  let previous = chainStart;
  return [
    { line: "begin" },
    ...events.map((event, i) => ({ line: "event", seq: i + 1, ...event })),
    { line: "end", events: events.length },
  ].map((record) => {
    const { line, sha256 } = chainLine(record, previous, hash);
    previous = sha256;
    return line;
  });
}

/** The first line that is wrong; null for a file as it was written. */
function verify(lines: readonly string[]): number | null {
  const reader = new ChainReader(hash);
  for (const line of lines) {
    const broken = reader.read(line);
    if (broken) return broken.line;
  }
  return reader.end()?.line ?? null;
}

const event = fc.record({ type: fc.string(), text: fc.string({ unit: "binary" }), n: fc.double() });
const file = fc.array(event, { minLength: 1, maxLength: 12 }).map((events) =>
  // what JSON does not carry is in no file
  write(JSON.parse(JSON.stringify(events)) as Record<string, unknown>[]),
);

test("a file is good as written, and whatever the order of keys in a line", () => {
  fc.assert(
    fc.property(file, (lines) => {
      expect(verify(lines)).toBeNull();
      const turned = lines.map((line) => {
        const entries = Object.entries(JSON.parse(line) as object).toReversed();
        return JSON.stringify(Object.fromEntries(entries));
      });
      expect(verify(turned)).toBeNull();
    }),
  );
});

test("the first line that was changed, taken out, put in or moved is named", () => {
  fc.assert(
    fc.property(
      file,
      fc.nat(),
      fc.constantFrom(...(["change", "drop", "double", "cut"] as const)),
      (lines, at, how): void => {
        const i = at % lines.length;
        const line = lines[i] ?? "";
        const put = {
          cut: lines.slice(0, i),
          double: [...lines.slice(0, i + 1), ...lines.slice(i)],
          drop: lines.filter((_, n) => n !== i),
          change: lines.with(i, JSON.stringify({ ...(JSON.parse(line) as object), extra: 1 })),
        };
        expect(verify(put[how])).toBe(how === "double" ? i + 2 : i + 1);
      },
    ),
  );
});

test("a file of somebody who chains anew still has to begin, count and rise", () => {
  const rechain = (records: readonly Record<string, unknown>[]): string[] => {
    let previous = chainStart;
    return records.map((record) => {
      const { line, sha256 } = chainLine(record, previous, hash);
      previous = sha256;
      return line;
    });
  };
  const [begin, one] = [{ line: "begin" }, { line: "event", seq: 1 }];
  expect(verify(rechain([one, { line: "end", events: 1 }]))).toBe(1);
  expect(verify(rechain([begin, one, { line: "end", events: 2 }]))).toBe(3);
  expect(verify(rechain([begin, { line: "event", seq: 2 }, one]))).toBe(3);
  expect(verify(["no json"])).toBe(1);
  expect(canonical({ b: [1, { d: null, c: undefined }], a: "x" })).toBe(
    '{"a":"x","b":[1,{"d":null}]}',
  );
});
