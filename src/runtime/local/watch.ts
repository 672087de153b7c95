import { statSync, watch, type FSWatcher } from "node:fs";
import { basename, dirname } from "node:path";
import type { Watch } from "../machine.ts";

const pollEveryMs = 500;
/** How often a poll tries to become a watch again. */
const upgradeEveryMs = 5_000;

/**
 * Calls back after changes of a folder's entries, or of a file. A file is watched through its
 * folder, since a watch of the file itself ends when the file is replaced. Where watching fails
 * (no folder yet, no watches left) the path is looked at twice a second until it works.
 */
export function watchPath(path: string, onChange: () => void): Watch {
  let closed = false;
  let watcher: FSWatcher | undefined;
  let poll: NodeJS.Timeout | undefined;
  let told = false;

  const tell = (): void => {
    if (told || closed) return;
    told = true;
    setImmediate(() => {
      told = false;
      if (!closed) onChange();
    });
  };

  const begin = (): boolean => {
    const isFolder = kindOf(path) === "folder";
    const folder = isFolder ? path : dirname(path);
    const identity = identityOf(folder);
    if (identity === undefined) return false;
    const name = isFolder ? undefined : basename(path);
    try {
      watcher = watch(folder, { persistent: false }, (kind, changed) => {
        if (name === undefined || changed === null || changed === name) tell();
        // a folder that was removed or replaced leaves a watch that never speaks again
        if (kind === "rename" && identityOf(folder) !== identity) restart();
        else if (kind === "rename" && !isFolder && kindOf(path) === "folder") restart();
      });
    } catch {
      // no watches left (ENOSPC, EMFILE): the caller polls instead
      return false;
    }
    watcher.on("error", restart);
    return true;
  };

  const restart = (): void => {
    if (closed) return;
    watcher?.close();
    watcher = undefined;
    tell();
    if (!begin()) startPoll();
  };

  const startPoll = (): void => {
    if (poll) return;
    let last = signatureOf(path);
    let untilUpgradeMs = upgradeEveryMs;
    poll = setInterval(() => {
      const seen = signatureOf(path);
      if (seen !== last) tell();
      untilUpgradeMs = seen === undefined || seen !== last ? 0 : untilUpgradeMs - pollEveryMs;
      last = seen;
      if (untilUpgradeMs > 0) return;
      untilUpgradeMs = upgradeEveryMs;
      if (!begin()) return;
      clearInterval(poll);
      poll = undefined;
      // something may have changed between the look and the watch
      tell();
    }, pollEveryMs);
    poll.unref();
  };

  if (!begin()) startPoll();
  return {
    close: () => {
      closed = true;
      watcher?.close();
      clearInterval(poll);
    },
  };
}

function kindOf(path: string): "folder" | "other" | undefined {
  const facts = statSync(path, { throwIfNoEntry: false });
  return facts && (facts.isDirectory() ? "folder" : "other");
}

function identityOf(path: string): string | undefined {
  const facts = look(path);
  return facts && `${facts.dev}:${facts.ino}`;
}

function signatureOf(path: string): string | undefined {
  const facts = look(path);
  return facts && `${facts.dev}:${facts.ino}:${facts.size}:${facts.mtimeMs}`;
}

function look(path: string): ReturnType<typeof statSync> {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // a folder on the way became a file, or may not be entered
    return undefined;
  }
}
