import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { cliHome } from "../support/cli-home.ts";

beforeAll(ensureBuilt, 120_000);

test("a changed export names its first changed line", async () => {
  const { run, folder } = cliHome();
  await run(["decide", "Keep the old names", "--reason", "Others call them"]);
  const file = join(folder, "audit.jsonl");
  await run(["export", "--output", "audit.jsonl"]);
  await run(["export", "verify", "audit.jsonl"]);
  const written = readFileSync(file, "utf8").trimEnd().split("\n");
  const changed = written.map((line) => line.replace("Keep the old names", "Drop them"));
  writeFileSync(file, changed.join("\n"));
  const broken = await run(["export", "verify", file, "--json"], { status: 1 });
  const line = written.findIndex((one) => one.includes("Keep the old names")) + 1;
  expect(JSON.parse(broken.stderr)).toMatchObject({
    error: { code: "export_broken", details: { line } },
  });
  const { stdout } = await run(["export", "--format", "md", "--since", "1h"]);
  expect(stdout).toContain("| decision_logged | ");
});
