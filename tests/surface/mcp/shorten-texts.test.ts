import { expect, test } from "vitest";
import { shortenTexts } from "../../../src/surface/mcp/shorten-texts.ts";

/** Where the client of the official package gives up a connection. */
const clientLimit = 10 * 1024 * 1024;

/** An answer on the wire: as structure, and once more as text. */
function onWire(output: unknown): number {
  const text = JSON.stringify(output);
  return Buffer.byteLength(JSON.stringify({ content: [{ type: "text", text }], output }));
}

test("results of several tasks share what a model can read, and short ones stay whole", () => {
  const tasks = ["a", "b", "c"].map((key) => ({ key, result: key.repeat(1_000_000) }));
  const short = { key: "d", result: "d".repeat(2_000) };
  const output = shortenTexts({ tasks: [...tasks, short] }) as { tasks: typeof tasks };
  expect(onWire(output)).toBeLessThan(120_000);
  const ends = output.tasks.map(({ result }) => result.slice(result.indexOf("…")));
  expect(ends.slice(0, 3)).toEqual(
    tasks.map(() => expect.stringMatching(/^… \[\d+ more characters; ask for it alone/)),
  );
  expect(output.tasks[3]).toEqual(short);
  const [first] = output.tasks;
  const kept = first?.result.indexOf("…") ?? 0;
  expect(kept).toBeGreaterThan(14_000);
  expect(first?.result).toContain(`[${1_000_000 - kept} more characters`);
});

test("what is asked for alone is whole, in a list of one too", () => {
  const one = { task: { body: "b".repeat(1_000_000), result: "r".repeat(1_000_000) } };
  expect(shortenTexts(one)).toEqual(one);
  const messages = { messages: [{ body: "m".repeat(1_000_000) }] };
  expect(shortenTexts(messages)).toEqual(messages);
});

test.each([
  ["of another script", "文"],
  ["of line breaks", "\n"],
  ["of characters that cannot be written plainly", "\u0001"],
  ["of pairs", "😀"],
])("no answer is longer than a client takes: %s", (_, character) => {
  const text = character.repeat(1_000_000);
  const output = shortenTexts({ task: { body: text, result: text }, notes: [{ text }, { text }] });
  expect(onWire(output)).toBeLessThan(clientLimit);
  const json = JSON.stringify(output);
  expect(Buffer.from(json).toString()).toBe(json);
});

test("an answer of many short texts is as it was", () => {
  const output = { sessions: Array.from({ length: 500 }, () => ({ task: "t".repeat(400) })) };
  expect(shortenTexts(output)).toBe(output);
});
