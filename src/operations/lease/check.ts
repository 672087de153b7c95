import { leaseModeWords, parseLeaseMode } from "../../domain/lease.ts";
import { defineOperation } from "../define.ts";
import { filesField, holderFields, leaseJson, projectLease, type LeaseJson } from "./lease-json.ts";

interface Input {
  files: string[];
  session_id?: string;
  agent?: string;
  mode: (typeof leaseModeWords)[number];
}

export interface Output {
  free: boolean;
  files: {
    file: string;
    repo_path: string;
    file_path: string;
    free: boolean;
    leases: LeaseJson[];
  }[];
}

const conflictExit = 5;

export const check = defineOperation<Input, Output>()({
  name: "lease.check",
  toolset: "leases",
  summary: "Say whether files could be leased, and who holds them",
  about: "Takes nothing. Ends with status 5 when a file is not free.",
  effect: "read",
  schemas: (z) => ({
    input: z.strictObject({
      files: filesField(z, "Files, folders or patterns").min(1),
      ...holderFields(z),
      mode: z.enum(leaseModeWords).default("exclusive").describe("For which use"),
    }),
    output: z.looseObject({
      free: z.boolean(),
      files: z.array(
        z.looseObject({
          file: z.string(),
          repo_path: z.string(),
          file_path: z.string(),
          free: z.boolean(),
          leases: z.array(leaseJson(z)),
        }),
      ),
    }),
  }),
  errors: ["session_not_found", "ambiguous_id", "policy_blocked", "invalid_input"],
  cli: {
    command: "leases check",
    aliases: ["lease check"],
    group: "Files",
    positionals: ["files..."],
    flags: { files: ["file"] },
    examples: ["agentpool leases check README.md"],
    render: (output, style) =>
      output.files
        .flatMap(({ file, leases }) =>
          leases.length === 0
            ? [`${style.green("free")}  ${file}`]
            : leases.map(
                (one) =>
                  `${style.yellow(one.state === "waiting" ? "asked" : "held")}  ${file}  by ${one.holder} (${one.mode}, ${one.file_path}) until ${one.expires_at}`,
              ),
        )
        .join("\n"),
    exitCode: (output) => (output.free ? 0 : conflictExit),
  },
  mcp: {
    tool: "check_file_leases",
    aliases: ["check_leases"],
    title: "Check files for leases",
    description: "Say whether files could be leased and who holds them; takes nothing.",
    idempotent: true,
    openWorld: false,
    workerText: ["files[].leases[].metadata.intent"],
    workerValues: ["files[].leases[].file_path"],
  },
  run: async (ctx, input) => {
    const checked = await ctx.app.leases.check(
      {
        files: input.files,
        session: input.session_id ?? null,
        agent: input.agent ?? null,
        mode: parseLeaseMode(input.mode),
        cwd: ctx.cwd,
      },
      ctx,
    );
    return {
      free: checked.every(({ conflicts }) => conflicts.length === 0),
      files: checked.map(({ named, place, conflicts }) => ({
        file: named,
        repo_path: place.repoPath,
        file_path: place.filePath,
        free: conflicts.length === 0,
        leases: conflicts.map((one) => projectLease(one.with)),
      })),
    };
  },
});
