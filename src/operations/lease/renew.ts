import { defineOperation } from "../define.ts";
import { chosenLeases } from "./chosen-leases.ts";
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
  lease_id?: string;
  session_id?: string;
  agent?: string;
  files: string[];
  token?: number;
  ttl_seconds?: number;
}

export interface Output {
  ok: true;
  renewed: number;
  leases: LeaseJson[];
}

export const renew = defineOperation<Input, Output>()({
  name: "lease.renew",
  toolset: "leases",
  summary: "Prolong leases from now on",
  about:
    "Leases of sessions need no renewal: the supervisor sees to it while they live. With --token, " +
    "a lease that was lost and given out anew meanwhile is not mistaken for one's own.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      lease_id: z.string().min(1).max(64).optional().describe("One lease, by its id"),
      ...holderFields(z),
      files: filesField(z, "Only the leases on these, as they were asked for").default([]),
      token: z.number().int().min(0).optional().describe("Its fencing token, as it was given"),
      ttl_seconds: ttlField(z)
        .optional()
        .describe("How long from now; as long as it was given for when absent"),
    }),
    output: z.looseObject({
      ok: z.boolean(),
      renewed: z.number(),
      leases: z.array(leaseJson(z)),
    }),
  }),
  errors: [
    "lease_not_found",
    "lease_ended",
    "lease_not_held",
    "session_not_found",
    "ambiguous_id",
    "policy_blocked",
    "invalid_input",
  ],
  cli: {
    command: "leases renew",
    aliases: ["lease renew"],
    group: "Files",
    positionals: ["lease_id"],
    flags: { files: ["file"], lease_id: ["lease-id"], ttl_seconds: ["ttl-seconds", "ttl"] },
    examples: ["agentpool leases renew --agent me --ttl-seconds 600"],
    render: (output, style) =>
      output.renewed === 0 ? "No leases to renew." : leaseTable(output.leases, style),
  },
  mcp: {
    tool: "renew_file_lease",
    aliases: ["renew_lease"],
    title: "Renew a lease",
    description:
      "Prolong leases of a holder outside of agentpool; those of workers renew themselves.",
    idempotent: true,
    openWorld: false,
    workerText: ["leases[].metadata.intent"],
    workerValues: ["leases[].file_path"],
  },
  run: async (ctx, input) => {
    const leases = await ctx.app.leases.renew(
      {
        ...chosenLeases(input, ctx),
        ttlMs: input.ttl_seconds === undefined ? null : Math.round(input.ttl_seconds * 1000),
      },
      ctx,
    );
    return { ok: true, renewed: leases.length, leases: leases.map(projectLease) };
  },
});
