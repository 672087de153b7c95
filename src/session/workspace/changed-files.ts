/** One file that differs between two trees. */
export interface ChangedFile {
  readonly path: string;
  readonly status: "added" | "modified" | "deleted" | "renamed" | "copied" | "type_changed";
  /** Lines; null for binary files and submodules. */
  readonly added: number | null;
  readonly deleted: number | null;
  readonly binary: boolean;
  /** Where it was before; null unless renamed or copied. */
  readonly oldPath: string | null;
  readonly oldMode: string;
  readonly newMode: string;
  /** Object ids of the content before and after; all zeros where there is none. */
  readonly oldId: string;
  readonly newId: string;
}

/** Lists of changed files hold no more than this, and say so. */
export const maxListed = 20_000;

/** A link to a commit of another repository, not a file. */
export const submoduleMode = "160000";

const statuses: Readonly<Record<string, ChangedFile["status"]>> = {
  A: "added",
  M: "modified",
  D: "deleted",
  R: "renamed",
  C: "copied",
  T: "type_changed",
};

/**
 * Reads the fields of `git diff-tree -z --raw --numstat`: first all raw records (`:modes ids
 * status`, path, and for moved files the new path), then the line counts in the same order. Paths
 * are as they are, never quoted.
 */
export async function readChangedFiles(fields: AsyncIterable<string>): Promise<ChangedFile[]> {
  const files: ChangedFile[] = [];
  let counted = 0;
  let record: string[] = [];
  for await (const field of fields) {
    record.push(field);
    if (record.length < lengthOf(record)) continue;
    if (record[0]?.startsWith(":")) {
      files.push(fromRaw(record));
    } else {
      const file = files[counted];
      const counts = /^(\d+|-)\t(\d+|-)\t/.exec(record[0] ?? "");
      if (file && counts) files[counted] = withCounts(file, counts[1] ?? "-", counts[2] ?? "-");
      counted++;
    }
    record = [];
  }
  return files;
}

/** How many fields the record has that begins like this. */
function lengthOf([first = ""]: readonly string[]): number {
  if (first.startsWith(":")) return /^[RC]/.test(first.slice(first.lastIndexOf(" ") + 1)) ? 3 : 2;
  // the counts of a moved file have an empty path, then follow the old and the new one
  return first.endsWith("\t") ? 3 : 1;
}

function fromRaw([head = "", first = "", second]: readonly string[]): ChangedFile {
  const [oldMode = "", newMode = "", oldId = "", newId = "", letter = ""] = head
    .slice(1)
    .split(" ");
  return {
    path: second ?? first,
    status: statuses[letter.charAt(0)] ?? "modified",
    added: null,
    deleted: null,
    binary: false,
    oldPath: second === undefined ? null : first,
    oldMode,
    newMode,
    oldId,
    newId,
  };
}

function withCounts(file: ChangedFile, added: string, deleted: string): ChangedFile {
  const isSubmodule = file.oldMode === submoduleMode || file.newMode === submoduleMode;
  if (isSubmodule) return file;
  if (added === "-") return { ...file, binary: true };
  return { ...file, added: Number(added), deleted: Number(deleted) };
}
