import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isCovered, isPattern, literal, overlaps, tidy } from "../../src/domain/path-pattern.ts";
import { workedMs } from "../support/worked-ms.ts";

test.each([
  ["/r/a.ts", "/r/a.ts"],
  ["/r/src/**", "/r/src/deep/a.ts"],
  ["/r/src/**", "/r/src"],
  ["/**", "/r/a.ts"],
  ["/r/*.ts", "/r/a.ts"],
  ["/r/**/*.ts", "/r/a.ts"],
  ["/r/**/*.ts", "/r/x/y/a.ts"],
  ["/r/**", "/r/x"],
  ["/r/src/**/x.ts", "/r/src/a/**"],
  ["/r/a*.ts", "/r/*b.ts"],
  ["/r/?.ts", "/r/a.ts"],
  ["/r/{a,b}.ts", "/r/b.ts"],
  ["/r/{src/x,lib}/a.ts", "/r/src/x/*"],
  ["/r/{a,{b,c}}.ts", "/r/c.ts"],
  ["/r/.env", "/r/*"],
  ["/r/app/[id]/page.tsx", "/r/app/[id]/page.tsx"],
  ["/r/{a}.ts", "/r/{a}.ts"],
  ["/r/**/b/**/c", "/r/x/b/y/b/c"],
])("%s and %s have a path in common", (a, b) => {
  expect([overlaps(a, b), overlaps(b, a)]).toEqual([true, true]);
});

test.each([
  ["/r/a.ts", "/r/A.ts"],
  ["/r/src/**", "/r/src-old/a.ts"],
  ["/r/**/*.md", "/r/src/app.ts"],
  ["/r/*.ts", "/r/src/a.ts"],
  ["/r/*.ts", "/r/*.js"],
  ["/r/a*.ts", "/r/b*.ts"],
  ["/r/??.ts", "/r/a.ts"],
  ["/r/src/**", "/r/lib/**"],
  ["/r/{a,b}.ts", "/r/c.ts"],
  ["/r/app/[id]/page.tsx", "/r/app/i/page.tsx"],
  ["/r/\\*.ts", "/r/a.ts"],
  ["/r/**/x/a.ts", "/r/y/b.ts"],
])("%s and %s have nothing in common", (a, b) => {
  expect([overlaps(a, b), overlaps(b, a)]).toEqual([false, false]);
});

test("what a pattern covers, it overlaps, whichever way one asks", () => {
  const name = fc.constantFrom("a", "b", "ab", "*", "a*", "?", "**", "{a,b}");
  const pattern = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join("/"));
  const path = fc
    .array(fc.constantFrom("a", "b", "ab"), { minLength: 1, maxLength: 4 })
    .map((names) => names.join("/"));

  fc.assert(
    fc.property(pattern, pattern, path, (one, other, file) => {
      expect(overlaps(one, other)).toBe(overlaps(other, one));
      const isInBoth = overlaps(file, one) && overlaps(file, other);
      expect(isInBoth && !overlaps(one, other)).toBe(false);
    }),
  );
});

test("a file is covered by a pattern for it, and by one for a folder it lies in", () => {
  const covering = ["src/a.ts", "src", "src/*", "s*", "**", "{lib,src}"];

  expect(covering.filter((pattern) => !isCovered("src/a.ts", [pattern]))).toEqual([]);
  expect(isCovered("src/a.ts", ["src/b.ts", "lib", "src/*.md"])).toBe(false);
});

test("a name with wildcards in it can be meant as it is", () => {
  const odd = "/r/a*b?{c,d}\\e";

  expect(isPattern(literal(odd))).toBe(false);
  expect(overlaps(literal(odd), literal(odd))).toBe(true);
  expect(overlaps(literal(odd), "/r/axb")).toBe(false);
});

test("two long patterns full of stars are compared at once", () => {
  const a = `/${"a*".repeat(60)}b`;
  const b = `/${"*a".repeat(60)}c`;

  const worked = workedMs(() => expect(overlaps(a, b)).toBe(false));
  expect(worked).toBeLessThan(500);
});

test.each([
  ["/r/./a//b/", "/r/a/b"],
  ["/r/x/../a", "/r/a"],
  ["a/../b", "b"],
])("%s is %s", (given, clean) => {
  expect(tidy(given)).toBe(clean);
});

test.each(["/..", "/r/*/../a"])("%s is refused", (given) => {
  expect(() => tidy(given)).toThrow(expect.objectContaining({ code: "invalid_input" }));
});

test("a pattern with hundreds of alternatives is refused", () => {
  expect(() => overlaps("{a,b}".repeat(8), "x")).toThrow(/alternatives|no path/);
});
