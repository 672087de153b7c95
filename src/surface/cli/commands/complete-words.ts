import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { plainText } from "../../../domain/plain-text.ts";
import { list, type Output } from "../../../operations/session/list.ts";
import { complete, type Candidate } from "../complete.ts";
import { readFromStore } from "../from-store.ts";
import { writeOut } from "../io.ts";
import type { Shell } from "../shell.ts";

/** Answers a shell that asks what may stand at the end of its line. Starts nothing, ever. */
export async function completeWords(shell: Shell, words: readonly string[]): Promise<number> {
  const found = await complete(words, {
    sessions: () => sessionsOf(shell),
    providers: async () => providersOf(shell),
  });
  const lines = found.map(({ value, about }) =>
    [value, ...(about === undefined ? [] : [oneLine(about)])].join("\t"),
  );
  writeOut(lines.map((line) => `${line}\n`).join(""));
  return 0;
}

async function sessionsOf(shell: Shell): Promise<Candidate[]> {
  // read as it stands: whoever presses Tab wants no supervisor
  const read = await readFromStore(
    { ...list, aboutSupervisor: true },
    { input: { limit: 100 } },
    shell,
  );
  const { sessions } = (read?.output ?? { sessions: [] }) as Pick<Output, "sessions">;
  const candidates = sessions.flatMap(({ id, name, provider_id: provider, state, task }) => {
    const about = `${state}  ${provider}  ${oneLine(task).slice(0, 40)}`;
    return name === null
      ? [{ value: id, about }]
      : [
          { value: name, about },
          { value: id, about },
        ];
  });
  return candidates.length === 0
    ? []
    : [...candidates, { value: "@last", about: "the newest session" }];
}

function providersOf({ dist, home }: Shell): Candidate[] {
  const facts = JSON.parse(readFileSync(join(dist, "providers", "facts.json"), "utf8")) as {
    readonly id: string;
    readonly displayName: string;
    readonly aliases: readonly string[];
  }[];
  const own = ((): string[] => {
    try {
      return readdirSync(home.providers);
    } catch {
      return [];
    }
  })();
  return [
    ...facts.flatMap(({ id, displayName, aliases }) =>
      [id, ...aliases].map((value) => ({ value, about: displayName })),
    ),
    ...own.map((value) => ({ value, about: "your own" })),
  ];
}

function oneLine(text: string): string {
  return plainText(text).replace(/\s+/g, " ");
}
