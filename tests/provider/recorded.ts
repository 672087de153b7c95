import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Screen } from "../../src/provider/read-screen.ts";

const folder = join(import.meta.dirname, "screens");

/** A screen as it was captured, with its colours. Titles were not recorded with them. */
export function recorded(cli: string, name: string, title = ""): Screen {
  const text = readFileSync(join(folder, cli, `${name}.txt`), "utf8");
  return { lines: text.replace(/\n$/, "").split("\n"), title };
}

export function recordedNames(cli: string): string[] {
  return readdirSync(join(folder, cli)).map((file) => file.replace(/\.txt$/, ""));
}
