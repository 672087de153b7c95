import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./built.ts";

/** A block of lines to type. */
export interface Block {
  readonly text: string;
  /** The word behind `sh`: what the lines need that no test has here; absent where they are run. */
  readonly needs: string | undefined;
}

export interface Guide {
  /** Its path in the repository. */
  readonly page: string;
  readonly blocks: readonly Block[];
}

/** Folders whose pages are for people who use agentpool; `docs/reference` is generated. */
const folders = ["docs", "docs/guides"];

/** Every page with lines to type, in the order of its blocks. */
export function guides(): Guide[] {
  return folders
    .flatMap((folder) => pagesIn(folder))
    .map((page) => ({ page, blocks: blocksOf(readFileSync(join(repository, page), "utf8")) }))
    .filter(({ blocks }) => blocks.length > 0);
}

function pagesIn(folder: string): string[] {
  try {
    const names = readdirSync(join(repository, folder)).filter((name) => name.endsWith(".md"));
    return names.toSorted().map((name) => `${folder}/${name}`);
  } catch {
    return [];
  }
}

function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^```sh(?: (\S+))?\n([^]*?)^```/gm)].map(([, needs, text = ""]) => ({
    text,
    needs,
  }));
}
