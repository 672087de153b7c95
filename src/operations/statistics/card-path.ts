import { lstatSync, realpathSync } from "node:fs";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { AgentpoolError } from "../../domain/errors.ts";

/**
 * Where a card may be written: below the folder the caller stands in, or in `cards`. Links are
 * followed before that is judged, and nothing but a picture is written over.
 * @throws invalid_input
 */
export function cardPath(
  given: string,
  { cwd, cards }: { readonly cwd: string; readonly cards: string },
): string {
  const wanted = resolve(cwd, given);
  if (![".svg", ".png"].includes(extname(wanted).toLowerCase())) {
    throw refused(given, "its name ends neither in .svg nor in .png");
  }
  const path = join(realFolder(dirname(wanted)), basename(wanted));
  const allowed = [realFolder(resolve(cwd)), realFolder(cards)];
  // a host that stands nowhere in particular would open the whole disk
  const roots = allowed.filter((folder) => dirname(folder) !== folder);
  if (!roots.some((root) => isBelow(path, root))) {
    throw refused(given, `it lies neither in ${cwd} nor in ${cards}`);
  }
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there && !there.isFile()) throw refused(given, "something that is no file is there");
  return path;
}

/** The folder without links, as far as it exists. */
function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    const above = dirname(folder);
    return above === folder ? folder : join(realFolder(above), basename(folder));
  }
}

function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith("../");
}

function refused(path: string, why: string): AgentpoolError {
  return new AgentpoolError("invalid_input", `The card cannot be written to ${path}`, {
    why,
    hint: "Leave the path out, or name a .svg or .png file in the working folder.",
    details: { fields: ["output_path"] },
  });
}
