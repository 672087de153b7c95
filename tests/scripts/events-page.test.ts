import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eventTypes } from "../../src/domain/event-types.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/reference/events.md"), "utf8");

// that it is what the source says is a step of `npm run check`
test("every event has a row of its own with its fields and those it shares, and no others", () => {
  const rows = new Map(
    [...page.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, name = "", fields = ""]) => [
      name,
      [...fields.matchAll(/`(\w+)`:/g)].map((match) => match[1]),
    ]),
  );
  expect([...rows.keys()].toSorted()).toEqual([...eventTypes].toSorted());
  expect(rows.get("supervisor_stopped")).toEqual(["epoch", "because"]);
  expect(rows.get("approval_rejected")).toEqual(["approval_id", "kind", "by", "comment"]);
  expect(rows.get("lease_expired")).toEqual([
    "lease_id",
    "holder",
    "repo_path",
    "file_path",
    "because",
  ]);
});
