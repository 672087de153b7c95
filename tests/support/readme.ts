import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./built.ts";

export const readme = readFileSync(join(repository, "README.md"), "utf8");

/** The lines to type under a heading of the README, from all its blocks. */
export function linesUnder(heading: string): string[] {
  const [, section = ""] = readme.split(`## ${heading}\n`);
  const [own = ""] = section.split("\n## ");
  return [...own.matchAll(/```sh\n([^]*?)```/g)].flatMap(([, block = ""]) =>
    block.trim().split("\n"),
  );
}

/** Splits a line into words as a shell does, as far as the README uses one. */
export function words(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? "");
}
