import { defaultLeaseMs, leaseModeWords, parseLeaseMode } from "../../domain/lease.ts";
import { defineOperation } from "../define.ts";
import { timeoutSeconds } from "../schemas.ts";
import {
  filesField,
  holderFields,
  leaseJson,
  leaseTable,
  projectLease,
  ttlField,
  type LeaseJson,
} from "./lease-json.ts";

interface Input {
  files: string[];
  session_id?: string;
  agent?: string;
  mode: (typeof leaseModeWords)[number];
  ttl_seconds: number;
  timeout_seconds: number;
  intent?: string;
}

export interface Output {
  ok: true;
  lease: LeaseJson | null;
  leases: LeaseJson[];
}

export const acquire = defineOperation<Input, Output>()({
  name: "lease.acquire",
  toolset: "leases",
  summary: "Take the right to change files",
  about:
    "All files or none; patterns such as src/**/*.ts are files too, and a folder is all below it. " +
    "The lease of a session is renewed while it lives and ends with it; any other ends after its " +
    "time unless it is renewed. With --wait it stands in line, first come, first served. Nothing " +
    "stops who does not ask: collect tells what was changed without a lease.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      files: filesField(z, "Files, folders or patterns").min(1),
      ...holderFields(z),
      mode: z
        .enum(leaseModeWords)
        .default("exclusive")
        .describe("exclusive (write) to change it, shared (read) to count on nobody changing it"),
      ttl_seconds: ttlField(z)
        .default(defaultLeaseMs / 1000)
        .describe("How long it holds without a sign of life"),
      timeout_seconds: timeoutSeconds(z, 0),
      intent: z.string().max(500).optional().describe("What for, told to whoever is refused"),
    }),
    output: z.looseObject({
      ok: z.boolean(),
      lease: leaseJson(z).nullable(),
      leases: z.array(leaseJson(z)),
    }),
  }),
  errors: [
    "lease_conflict",
    "session_not_found",
    "ambiguous_id",
    "session_ended",
    "policy_blocked",
    "invalid_input",
  ],
  cli: {
    command: "leases acquire",
    aliases: ["lease acquire"],
    group: "Files",
    ids: "leases.id",
    positionals: ["files..."],
    flags: { files: ["file"], ttl_seconds: ["ttl-seconds", "ttl"], timeout_seconds: ["wait"] },
    examples: [
      "agentpool leases acquire --agent me --file README.md --ttl-seconds 600",
      "agentpool leases acquire --agent me --file 'docs/**' --mode shared --wait 10s",
    ],
    render: (output, style) => leaseTable(output.leases, style),
  },
  mcp: {
    tool: "acquire_file_lease",
    aliases: ["acquire_lease"],
    title: "Lease files",
    description:
      "Take the right to change files before several workers edit one repository; exclusive by " +
      "default. A conflict names the holder and the time it ends. Not needed in a worktree of its own.",
    idempotent: false,
    endsWithCaller: true,
    openWorld: false,
    workerText: ["lease.metadata.intent", "leases[].metadata.intent"],
    workerValues: ["lease.file_path", "leases[].file_path"],
  },
  run: async (ctx, input) => {
    const leases = await ctx.app.leases.acquire(
      {
        session: input.session_id ?? null,
        agent: input.agent ?? null,
        cwd: ctx.cwd,
        files: input.files,
        mode: parseLeaseMode(input.mode),
        ttlMs: Math.round(input.ttl_seconds * 1000),
        waitMs: Math.round(input.timeout_seconds * 1000),
        intent: input.intent ?? null,
      },
      ctx,
    );
    const projected = leases.map(projectLease);
    return { ok: true, lease: projected[0] ?? null, leases: projected };
  },
});
