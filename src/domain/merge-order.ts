/** Work of a run on a branch of its own. */
export interface WorkBranch {
  readonly name: string;
  readonly taskTitle: string;
  /** Paths that differ from the base. */
  readonly changedFiles: readonly string[];
  /** Branches whose tasks this one's task depends on. */
  readonly after: readonly string[];
}

/** What a dry merge of two branches found. */
export interface MergeConflict {
  readonly a: string;
  readonly b: string;
  readonly files: readonly string[];
}

export interface MergePlan {
  readonly order: readonly MergeStep[];
  /** Branches without a change. */
  readonly empty: readonly string[];
  /** To be typed one after the other. */
  readonly commands: readonly string[];
}

export interface MergeStep {
  readonly branch: string;
  /** Branches before it that touch the same lines: this merge stops there. */
  readonly conflictsWith: readonly MergeConflict[];
  readonly because: string;
}

/**
 * In which order to merge branches: what others depend on first, then those that stand in nobody's
 * way, then those that conflict with the fewest. Merging is the person's: this only says how.
 */
export function mergeOrder(
  branches: readonly WorkBranch[],
  conflicts: readonly MergeConflict[],
  into: { readonly branch: string; readonly repoPath: string },
): MergePlan {
  const empty = branches.filter(({ changedFiles }) => changedFiles.length === 0);
  const left = new Map(
    branches.filter(({ changedFiles }) => changedFiles.length > 0).map((one) => [one.name, one]),
  );
  const order: MergeStep[] = [];
  while (left.size > 0) {
    const all = [...left.values()];
    const free = all.filter(({ after }) => !after.some((name) => left.has(name)));
    // a circle of dependencies cannot be; if it is, any order is as good
    const [next] = (free.length > 0 ? free : all).toSorted(
      (a, b) =>
        conflictsOf(a.name, conflicts, left).length - conflictsOf(b.name, conflicts, left).length ||
        a.changedFiles.length - b.changedFiles.length ||
        (a.name < b.name ? -1 : 1),
    );
    if (!next) break;
    left.delete(next.name);
    order.push(stepOf(next, conflicts, order));
  }
  return { order, empty: empty.map(({ name }) => name), commands: commandsFor(order, into) };
}

function stepOf(
  { name, changedFiles, after }: WorkBranch,
  conflicts: readonly MergeConflict[],
  before: readonly MergeStep[],
): MergeStep {
  const merged = new Set(before.map(({ branch }) => branch));
  const conflictsWith = conflictsOf(name, conflicts, merged);
  const files = `${changedFiles.length} file${changedFiles.length === 1 ? "" : "s"}`;
  const awaited = after.filter((one) => merged.has(one));
  const because = [
    `${files} changed`,
    ...(awaited.length > 0 ? [`builds on ${awaited.join(", ")}`] : []),
    conflictsWith.length === 0
      ? "no conflict with what is merged before"
      : `conflicts with ${conflictsWith.map((one) => other(one, name)).join(", ")}`,
  ].join("; ");
  return { branch: name, conflictsWith, because };
}

function conflictsOf(
  name: string,
  conflicts: readonly MergeConflict[],
  among: { has: (name: string) => boolean },
): MergeConflict[] {
  return conflicts.filter(
    (one) => (one.a === name || one.b === name) && among.has(other(one, name)),
  );
}

function other({ a, b }: MergeConflict, name: string): string {
  return a === name ? b : a;
}

function commandsFor(
  order: readonly MergeStep[],
  { branch, repoPath }: { readonly branch: string; readonly repoPath: string },
): string[] {
  if (order.length === 0) return [];
  const git = `git -C ${quoteForShell(repoPath)}`;
  return [
    // where no branch is checked out there is none to go to
    ...(branch === "HEAD" ? [] : [`${git} switch ${quoteForShell(branch)}`]),
    ...order.flatMap((step) => {
      const files = [...new Set(step.conflictsWith.flatMap((one) => one.files))].toSorted();
      const merge = `${git} merge --no-ff ${quoteForShell(step.branch)}`;
      if (files.length === 0) return [merge];
      const edit = `# it stops at ${files.map(quoteForShell).join(" ")}: put these right, then`;
      return [
        merge,
        edit,
        `${git} add ${files.map(quoteForShell).join(" ")}`,
        `${git} merge --continue`,
      ];
    }),
  ];
}

/** A word of a POSIX shell. */
function quoteForShell(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
