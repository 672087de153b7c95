import { expect, test } from "vitest";
import { inventory } from "../../src/operations/provider/inventory.ts";
import { createStyle } from "../../src/surface/cli/style.ts";

const provider = {
  id: "sample",
  display_name: "Sample",
  vendor: "Someone",
  harness: "sample",
  aliases: [],
  installed: false,
  binary_path: null,
  version: null,
  versions_tried: [],
  untested_version: false,
  install: "npm install --global sample",
  channels: ["hook"],
  acceptance: "log",
  warnings: [],
};

test("the list for people says which facts were verified and which only read about", () => {
  const shown = inventory.cli?.render(
    {
      providers: [
        { ...provider, verified: "verified" },
        { ...provider, id: "other", verified: "from_documentation" },
      ],
      broken: [],
      runtimes: [],
      checked_at: "2026-11-21T18:00:00.000Z",
    } as never,
    createStyle(false, 200),
    {},
  );
  const lines = (shown ?? "").split("\n");
  expect(lines.find((line) => line.startsWith("sample"))).toMatch(/\syes\s+hook\s/);
  expect(lines.find((line) => line.startsWith("other"))).toMatch(/\sdocs only\s+hook\s/);
});
