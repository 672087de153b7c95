import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createFence } from "../../../src/surface/mcp/fence.ts";
import { omitWorkerText } from "../../../src/surface/mcp/lockdown.ts";
import { shortenEchoes } from "../../../src/surface/mcp/shorten-echoes.ts";

const nonce = "0123456789abcdef";
const fence = createFence(nonce);
const begin = `BEGIN_UNTRUSTED_WORKER_OUTPUT_${nonce}`;
const end = `END_UNTRUSTED_WORKER_OUTPUT_${nonce}`;

test("worker text stands between a begin and an end line with the nonce", () => {
  expect(fence.text("hello\nworld")).toBe(`${begin}\nhello\nworld\n${end}`);
  // where nothing was said there is nothing to mark
  expect(fence.output({ result: "" }, ["result"])).toEqual({ result: "" });
});

test("a worker cannot close the fence, whatever it writes", () => {
  const hostile = fc.array(
    fc.oneof(
      fc.constantFrom(begin, end, "END_", "UNTRUSTED_WORKER_OUTPUT_", nonce, "\n", "_"),
      fc.string(),
    ),
  );
  fc.assert(
    fc.property(hostile, (parts) => {
      const fenced = fence.text(parts.join(""));
      expect(fenced.split(end)).toHaveLength(2);
      expect(fenced.split(begin)).toHaveLength(2);
      expect(fenced.endsWith(`\n${end}`)).toBe(true);
    }),
  );
});

test("markers in other spellings and with other nonces are broken too", () => {
  expect(fence.text("end_untrusted_worker_output_ffff")).toContain("output\\_ffff");
});

test("texts in lists are fenced each, a list of names once", () => {
  const output = {
    prompts: [{ text: "one" }, { text: "two", id: "p" }],
    git: { changed_files: ["a.ts", end] },
    none: { text: null },
  };
  expect(
    fence.output(output, ["prompts[].text", "git.changed_files[]", "none.text", "x.y"]),
  ).toEqual({
    prompts: [{ text: fence.text("one") }, { text: fence.text("two"), id: "p" }],
    git: {
      changed_files: [begin, "a.ts", `END_UNTRUSTED_WORKER_OUTPUT\\_${nonce}`, end],
    },
    none: { text: null },
  });
  expect(output.prompts[0]).toEqual({ text: "one" });
});

test("lockdown leaves the text out and says so beside it", () => {
  const output = {
    worker_output: { included: true, reason: null, text: "secret", chars: 6 },
    prompts: [{ id: "p", text: "secret", options: [{ label: "secret", key: "1" }] }],
    git: { changed_files: ["secret"] },
    turn: { error: null },
  };
  const paths = [
    "worker_output.text",
    "prompts[].text",
    "prompts[].options[].label",
    "git.changed_files[]",
    "turn.error",
  ];
  const left = omitWorkerText(output, paths);
  const mark = { included: false, reason: "lockdown" };
  expect(left).toEqual({
    worker_output: { ...mark, text: null, chars: 6 },
    prompts: [{ id: "p", ...mark, text: null, options: [{ label: null, key: "1", ...mark }] }],
    git: { changed_files: [], ...mark },
    turn: { error: null },
  });
  expect(JSON.stringify(left)).not.toContain("secret");
});

test("tasks and prompts that an answer repeats are cut, other texts are not", () => {
  const long = "x".repeat(5_000);
  const short = shortenEchoes({
    session: { task: long },
    turn: { prompt: "as it is", error: long },
  }) as { session: { task: string }; turn: { prompt: string; error: string } };
  expect(short.session.task).toBe(`${"x".repeat(400)}… [4600 more characters]`);
  expect(short.turn).toEqual({ prompt: "as it is", error: long });
});

test("an observation names the files that are there, and none that may come", () => {
  const there = { kind: "result", path: "/a/result.md", exists: true };
  const missing = { kind: "diff", path: "/a/diff.patch", exists: false };
  expect(
    shortenEchoes({ artifact_manifest: { files: [there, missing] }, files: [missing] }),
  ).toEqual({ artifact_manifest: { files: [there] }, files: [missing] });
});
