import { expect, test } from "vitest";
import { printable } from "../../../src/surface/cli/printable.ts";
import { createStyle } from "../../../src/surface/cli/style.ts";

const worker = "a\u001b[2Jb\u001b]0;title\u0007c\u0007d\re\u009bf\u001b[31mg\u001b[39m\tx\ny";

test("what a worker wrote does not steer the terminal; colours stay", () => {
  expect(printable(worker, createStyle(true, 80))).toBe("abcd\nef\u001b[31mg\u001b[39m\tx\ny");
});

test("where no colours are wanted, none get through", () => {
  expect(printable(worker, createStyle(false, 80))).toBe("abcd\nefg\tx\ny");
});
