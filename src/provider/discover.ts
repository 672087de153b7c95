import { lstat, readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { AgentpoolError, messageWithWhy } from "../domain/errors.ts";
import { nearest } from "../domain/nearest.ts";
import type { ProviderDefinition } from "./definition.ts";
import { staticFacts, type StaticFacts } from "./static-facts.ts";
import { unreadable } from "./unreadable.ts";

export interface KnownProvider {
  readonly definition: ProviderDefinition;
  /** `extra` values that the name stands for, where it was a preset. */
  readonly extra: Readonly<Record<string, string>>;
  readonly file: string;
  readonly origin: "built_in" | "user";
  /** It is the user's and takes the place of one we ship. */
  readonly replacesBuiltIn: boolean;
}

export interface ProviderPlace {
  readonly id: string;
  /** The file of its definition. */
  readonly file: string;
  readonly origin: KnownProvider["origin"];
}

export interface KnownFacts extends Omit<KnownProvider, "definition" | "extra"> {
  readonly facts: StaticFacts;
}

export interface BrokenProvider {
  readonly id: string;
  readonly file: string;
  readonly problem: string;
}

/**
 * The providers known here: those we ship and the user's own, through the same door. A user's file
 * with the id of a built-in one takes its place. Ids come from names of files and folders; a
 * definition is loaded when it is asked for, and again when its file changed. Only these two
 * folders are ever looked into: what lies in a repository is nobody's choice until a person copies
 * or links it here.
 */
export class Catalogue {
  readonly #builtIn: string;
  readonly #folders: readonly { readonly path: string; readonly origin: KnownProvider["origin"] }[];
  readonly #loaded = new Map<
    string,
    { readonly stamp: string; readonly definition: Promise<ProviderDefinition> }
  >();

  /**
   * @param userFolder `<home>/providers`; may be absent
   * @param builtIn the folder we ship, found beside this module unless given
   */
  constructor(userFolder: string, builtIn: string = builtInFolder()) {
    this.#builtIn = builtIn;
    this.#folders = [
      { path: builtIn, origin: "built_in" },
      { path: userFolder, origin: "user" },
    ];
  }

  /** Every id, sorted, without loading a definition. */
  async ids(): Promise<string[]> {
    return [...(await this.#places()).places.keys()].toSorted();
  }

  /** Where every provider is defined, by id, without loading a definition. */
  async places(): Promise<readonly ProviderPlace[]> {
    return sorted((await this.#places()).places);
  }

  /** What can be said of each without asking its CLI; a definition is loaded where that is new. */
  async facts(): Promise<{
    readonly providers: readonly KnownFacts[];
    readonly broken: readonly BrokenProvider[];
  }> {
    const written = await writtenFacts(this.#builtIn);
    const providers: KnownFacts[] = [];
    const { places, broken: unread } = await this.#places();
    const broken: BrokenProvider[] = [...unread];
    for (const place of sorted(places)) {
      const { file, origin, replacesBuiltIn } = place;
      const shipped = origin === "built_in" ? written.get(place.id) : undefined;
      try {
        const facts = shipped ?? staticFacts(await this.#load(place));
        providers.push({ facts, file, origin, replacesBuiltIn });
      } catch (thrown) {
        broken.push(brokenAt(place, thrown));
      }
    }
    return { providers, broken };
  }

  /**
   * The provider with this id, alias or preset.
   * @throws provider_required for an empty name and for `auto`; provider_not_found with the nearest
   *   name; invalid_config when its file is broken
   */
  async get(name: string): Promise<KnownProvider> {
    const wanted = name.trim();
    const { places, broken: unread } = await this.#places();
    if (wanted === "" || wanted.toLowerCase() === "auto")
      throw noChoice(wanted, [...places.keys()]);
    const exact = places.get(wanted) ?? places.get(wanted.toLowerCase());
    if (exact) return this.#known(exact, {});

    const broken: BrokenProvider[] = [...unread];
    const names: string[] = [];
    for (const place of byLikeness(wanted, [...places.values()])) {
      const definition = await this.#load(place).catch((thrown: unknown) => {
        broken.push(brokenAt(place, thrown));
        return undefined;
      });
      if (!definition) continue;
      const extra = extraOf(definition, wanted.toLowerCase());
      if (extra) return known(place, definition, extra);
      names.push(definition.id, ...namesOf(definition));
    }
    throw notFound(wanted, names, broken);
  }

  /** All of them, each loaded; a broken file does not hide the others. */
  async all(): Promise<{
    readonly providers: readonly KnownProvider[];
    readonly broken: readonly BrokenProvider[];
  }> {
    const providers: KnownProvider[] = [];
    const { places, broken: unread } = await this.#places();
    const broken: BrokenProvider[] = [...unread];
    for (const place of sorted(places)) {
      try {
        providers.push(await this.#known(place, {}));
      } catch (thrown) {
        broken.push(brokenAt(place, thrown));
      }
    }
    return { providers, broken };
  }

  async #known(place: Place, extra: Readonly<Record<string, string>>): Promise<KnownProvider> {
    return known(place, await this.#load(place), extra);
  }

  async #places(): Promise<Places> {
    const places = new Map<string, Place>();
    const broken: BrokenProvider[] = [];
    for (const { path, origin } of this.#folders) {
      const found = await filesIn(path, origin).catch((thrown: unknown) => {
        if (origin === "built_in") throw thrown;
        // what we ship is there all the same
        const { why = "" } = unreadable(path, thrown);
        broken.push({ id: "", file: path, problem: `the folder cannot be read: ${why}` });
        return [];
      });
      for (const { id, file } of found) {
        const before = places.get(id);
        const rival = before?.origin === origin ? before.file : null;
        const replacesBuiltIn = origin === "user" && before?.origin === "built_in";
        places.set(id, { id, file, origin, rival, replacesBuiltIn });
      }
    }
    return { places, broken };
  }

  async #load(place: Place): Promise<ProviderDefinition> {
    const { file, rival } = place;
    if (rival !== null) {
      throw new AgentpoolError("invalid_config", `${file} defines ${place.id} a second time`, {
        why: `${rival} does too, and nothing says which is meant.`,
        hint: `Move one of them out of ${dirname(file)}.`,
        details: { file, line: null },
      });
    }
    const { mtimeMs, size } = await stat(file).catch((thrown: unknown) => {
      throw unreadable(file, thrown);
    });
    const stamp = `${mtimeMs}:${size}`;
    const known = this.#loaded.get(file);
    if (known?.stamp === stamp) return known.definition;
    const definition = load(place);
    const loaded = { stamp, definition };
    this.#loaded.set(file, loaded);
    // what it lacks may be installed beside it; the file itself does not change by that
    definition.catch(() => {
      setTimeout(() => {
        if (this.#loaded.get(file) === loaded) this.#loaded.delete(file);
      }, failureLastsMs).unref();
    });
    return definition;
  }
}

/** One that hangs is not waited for with every call. */
const failureLastsMs = 10_000;

/** What the build wrote of the providers in this folder (scripts/build/facts.mjs). */
export const factsFile = "facts.json";
/** What stands there for places of the machine that built it; each reader has its own. */
export const placesInFacts = { node: "<node>", providers: "<providers>" } as const;

async function writtenFacts(folder: string): Promise<ReadonlyMap<string, StaticFacts>> {
  try {
    const text = await readFile(join(folder, factsFile), "utf8");
    const here = (_: string, value: unknown): unknown =>
      typeof value === "string"
        ? value
            .replace(placesInFacts.node, () => process.execPath)
            .replace(placesInFacts.providers, () => folder)
        : value;
    const all = JSON.parse(text, here) as StaticFacts[];
    return new Map(all.map((facts) => [facts.id, facts]));
  } catch (thrown) {
    // the sources have no such file
    if (isAbsent(thrown)) return new Map();
    throw thrown;
  }
}

/** The loader comes with what it checks by, which a list of providers mostly needs none of. */
async function load({ file, id, origin }: ProviderPlace): Promise<ProviderDefinition> {
  const { loadDefinition } = await import("./load-definition.ts");
  return loadDefinition(file, id, { fresh: origin === "user" });
}

/** `providers/` beside `src/`: in the sources and in what is built from them. */
export function builtInFolder(): string {
  return fileURLToPath(new URL("../../providers", import.meta.url));
}

interface Place extends ProviderPlace {
  /** Another file of the user's that has the same id. */
  readonly rival: string | null;
  readonly replacesBuiltIn: boolean;
}

interface Places {
  readonly places: ReadonlyMap<string, Place>;
  /** Folders that could not be read. */
  readonly broken: readonly BrokenProvider[];
}

function sorted(places: ReadonlyMap<string, Place>): Place[] {
  return [...places.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function known(
  { file, origin, replacesBuiltIn }: Place,
  definition: ProviderDefinition,
  extra: Readonly<Record<string, string>>,
): KnownProvider {
  return { definition, extra, file, origin, replacesBuiltIn };
}

/** Sources when we run from sources, else what they were built into; never both. */
const ownModule = import.meta.url.endsWith(".ts") ? "provider.ts" : "provider.js";

async function filesIn(
  folder: string,
  origin: KnownProvider["origin"],
): Promise<{ readonly id: string; readonly file: string }[]> {
  const inFolder = origin === "built_in" ? [ownModule] : ["provider.mjs", "provider.json"];
  const entries = await readdir(folder, { withFileTypes: true }).catch((thrown: unknown) => {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw thrown;
  });
  const named = entries
    .map(({ name }) => name)
    .filter((name) => !name.startsWith("."))
    .toSorted();
  // asked with every call that names a provider, and so all at once
  const found = await Promise.all(
    named.map(async (entry) => {
      const path = join(folder, entry);
      const single = origin === "user" ? /^(.+)\.(?:json|mjs)$/.exec(entry)?.[1] : undefined;
      if (single !== undefined) return [{ id: single, file: path }];
      const files = inFolder.map((name) => join(path, name));
      const areThere = await Promise.all(files.map(mayBeThere));
      return files.filter((_, at) => areThere[at]).map((file) => ({ id: entry, file }));
    }),
  );
  return found.flat();
}

/** True also for what cannot be looked at: loading it says why. */
async function mayBeThere(file: string): Promise<boolean> {
  try {
    await lstat(file);
    return true;
  } catch (thrown) {
    return !isAbsent(thrown);
  }
}

function isAbsent(thrown: unknown): boolean {
  return (
    thrown instanceof Error &&
    "code" in thrown &&
    (thrown.code === "ENOENT" || thrown.code === "ENOTDIR")
  );
}

function namesOf(definition: ProviderDefinition): string[] {
  return [...(definition.aliases ?? []), ...Object.keys(definition.presets ?? {})];
}

function extraOf(
  definition: ProviderDefinition,
  name: string,
): Readonly<Record<string, string>> | undefined {
  if (definition.aliases?.includes(name)) return {};
  return definition.presets?.[name];
}

/**
 * Aliases stand in the definitions, which are loaded one by one until one has the name. What we ship
 * comes first, so that no file of the user's changes what a name of ours means; among those the ones
 * whose id begins like it, so that as a rule only one is loaded.
 */
function byLikeness(name: string, places: readonly Place[]): Place[] {
  const common = ({ id }: Place): number => {
    let length = 0;
    while (length < id.length && id[length] === name[length]) length += 1;
    return length;
  };
  const rank = ({ origin }: Place): number => (origin === "built_in" ? 0 : 1);
  return places.toSorted(
    (a, b) => rank(a) - rank(b) || common(b) - common(a) || (a.id < b.id ? -1 : 1),
  );
}

function brokenAt(place: Place, thrown: unknown): BrokenProvider {
  const problem = messageWithWhy(AgentpoolError.from(thrown));
  return { id: place.id, file: place.file, problem };
}

function noChoice(name: string, ids: readonly string[]): AgentpoolError {
  const what = name === "" ? "No provider was named" : `"${name}" is not a provider`;
  return new AgentpoolError("provider_required", what, {
    why: "Each provider is another account, another bill and other rights; agentpool never picks one.",
    hint: `--provider ${ids.toSorted().join(" | ")}`,
    details: { providers: ids.toSorted() },
  });
}

function notFound(
  name: string,
  names: readonly string[],
  broken: readonly BrokenProvider[],
): AgentpoolError {
  const near = nearest(name, names);
  const why = broken.map(({ file, problem }) => `${file} is broken: ${problem}`);
  return new AgentpoolError("provider_not_found", `No provider is called "${name}"`, {
    why: [`Known are: ${names.toSorted().join(", ")}.`, ...why].join(" "),
    hint: near === undefined ? "agentpool inventory" : `Did you mean --provider ${near}?`,
    details: { providers: names.toSorted(), nearest: near ?? null },
  });
}
