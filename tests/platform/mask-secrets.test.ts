import * as fc from "fast-check";
import { expect, test } from "vitest";
import { maskSecrets, redact } from "../../src/platform/redact.ts";

const escape = "\u001b";

test("a secret becomes asterisks, and every length stays", () => {
  const text = "PASSWORD=hunter2hunter2 and the rest";
  expect(maskSecrets(text)).toBe("PASSWORD=************** and the rest");
});

test("escapes and line ends inside a secret stay where they are", () => {
  const known = ["a-known-value"];
  const text = `one ${escape}[1ma-known${escape}[0m-value two`;
  expect(maskSecrets(text, known)).toBe(`one ${escape}[1m*******${escape}[0m****** two`);
});

test("what holds no secret is the same, and what is masked holds none any more", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => {
      const masked = maskSecrets(text, ["known-secret"]);
      expect(masked).toHaveLength(text.length);
      const isClean = redact(text, ["known-secret"]) === text;
      expect(masked === text).toBe(isClean);
    }),
  );
  expect(maskSecrets("a known-secret b", ["known-secret"])).not.toContain("known");
});
