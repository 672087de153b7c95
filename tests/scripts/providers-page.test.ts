import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/providers.md"), "utf8");

// that it is what the definitions say is a step of `npm run check`
test("the page of the providers has a column and a section for each, and says what is only read", () => {
  const ids = readdirSync(join(root, "providers"));
  const [head = "", , facts = ""] = page.split("\n").filter((line) => line.startsWith("|"));
  const columns = [...head.matchAll(/\[`([\w-]+)`\]/g)].map((match) => match[1]);
  expect(columns).toEqual(ids.toSorted());
  for (const id of ids) expect(page).toContain(`\n## ${id}\n`);
  const cells = facts.split("|").map((cell) => cell.trim());
  expect(cells[1]).toBe("Facts");
  const read = columns.filter((_, index) => cells[index + 2] === "from documentation");
  expect(read).toEqual(["cursor-cli", "devin-cli"]);
});
