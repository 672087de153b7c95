import type { KnownProvider } from "./discover.ts";

/** A provider by the names it answers to. */
interface Named {
  readonly id: string;
  /** Its aliases and presets. */
  readonly aliases: readonly string[];
  readonly origin: KnownProvider["origin"];
}

/**
 * What to tell of names that two providers claim. An id goes before an alias, what we ship before what
 * the user added, then the id that sorts first: the order in which the catalogue looks names up.
 * @returns sentences about a provider, which may be none, each naming the other one
 */
export function nameClashes(id: string, all: readonly Named[]): string[] {
  const taken = all
    .filter((other) => other.id !== id && other.aliases.includes(id))
    .map((other) => `takes the name ${id} from ${other.id}, which has it as an alias`);
  const own = all.find((one) => one.id === id)?.aliases ?? [];
  const lost = own
    .map((alias) => ({ alias, owner: ownerOf(alias, all)?.id }))
    .filter(({ owner }) => owner !== id)
    .map(({ alias, owner }) => `its alias ${alias} does not name it: ${alias} means ${owner}`);
  return [...taken, ...lost];
}

function ownerOf(name: string, all: readonly Named[]): Named | undefined {
  const byAlias = all.filter(({ aliases }) => aliases.includes(name));
  return all.find(({ id }) => id === name) ?? byAlias.toSorted(byPrecedence)[0];
}

function byPrecedence(a: Named, b: Named): number {
  if (a.origin !== b.origin) return a.origin === "built_in" ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
