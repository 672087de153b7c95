import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { redactFile } from "../../src/platform/redact-file.ts";
import { createLocalMachine } from "../../src/runtime/local/machine.ts";
import { tempFolder } from "../support/temp-folder.ts";

const machine = createLocalMachine();

test("a file loses its secrets in place and keeps every other byte", async () => {
  const path = join(tempFolder(), "terminal.1.log");
  const odd = Buffer.from([0, 255, 0xc3, 0x28, 0x1b, 0x5b, 0x33, 0x31, 0x6d, 0xa0, 10]);
  const before = Buffer.concat([odd, Buffer.from("PASSWORD=pàss-wörd1 ünïcode 🙂\n"), odd]);
  writeFileSync(path, before);

  expect(await redactFile(machine, path, path)).toBe(true);

  const expected = [odd, Buffer.from("PASSWORD=[REDACTED:password] ünïcode 🙂\n"), odd];
  expect(readFileSync(path).equals(Buffer.concat(expected))).toBe(true);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("known values are found in their UTF-8 form, also across the pieces a file is read in", async () => {
  const folder = tempFolder();
  const secret = "geheimes Wört 🙂";
  const lines = Array.from({ length: 20_000 }, (_, n) => (n % 977 === 0 ? secret : `line ${n}`));
  writeFileSync(join(folder, "from"), lines.join(" "));

  await redactFile(machine, join(folder, "from"), join(folder, "to"), { known: [secret] });

  expect(readFileSync(join(folder, "to"), "utf8")).toBe(
    lines.map((line) => (line === secret ? "[REDACTED:env]" : line)).join(" "),
  );
});

test("a file that is not there gives false and makes nothing", async () => {
  const folder = tempFolder();

  expect(await redactFile(machine, join(folder, "from"), join(folder, "to"))).toBe(false);
  expect(await machine.list(folder)).toEqual([]);
});

test("an empty file stays one", async () => {
  const path = join(tempFolder(), "empty");
  writeFileSync(path, "");

  expect(await redactFile(machine, path, path)).toBe(true);
  expect(readFileSync(path, "utf8")).toBe("");
});
