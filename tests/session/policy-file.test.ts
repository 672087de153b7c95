import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { policyReader } from "../../src/session/policy-file.ts";
import { tempFolder } from "../support/temp-folder.ts";

test("no policy file is an empty policy, and one that comes later holds at once", async () => {
  const file = join(tempFolder(), "policy.yaml");
  const read = policyReader(file);
  expect((await read()).trustFolders).toBe(true);
  writeFileSync(file, "trust_folders: false\n");
  expect((await read()).trustFolders).toBe(false);
  expect((await read()).trustFolders).toBe(false);
});

test("a folder, and a link that leads nowhere, are no missing file: nothing is started meanwhile", async () => {
  const folder = tempFolder();
  const file = join(folder, "policy.yaml");
  const link = join(folder, "link.yaml");
  mkdirSync(file);
  symlinkSync(join(folder, "gone.yaml"), link);
  for (const one of [file, link]) {
    await expect(policyReader(one)()).rejects.toMatchObject({
      code: "invalid_config",
      why: expect.stringContaining(one),
    });
  }
});
