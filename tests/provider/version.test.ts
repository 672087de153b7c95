import { describe, expect, test } from "vitest";
import { isInRange, rangeProblem, untriedWarning } from "../../src/provider/version.ts";

describe("a range", () => {
  test.each([
    ["1.2.0", ">=1.2 <2", true],
    ["1.10.0", ">=1.2 <2", true],
    ["2.0.0", ">=1.2 <2", false],
    ["2.0.0-beta.1", ">=1.2 <2", false],
    ["1.1.9", ">=1.2 <2", false],
    ["0.169.0", "<0.170", true],
    ["0.170.1", "<0.170", false],
    ["1.2.3", "1.2", true],
    ["1.3.0", "1.2", false],
    ["1.2.9", "<=1.2", true],
    ["1.2.9", ">1.2", false],
    ["1.3.0", ">1.2", true],
    ["3000.6.11", ">=3000", true],
    ["1.0.0", "<0.9 || >=1", true],
    ["0.9.5", "<0.9 || >=1", false],
    ["5.0", "*", true],
    ["v2.1.3", "=2.1.3", true],
    ["nightly", "*", false],
  ])("%s in %s: %s", (version, range, inside) => {
    expect(isInRange(version, range)).toBe(inside);
  });

  test.each(["", "new", ">= 1.2", "1.2 - 2", "^1.2"])("%j is none", (range) => {
    expect(rangeProblem(range)).toContain("no range");
  });
});

describe("a version nobody tried", () => {
  const provider = { id: "sample-cli", tried: ["1.2.3", "1.3.0"] };

  test("gets a warning that names what was tried", () => {
    expect(untriedWarning(provider, "1.4.0")).toBe(
      "sample-cli 1.4.0 has not been tried with this agentpool (tried: 1.2.3, 1.3.0); its screens and logs may read differently",
    );
    expect(untriedWarning(provider, null)).toContain("could not be told");
  });

  test("gets none when it was tried", () => {
    expect(untriedWarning(provider, "1.3.0")).toBeNull();
  });
});
