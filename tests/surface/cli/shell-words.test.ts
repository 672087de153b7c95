import { expect, test } from "vitest";
import { shellWords } from "../../../src/surface/cli/shell-words.ts";

test.each([
  ["python3 -u agent.py", ["python3", "-u", "agent.py"]],
  [`sh -c "echo 'a b'; exec cat"`, ["sh", "-c", "echo 'a b'; exec cat"]],
  [`'/a b/c' "" x\\ y`, ["/a b/c", "", "x y"]],
  [`a"b"'c'd "\\$HOME \\" \\n"`, ["abcd", '$HOME " \\n']],
  ["   ", []],
])("%s is read as a shell would", (text, words) => {
  expect(shellWords(text, "--command")).toEqual(words);
});

test("a quote that is not closed is refused with its flag", () => {
  expect(() => shellWords("sh -c 'echo", "--command")).toThrow(
    "--command: a quote (') is not closed",
  );
});
