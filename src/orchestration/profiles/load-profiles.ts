import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Profile } from "../../domain/profile.ts";
import { readRegularFile } from "../../platform/read-regular-file.ts";
import { readProfile, type ProfileFault } from "./read-profile.ts";
import { widenings } from "./widenings.ts";

/** Where profiles lie, besides those that agentpool brings. */
export interface ProfileFolders {
  /** `<home>/profiles` */
  readonly user: string;
  /** `.agentpool/profiles` of the project the work is in; null for none. */
  readonly project: string | null;
}

export interface Profiles {
  readonly profiles: ReadonlyMap<string, Profile>;
  /** Files that are no profile, each with the reason. */
  readonly broken: readonly BrokenProfile[];
}

export interface BrokenProfile {
  readonly name: string;
  readonly file: string;
  readonly faults: readonly ProfileFault[];
}

const largestBytes = 256 * 1024;
const builtIn = fileURLToPath(new URL("built-in/", import.meta.url));

/**
 * Every profile by its name, which is that of its file. A project's go before those of agentpool, as
 * far as they allow no more than these do; the user's own go before all. A file that is wrong takes no
 * other profile away.
 */
export async function loadProfiles({ user, project }: ProfileFolders): Promise<Profiles> {
  const profiles = new Map<string, Profile>();
  const broken: BrokenProfile[] = [];
  const take = async (folder: string, source: Profile["source"]): Promise<void> => {
    for (const file of markdownIn(folder)) {
      const name = basename(file, ".md");
      const read = await readOne(file, { name, source });
      if ("faults" in read) {
        broken.push({ name, file, faults: read.faults });
        continue;
      }
      const refused = source === "project" ? widenings(read.profile, profiles.get(name)) : [];
      if (refused.length === 0) profiles.set(name, read.profile);
      else broken.push({ name, file, faults: refused.map((message) => ({ line: null, message })) });
    }
  };
  await take(builtIn, "built_in");
  if (project !== null) await take(project, "project");
  await take(user, "user");
  return { profiles, broken };
}

async function readOne(file: string, origin: Pick<Profile, "name" | "source">) {
  const { name, source } = origin;
  if (!/^[a-z0-9][\w-]{0,40}$/i.test(name)) {
    const message = `is called "${name}": letters, digits, - and _ are allowed, up to 41`;
    return { faults: [{ line: null, message }] };
  }
  let text: string;
  try {
    text = readRegularFile(file, largestBytes);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return { faults: [{ line: null, message: `cannot be read: ${why}` }] };
  }
  return readProfile({ name, source, file: source === "built_in" ? null : file, text });
}

/** In the order of names; a folder that is not there holds none. */
function markdownIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith(".md"))
      .toSorted((a, b) => (a < b ? -1 : 1))
      .map((file) => join(folder, file));
  } catch (thrown) {
    if (["ENOENT", "ENOTDIR"].includes((thrown as NodeJS.ErrnoException).code ?? "")) return [];
    throw thrown;
  }
}
