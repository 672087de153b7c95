import { expect, test } from "vitest";
import { whyNotTask, whyNotText } from "../../src/domain/task-text.ts";

test.each([
  ["half \ud83d", "it holds half a character at character 5"],
  ["\udc00\ud800", "it holds half a character at character 0"],
  ["\ud83d\ude00 \ude00", "it holds half a character at character 3"],
])("a text that cannot be written as UTF-8 is refused: %j", (text, what) => {
  expect(whyNotText(text)).toMatchObject({ what });
  expect(whyNotTask(text)).toMatchObject({ what });
});

test("whole characters are text, those that stand for damaged ones too", () => {
  expect(whyNotText("\ud83d\ude00 \ufffd e\u0301")).toBeNull();
});
