import { expect, test } from "vitest";
import { digestOf, template } from "../../../src/operations/preferences/preferences-file.ts";

test("the points of lists are the gist, without headings, comments and marks", () => {
  const text = `# Mine
<!-- - not this
- nor this -->
Some prose.
- Reviews: claude-code
2. Code: codex-cli
* ask first
`;
  expect(digestOf(text)).toEqual(["Reviews: claude-code", "Code: codex-cli", "ask first"]);
});

test("without lists it is the first lines; at most eight, none longer than 160 characters", () => {
  expect(digestOf("# Mine\n\nUse codex.\n")).toEqual(["Use codex."]);
  const long = Array.from({ length: 20 }, () => "x".repeat(500)).join("\n");
  expect(digestOf(long)).toHaveLength(8);
  expect(digestOf(long)[0]).toHaveLength(160);
  expect(digestOf("")).toEqual([]);
  expect(digestOf("<!-- never closed\n- a")).toEqual([]);
});

test("a key that somebody wrote there goes no further", () => {
  const key = `ghp_${"a1B2".repeat(9)}`;
  expect(digestOf(`- use ${key}`).join()).not.toContain(key);
});

test("the template has points", () => {
  expect(digestOf(template).length).toBeGreaterThan(3);
});
