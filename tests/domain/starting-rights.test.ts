import { expect, test } from "vitest";
import { providersIn, wideningOption } from "../../src/domain/starting-rights.ts";

test("an option widens unless the definition says that agents may set it, with that value or with any", () => {
  const agentsMaySet = { permission_mode: ["manual", "plan"], spec: ["*"] };
  for (const [given, found] of [
    [{}, null],
    [{ permission_mode: "plan", spec: "true" }, null],
    [{ permission_mode: "auto" }, "permission_mode=auto"],
    [{ spec: "true", autonomy: "high" }, "autonomy=high"],
    [{ permission_mode: "*" }, "permission_mode=*"],
    [{ constructor: "x" }, "constructor=x"],
  ] as const) {
    expect(wideningOption(given, agentsMaySet)).toBe(found);
  }
  // a definition without a word of it knows no harmless ones
  expect(wideningOption({ spec: "true" })).toBe("spec=true");
  expect(wideningOption({})).toBeNull();
});

test("the providers of a run are found wherever its description names one", () => {
  const worker = { providerId: "a", fallback: [{ providerId: "b", model: null }] };
  const spec = { lead: worker, tasks: [{ worker: { providerId: "c" } }, null, "providerId"] };
  expect(providersIn(spec)).toEqual(["a", "b", "c"]);
  expect(providersIn(null)).toEqual([]);
});
