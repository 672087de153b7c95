import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Home } from "../../platform/home.ts";
import type { ProfileFolders } from "./load-profiles.ts";

/**
 * Where profiles for work in a folder lie: a project's in the nearest `.agentpool/profiles` at or above
 * it, no higher than the root of its repository; outside of one only in the folder itself.
 */
export function profileFolders(home: Pick<Home, "profiles">, folder: string): ProfileFolders {
  const places = [folder];
  for (let at = folder; !existsSync(join(at, ".git")); at = dirname(at)) {
    if (at === dirname(at)) return { user: home.profiles, project: projectIn([folder], home) };
    places.push(dirname(at));
  }
  return { user: home.profiles, project: projectIn(places, home) };
}

/** A person who keeps the home in a repository has no project's profiles in it. */
function projectIn(places: readonly string[], home: Pick<Home, "profiles">): string | null {
  const folders = places.map((place) => join(place, ".agentpool", "profiles"));
  return folders.find((folder) => folder !== home.profiles && existsSync(folder)) ?? null;
}
