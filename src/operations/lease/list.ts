import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { agentHolder, isDue, sessionHolder } from "../../domain/hold.ts";
import type { Lease } from "../../domain/lease.ts";
import { defineOperation, type OperationContext } from "../define.ts";
import { holderFields, leaseJson, leaseTable, projectLease, type LeaseJson } from "./lease-json.ts";

interface Input {
  session_id?: string;
  agent?: string;
  repo_path?: string;
  all: boolean;
  limit: number;
}

export interface Output {
  leases: LeaseJson[];
}

export const list = defineOperation<Input, Output>()({
  name: "lease.list",
  toolset: "leases",
  summary: "List leases, and who waits for one",
  effect: "read",
  fromStore: true,
  schemas: (z) => ({
    input: z.strictObject({
      ...holderFields(z),
      repo_path: z.string().optional().describe("Only leases in this repository"),
      all: z.boolean().default(false).describe("Those that are over, too"),
      limit: z.number().int().min(1).max(1000).default(200).describe("At most so many"),
    }),
    output: z.looseObject({ leases: z.array(leaseJson(z)) }),
  }),
  errors: ["session_not_found", "ambiguous_id"],
  cli: {
    command: "leases list",
    aliases: ["lease list", "locks"],
    group: "Files",
    ids: "leases.id",
    flags: { repo_path: ["repo"] },
    examples: ["agentpool leases list", "agentpool leases list --all --json"],
    render: (output, style) =>
      output.leases.length === 0 ? "No leases." : leaseTable(output.leases, style),
  },
  mcp: {
    tool: "list_file_leases",
    aliases: ["list_leases"],
    title: "List leases",
    description: "List who holds which files, in which mode and until when, and who waits.",
    idempotent: true,
    openWorld: false,
    workerText: ["leases[].metadata.intent"],
    workerValues: ["leases[].file_path"],
  },
  run: async (ctx, input) => {
    const holder = await holderOf(ctx, input);
    const found = await ctx.app.store.leases.list({
      ...(holder === undefined ? {} : { holder }),
      all: input.all,
      limit: input.limit,
    });
    const repo = input.repo_path === undefined ? null : await realFolder(ctx.cwd, input.repo_path);
    const live = new Set((await ctx.app.store.sessions.live()).map(({ id }) => id));
    const now = ctx.app.now();
    return {
      leases: found
        .filter((lease) => repo === null || isIn(lease, repo))
        .map((lease) => asOf(lease, live, now))
        .filter((lease) => input.all || lease.state === "active" || lease.state === "waiting")
        .map(projectLease),
    };
  },
});

async function holderOf(ctx: OperationContext, input: Input): Promise<string | undefined> {
  if (input.session_id !== undefined) {
    return sessionHolder((await ctx.app.sessions.resolve(input.session_id)).id);
  }
  return input.agent === undefined ? undefined : agentHolder(input.agent);
}

/** While no supervisor runs nobody has written down what time has brought. */
function asOf(lease: Lease, live: ReadonlySet<string>, now: number): Lease {
  const { state, sessionId, waitsUntil } = lease;
  if (state === "waiting" && (waitsUntil ?? 0) <= now) return { ...lease, state: "withdrawn" };
  if (state !== "active") return lease;
  if (sessionId !== null) return live.has(sessionId) ? lease : { ...lease, state: "released" };
  return isDue(lease, now) ? { ...lease, state: "expired" } : lease;
}

async function realFolder(cwd: string, named: string): Promise<string> {
  const path = resolve(cwd, named);
  return realpath(path).catch(() => path);
}

/** A folder of the repository stands for it. */
function isIn({ repoPath }: Lease, folder: string): boolean {
  return folder === repoPath || folder.startsWith(`${repoPath}/`);
}
