import { defineOperation } from "../define.ts";
import { choiceErrors, choiceFields, chosenLeases, type ChoiceInput } from "./chosen-leases.ts";
import { leaseJson, leaseTable, projectLease, ttlField, type LeaseJson } from "./lease-json.ts";

interface Input extends ChoiceInput {
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
      ...choiceFields(z),
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
  errors: choiceErrors,
  cli: {
    command: "leases renew",
    aliases: ["lease renew"],
    group: "Files",
    ids: "leases.id",
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
