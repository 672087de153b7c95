import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { nearest } from "../../domain/nearest.ts";
import { noModels, type ModelList } from "./model-list.ts";
import { parseModels, type ModelProblem } from "./parse-models.ts";

/**
 * Where the models of providers stand: `models.json` in a provider's own folder, and a person's
 * `<home>/models/<provider id>.json`, which is laid over it. A folder of its own, since a folder
 * `<home>/providers/<id>` is a provider, and one of the same id takes the place of ours.
 */
export interface ModelPlaces {
  /** Every provider known here with the file of its definition. */
  readonly providers: readonly { readonly id: string; readonly file: string }[];
  /** `<home>/models`; may be absent. */
  readonly userFolder: string;
}

export interface ReadModels {
  readonly providerId: string;
  /** The files the list is made of, in the order in which they are laid over each other. */
  readonly files: readonly string[];
  readonly list: ModelList;
  /** Files that were left out of it. */
  readonly broken: readonly BrokenModels[];
}

export interface BrokenModels {
  readonly file: string;
  readonly problems: readonly ModelProblem[];
}

const largestFileBytes = 1024 * 1024;

/**
 * The models of one provider. A file that is broken or absent leaves what the others say.
 * @param more further files and folders, laid over the others in their order: a file is of the
 *   provider it is named after, a folder is one like `userFolder`
 */
export async function readModels(
  provider: ModelPlaces["providers"][number],
  userFolder: string,
  more: readonly string[] = [],
): Promise<ReadModels> {
  const files: string[] = [];
  const broken: BrokenModels[] = [];
  let list = noModels;
  const added = more.flatMap((path) => {
    if (!path.endsWith(".json")) return [join(path, `${provider.id}.json`)];
    return basename(path) === `${provider.id}.json` ? [path] : [];
  });
  for (const file of [...filesOf(provider, userFolder), ...added]) {
    const read = await parseFile(file, list);
    if (read === undefined) {
      // a file that somebody named is meant to be there
      if (more.includes(file)) broken.push({ file, problems: ofWhole("it is not there") });
      continue;
    }
    if ("problems" in read) {
      broken.push({ file, problems: read.problems });
      continue;
    }
    list = read.list;
    files.push(file);
  }
  return { providerId: provider.id, files, list, broken };
}

/** A person's files that no provider reads, for the name of which there is none. */
export async function strayModels({
  providers,
  userFolder,
}: ModelPlaces): Promise<readonly BrokenModels[]> {
  const ids = providers.map(({ id }) => id);
  let names: string[];
  try {
    names = await readdir(userFolder);
  } catch (thrown) {
    return isAbsent(thrown) ? [] : [{ file: userFolder, problems: unreadable(thrown) }];
  }
  return names
    .filter((name) => name.endsWith(".json") && !name.startsWith("."))
    .filter((name) => !ids.includes(basename(name, ".json")))
    .map((name) => {
      const near = nearest(basename(name, ".json"), ids);
      const guess = near === undefined ? "" : `; did you mean ${near}.json?`;
      const reason = `no provider has the id "${basename(name, ".json")}"${guess}`;
      return { file: join(userFolder, name), problems: ofWhole(reason) };
    });
}

/**
 * What is wrong with one file, wherever it lies; nothing when it is in order. One named after a
 * provider is checked as what is laid over the models of that provider. Undefined when there is
 * no such file.
 */
export async function checkFile(
  file: string,
  providers: ModelPlaces["providers"],
): Promise<readonly ModelProblem[] | undefined> {
  const named = providers.find(({ id }) => id === basename(file, ".json"));
  const base = named ? await readModels({ id: named.id, file: named.file }, "") : undefined;
  const read = await parseFile(file, base?.list ?? noModels);
  return read && ("problems" in read ? read.problems : []);
}

function filesOf(provider: ModelPlaces["providers"][number], userFolder: string): string[] {
  const folder = dirname(provider.file);
  // a definition that is a single file has no folder of its own
  const own = basename(folder) === provider.id ? [join(folder, "models.json")] : [];
  return userFolder === "" ? own : [...own, join(userFolder, `${provider.id}.json`)];
}

async function parseFile(
  file: string,
  base: ModelList,
): Promise<ReturnType<typeof parseModels> | undefined> {
  try {
    const facts = await stat(file);
    if (!facts.isFile()) return { problems: ofWhole("it is no file") };
    if (facts.size > largestFileBytes) return { problems: ofWhole("it is larger than 1 MiB") };
    return parseModels(await readFile(file, "utf8"), base);
  } catch (thrown) {
    return isAbsent(thrown) ? undefined : { problems: unreadable(thrown) };
  }
}

function ofWhole(reason: string): ModelProblem[] {
  return [{ line: 1, field: "", reason }];
}

function unreadable(thrown: unknown): ModelProblem[] {
  return ofWhole(`it cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
}

function isAbsent(thrown: unknown): boolean {
  const { code } = thrown as { readonly code?: unknown };
  return code === "ENOENT" || code === "ENOTDIR";
}
