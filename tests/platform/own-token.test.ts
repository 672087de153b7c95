import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { homeFrom } from "../../src/platform/home.ts";
import { readOwnToken, tokenFileVariable } from "../../src/platform/own-token.ts";
import { tempFolder } from "../support/temp-folder.ts";

test("a token counts for its home, by whatever path that is named, and for no other", () => {
  const folder = tempFolder();
  const home = homeFrom({ AGENTPOOL_HOME: join(folder, "home") });
  mkdirSync(home.tokens, { recursive: true });
  const path = join(home.tokens, "ap_1.abc");
  writeFileSync(path, "ap_1.secret\n");
  symlinkSync(home.root, join(folder, "link"));
  const linked = homeFrom({ AGENTPOOL_HOME: join(folder, "link") });
  const other = homeFrom({ AGENTPOOL_HOME: join(folder, "other") });
  const env = { [tokenFileVariable]: path };

  expect(readOwnToken(home, env)).toBe("ap_1.secret");
  expect(readOwnToken(linked, env)).toBe("ap_1.secret");
  expect(readOwnToken(other, env)).toBeUndefined();
  expect(readOwnToken(home, {})).toBeUndefined();
  const gone = { [tokenFileVariable]: join(home.tokens, "ap_2.def") };
  expect(() => readOwnToken(linked, gone)).toThrow(/token of this session is gone/);
});
