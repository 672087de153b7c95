/** Work of a run on a branch of its own. */
export interface WorkBranch {
  readonly name: string;
  readonly taskTitle: string;
  /** Paths that differ from the base. */
  readonly changedFiles: readonly string[];
  /** Paths at which its merge stops, whatever else is merged before. */
  readonly conflictsWithTarget: readonly string[];
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
  /** Paths at which this merge stops: the target has them otherwise, or a branch before it. */
  readonly stopsAt: readonly string[];
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
        Math.sign(a.conflictsWithTarget.length) - Math.sign(b.conflictsWithTarget.length) ||
        conflictsOf(a.name, conflicts, left).length - conflictsOf(b.name, conflicts, left).length ||
        a.changedFiles.length - b.changedFiles.length ||
        (a.name < b.name ? -1 : 1),
    );
    if (!next) break;
    left.delete(next.name);
    order.push(stepOf(next, conflicts, { order, into: into.branch }));
  }
  return { order, empty: empty.map(({ name }) => name), commands: commandsFor(order, into) };
}

function stepOf(
  { name, changedFiles, conflictsWithTarget, after }: WorkBranch,
  conflicts: readonly MergeConflict[],
  { order, into }: { readonly order: readonly MergeStep[]; readonly into: string },
): MergeStep {
  const merged = new Set(order.map(({ branch }) => branch));
  const conflictsWith = conflictsOf(name, conflicts, merged);
  const stopsAt = new Set([...conflictsWithTarget, ...conflictsWith.flatMap((one) => one.files)]);
  const files = `${changedFiles.length} file${changedFiles.length === 1 ? "" : "s"}`;
  const awaited = after.filter((one) => merged.has(one));
  const others = [
    ...(conflictsWithTarget.length > 0 ? [into] : []),
    ...conflictsWith.map((one) => other(one, name)),
  ];
  const because = [
    `${files} changed`,
    ...(awaited.length > 0 ? [`builds on ${awaited.join(", ")}`] : []),
    others.length === 0
      ? "no conflict with what is merged before"
      : `conflicts with ${others.join(", ")}`,
  ].join("; ");
  return { branch: name, stopsAt: [...stopsAt].toSorted(), because };
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
    // an editor would take what is pasted after a merge for its own
    ...order.flatMap(({ branch: one, stopsAt }) => [
      `${git} merge --no-ff --no-edit ${quoteForShell(one)}`,
      ...stopLines(git, stopsAt),
    ]),
  ];
}

/** As a remark: pasted along, it would commit the marks of the conflict. */
function stopLines(git: string, files: readonly string[]): string[] {
  if (files.length === 0) return [];
  const paths = files.map(quoteForShell).join(" ");
  // no quotes hold a remark together: after a line break its rest would be run
  if (/\p{Cc}/u.test(git + paths)) {
    const named = files.map((file) => JSON.stringify(file)).join(" ");
    return [`# it stops at ${named}: put these right, git add them, then git commit --no-edit`];
  }
  return [
    `# it stops at ${paths}: put these right, then`,
    `#   ${git} add ${paths} && ${git} commit --no-edit`,
  ];
}

/** A word of a POSIX shell. */
export function quoteForShell(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
