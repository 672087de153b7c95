import { counted } from "../../domain/counted.ts";
import type { Run } from "../../domain/run.ts";
import { mergeOrder, quoteForShell, type MergeConflict } from "../../domain/merge-order.ts";
import { readFacts } from "../../orchestration/scheduler/run-book.ts";
import { resolveRun } from "../../orchestration/scheduler/run-error.ts";
import { defineOperation, type OperationContext, type Style } from "../define.ts";
import { intoBranch } from "../schemas.ts";
import { runId } from "./run-json.ts";

interface Input {
  run_id: string;
  into?: string;
}

interface BranchJson {
  branch: string;
  task_id: string;
  title: string;
  path: string;
  commits_ahead: number;
  uncommitted: boolean;
  changed_files: readonly string[];
  conflicts_with_target: readonly string[];
}

export interface Output {
  run_id: string;
  over: boolean;
  repo_path: string;
  into: string;
  branches: BranchJson[];
  conflicts: readonly MergeConflict[];
  order: { branch: string; because: string }[];
  empty: readonly string[];
  commands: readonly string[];
  cleanup: readonly string[];
  notes: readonly string[];
}

export const finish = defineOperation<Input, Output>()({
  name: "run.finish",
  toolset: "runs",
  summary: "Say how to take over the work of a run",
  about:
    "Merges nothing: that is yours. Lists the branches of its completed tasks, which of them " +
    "conflict with each other (tried without a trace, uncommitted work included), an order that " +
    "meets the fewest conflicts, and the exact commands, those that clean up afterwards included.",
  effect: "read",
  schemas: (z) => ({
    input: z.strictObject({
      run_id: runId(z),
      into: intoBranch(z),
    }),
    output: z.looseObject({
      run_id: z.string(),
      into: z.string(),
      branches: z.array(z.looseObject({ branch: z.string(), changed_files: z.array(z.string()) })),
      conflicts: z.array(z.looseObject({ a: z.string(), b: z.string() })),
      order: z.array(z.looseObject({ branch: z.string(), because: z.string() })),
      commands: z.array(z.string()),
      cleanup: z.array(z.string()),
      notes: z.array(z.string()),
    }),
  }),
  errors: ["run_not_found", "ambiguous_id", "worktree_not_found", "git_failed"],
  cli: {
    command: "run finish",
    group: "Core",
    positionals: ["run_id"],
    examples: ["agentpool run finish @last"],
    render,
  },
  run: async (ctx, input) => {
    const run = await resolveRun(ctx.app.store, input.run_id);
    return look(ctx, run, input.into ?? null);
  },
});

async function look({ app }: OperationContext, run: Run, into: string | null): Promise<Output> {
  const facts = await readFacts(app.store, run);
  const works: { branch: string; sessionId: string; taskId: string; title: string }[] = [];
  const branchOf = new Map<string, string>();
  for (const task of facts.tasks.values()) {
    const sessionId = task.claim?.sessionId;
    if (task.state !== "completed" || !sessionId) continue;
    const branch = (await app.store.sessions.get(sessionId))?.workspace.branch;
    if (!branch) continue;
    branchOf.set(task.id, branch);
    works.push({ branch, sessionId, taskId: task.id, title: task.title });
  }
  const found = await app.worktrees.branches(
    run.repoPath,
    works.map(({ sessionId }) => sessionId),
    into,
  );
  const byBranch = new Map(found.works.map((work) => [work.branch, work]));
  const tasks = new Map([...facts.tasks.values()].map((task) => [task.id, task]));
  // what is merged already conflicts as the target
  const isOpen = (name: string): boolean => byBranch.get(name)?.changedFiles.length !== 0;
  const conflicts = found.conflicts.filter(({ a, b }) => isOpen(a) && isOpen(b));
  const plan = mergeOrder(
    works.flatMap(({ branch, taskId, title }) => {
      const work = byBranch.get(branch);
      if (!work) return [];
      const after = (tasks.get(taskId)?.dependsOn ?? []).flatMap((id) => branchOf.get(id) ?? []);
      const { changedFiles, conflictsWithTarget } = work;
      return [{ name: branch, taskTitle: title, changedFiles, conflictsWithTarget, after }];
    }),
    conflicts,
    { branch: found.into, repoPath: found.repoPath },
  );
  const titles = new Map(works.map(({ branch, title }) => [branch, title]));
  const dirty = found.works.filter(({ uncommitted }) => uncommitted);
  const gone = works.filter(({ branch }) => !byBranch.has(branch));
  const folderless = works.filter(({ branch }) => byBranch.get(branch)?.exists === false);
  return {
    run_id: run.id,
    over: run.endedAt !== null,
    repo_path: found.repoPath,
    into: found.into,
    branches: works.flatMap(({ branch, taskId, title }) => {
      const work = byBranch.get(branch);
      if (!work) return [];
      return [
        {
          branch,
          task_id: taskId,
          title,
          path: work.path,
          commits_ahead: work.commitsAhead,
          uncommitted: work.uncommitted,
          changed_files: work.changedFiles,
          conflicts_with_target: work.conflictsWithTarget,
        },
      ];
    }),
    conflicts,
    order: plan.order.map(({ branch, because }) => ({ branch, because })),
    empty: plan.empty,
    commands: [
      ...dirty.flatMap(({ path, branch }) => [
        `git -C ${quoteForShell(path)} add --all`,
        `git -C ${quoteForShell(path)} commit --message ${quoteForShell(subjectOf(titles.get(branch) ?? branch))}`,
      ]),
      ...plan.commands,
    ],
    cleanup: cleanupCommands(works.filter(({ branch }) => byBranch.has(branch))),
    notes: [
      ...(run.endedAt === null ? ["the run goes on: more may come"] : []),
      ...gone.map(
        ({ branch, sessionId }) =>
          `the branch ${branch} is gone: merged, or removed; what was kept: agentpool collect ${sessionId}`,
      ),
      ...folderless.map(
        ({ branch, sessionId }) =>
          `the worktree of ${branch} is gone, and only its commits are left; what was kept besides: agentpool collect ${sessionId}`,
      ),
      ...(found.into === "HEAD" ? ["no branch is checked out: name one with --into"] : []),
      ...(found.intoDirty && plan.commands.length > 0
        ? [`${found.repoPath} has uncommitted changes: commit or stash them before you merge`]
        : []),
      ...(found.untried === null ? [] : [found.untried]),
      ...(works.length === 0 ? ["no completed task worked in a worktree of its own"] : []),
    ],
  };
}

/** A title as the first line of a commit's message. */
function subjectOf(title: string): string {
  const line = title.replaceAll(/\s+/g, " ").trim();
  return line.length > 72 ? `${line.slice(0, 71)}\u2026` : line;
}

/** One for each session: several tasks may have been done in one. */
function cleanupCommands(works: readonly { readonly sessionId: string }[]): string[] {
  const sessions = new Set(works.map(({ sessionId }) => sessionId));
  return [...sessions].map((id) => `agentpool worktrees cleanup ${id}`);
}

function render(output: Output, style: Style): string {
  const block = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ["", style.bold(title), ...lines.map((line) => `  ${line}`)];
  return [
    `${style.bold(output.run_id)}  ${counted(output.branches.length, "branch", "branches")} for ${output.into}`,
    ...output.notes.map((note) => style.yellow(`note: ${note}`)),
    ...block(
      "Branches",
      output.branches.map((one) => `${one.branch}  ${sizeOf(one)}  ${style.dim(one.title)}`),
    ),
    ...block("Conflicts", [
      ...output.branches
        .filter(({ conflicts_with_target: files }) => files.length > 0)
        .map((one) => `${one.branch} and ${output.into}: ${one.conflicts_with_target.join(", ")}`),
      ...output.conflicts.map(({ a, b, files }) => `${a} and ${b}: ${files.join(", ")}`),
    ]),
    ...block(
      "Order",
      output.order.map(({ branch, because }, n) => `${n + 1}. ${branch}  ${style.dim(because)}`),
    ),
    ...block("Commands", output.commands),
    ...block("Clean up, once they are merged", output.cleanup),
  ].join("\n");
}

function sizeOf({ changed_files: files, uncommitted }: BranchJson): string {
  if (files.length === 0) return "nothing to merge";
  return `${counted(files.length, "file")}${uncommitted ? ", not committed" : ""}`;
}
