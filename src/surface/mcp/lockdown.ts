import { changeAt } from "./worker-path.ts";

/**
 * An output without the text at the paths: the text becomes null, a list becomes empty, and the
 * object it stood in says `included: false, reason: "lockdown"`.
 */
export function omitWorkerText(output: unknown, paths: readonly string[]): unknown {
  return changeAt(output, paths, (holder, name) => {
    const value = holder[name];
    if (value === null) return { ...holder };
    const left = Array.isArray(value) ? [] : null;
    return { ...holder, [name]: left, included: false, reason: "lockdown" };
  });
}

/** Files in which nobody but us, git and the caller has words. */
const ownFiles = ["task", "prompt", "metadata", "manifest", "git_status"];
const fileLists = ["files", "artifacts", "artifact_manifest.files"];

/**
 * Says of each file that holds words of a worker that it is gated: its path is known, and reading it
 * is left to somebody who may.
 */
export function gateFiles(output: unknown): unknown {
  return changeAt(output, fileLists, (holder, name) => {
    const files = holder[name];
    return { ...holder, [name]: Array.isArray(files) ? files.map(gated) : files };
  });
}

function gated(file: unknown): unknown {
  if (typeof file !== "object" || file === null || !("kind" in file)) return file;
  return ownFiles.includes(String(file.kind))
    ? file
    : { ...file, gated: true, gated_reason: "lockdown" };
}
