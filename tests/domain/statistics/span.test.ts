import { expect, test } from "vitest";
import { parseSpan } from "../../../src/domain/statistics/span.ts";

const now = Date.parse("2026-11-21T12:00:00Z");
const at = (text: string): number => Date.parse(text);

test.each([
  ["24h", now - 86_400_000, now, "last 24 hours"],
  ["1d", now - 86_400_000, now, "last day"],
  ["2w", now - 14 * 86_400_000, now, "last 2 weeks"],
  ["7D", now - 7 * 86_400_000, now, "last 7 days"],
  ["all", null, now, "all time"],
  ["2026-11-20", at("2026-11-20"), at("2026-11-21"), "2026-11-20"],
  ["2026-11-01/2026-11-07", at("2026-11-01"), at("2026-11-08"), "2026-11-01 to 2026-11-07"],
  [
    "2026-11-01T10:00/2026-11-01T12:30:00Z",
    at("2026-11-01T10:00Z"),
    at("2026-11-01T12:30Z"),
    "2026-11-01",
  ],
])("the window %s", (window, from, to, label) => {
  expect(parseSpan({ window }, now)).toEqual({ from, to, label, spec: window });
});

test("without anything it is the last 7 days; beginning and end may be given apart", () => {
  expect(parseSpan({}, now).spec).toBe("7d");
  expect(parseSpan({ from: "2026-11-20" }, now)).toMatchObject({ from: at("2026-11-20"), to: now });
  expect(parseSpan({ to: "2026-11-20" }, now)).toMatchObject({ from: null, to: at("2026-11-21") });
});

test.each([
  "",
  "0d",
  "-1d",
  "7",
  "7m",
  "yesterday",
  "2026-02-30",
  "2026-11-07/2026-11-01",
  "a/b/c",
  "/",
])("%j is refused with what would be right", (window) => {
  expect(() => parseSpan({ window }, now)).toThrow(
    expect.objectContaining({
      code: "invalid_input",
      hint: expect.stringContaining("7d") as string,
    }),
  );
});

test("a window and a beginning exclude each other", () => {
  expect(() => parseSpan({ window: "7d", from: "2026-11-20" }, now)).toThrow(/both given/);
});
