import { counted } from "../../domain/counted.ts";
import { isLive } from "../../domain/session.ts";
import { defineOperation } from "../define.ts";
import { artifactFiles, detail, sessionId, workerOutput as workerOutputJson } from "../schemas.ts";
import { workerOutput, type Detail, type WorkerOutput } from "../worker-text.ts";
import { projectFile, type FileJson } from "./manifest-json.ts";

interface Input {
  session_id: string;
  close: boolean;
  detail: Detail;
}

export interface Output {
  session_id: string;
  state: string;
  artifact_dir: string;
  artifacts: FileJson[];
  git: {
    is_repo: boolean;
    dirty: boolean | null;
    changed_files: readonly string[];
    note: string | null;
    uncovered_files: readonly string[] | null;
    not_allowed_files: readonly string[] | null;
  };
  warnings: readonly string[];
  worker_output: WorkerOutput;
}

/** What a person should know of a changed file. */
function marks(git: Output["git"], file: string): string {
  const words = [
    ...(git.uncovered_files?.includes(file) ? ["no lease"] : []),
    ...(git.not_allowed_files?.includes(file) ? ["not allowed"] : []),
  ];
  return words.length === 0 ? "" : `  (${words.join(", ")})`;
}

export const collect = defineOperation<Input, Output>()({
  name: "session.collect",
  toolset: "default",
  summary: "Write a session's result, transcript and diff to files",
  about:
    "May be repeated; the files then show the present, and are final with the first collect after the session's end. The diff is against the work tree as it was " +
    "at spawn and holds committed, staged, unstaged and new files. Changed files without a lease, in a session " +
    "that held any, and files outside of what it may change are told. Secrets are redacted.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      session_id: sessionId(z),
      close: z.boolean().default(false).describe("End the session afterwards"),
      detail: detail(z),
    }),
    output: z.looseObject({
      session_id: z.string(),
      state: z.string(),
      artifact_dir: z.string(),
      artifacts: artifactFiles(z),
      git: z.looseObject({
        is_repo: z.boolean(),
        dirty: z.boolean().nullable(),
        changed_files: z.array(z.string()),
        note: z.string().nullable(),
        uncovered_files: z.array(z.string()).nullable(),
        not_allowed_files: z.array(z.string()).nullable(),
      }),
      warnings: z.array(z.string()),
      worker_output: workerOutputJson(z),
    }),
  }),
  errors: ["session_not_found", "ambiguous_id", "git_failed", "disk_full"],
  cli: {
    command: "collect",
    group: "Core",
    positionals: ["session_id"],
    examples: ["agentpool collect @last", "agentpool collect @last --close --detail full"],
    render: (output, style) => {
      const { git } = output;
      const lines = [
        `${style.bold(output.session_id)}  ${output.state}`,
        `  ${style.dim("files")}    ${output.artifact_dir}`,
        `  ${style.dim("changed")}  ${git.is_repo ? counted(git.changed_files.length, "file") : (git.note ?? "no git")}`,
        ...git.changed_files.slice(0, 20).map((file) => `             ${file}${marks(git, file)}`),
        ...output.warnings.map((warning) => `  ${style.yellow("warning")}  ${warning}`),
      ];
      if (output.worker_output.text !== null) lines.push("", output.worker_output.text);
      return lines.join("\n");
    },
  },
  mcp: {
    tool: "collect_worker_artifacts",
    title: "Collect a worker's result",
    description:
      "Write a worker's result, transcript and diff to files and return their paths; with detail also " +
      "the end of its result.",
    idempotent: true,
    openWorld: false,
    links: ["artifacts", "transcript"],
    workerText: [
      "worker_output.text",
      "git.changed_files[]",
      "git.uncovered_files[]",
      "git.not_allowed_files[]",
    ],
  },
  run: async (ctx, input) => {
    const collected = await ctx.app.sessions.collect(input.session_id, { closes: input.close });
    const [turn] = await ctx.app.store.turns.ofSession(collected.session.id, 1);
    const output = await workerOutput(ctx.app, collected.session, turn, input.detail, null);
    const session = input.close
      ? (await ctx.app.sessions.terminate(collected.session.id, ctx, { collected: true })).session
      : collected.session;
    return {
      session_id: session.id,
      state: session.state,
      artifact_dir: collected.folder,
      artifacts: collected.files.map(projectFile),
      git: {
        is_repo: collected.git.isRepo,
        dirty: collected.git.dirty,
        changed_files: collected.git.changedFiles,
        note: collected.git.note,
        uncovered_files: collected.git.uncoveredFiles,
        not_allowed_files: collected.git.notAllowedFiles,
      },
      warnings: [
        ...collected.warnings,
        ...(input.close && isLive(session)
          ? [
              `it is not over yet (${session.state}): the files show the moment before it was closed`,
            ]
          : []),
      ],
      worker_output: output,
    };
  },
});
