import { counted } from "../../domain/counted.ts";
import { defineOperation } from "../define.ts";
import { choiceErrors, choiceFields, chosenLeases, type ChoiceInput } from "./chosen-leases.ts";
import { leaseJson, leaseTable, projectLease, type LeaseJson } from "./lease-json.ts";

interface Input extends ChoiceInput {
  dry_run: boolean;
}

export interface Output {
  ok: true;
  released: number;
  would_release: number;
  dry_run: boolean;
  leases: LeaseJson[];
}

export const release = defineOperation<Input, Output>()({
  name: "lease.release",
  toolset: "leases",
  summary: "Give leases back",
  about:
    "One by its id, or all of a holder, or only those on some files. Whoever is first in line gets " +
    "what becomes free. Leases of a session end with it by themselves.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      ...choiceFields(z),
      dry_run: z.boolean().default(false).describe("Only say what would be given back"),
    }),
    output: z.looseObject({
      ok: z.boolean(),
      released: z.number(),
      would_release: z.number(),
      dry_run: z.boolean(),
      leases: z.array(leaseJson(z)),
    }),
  }),
  errors: choiceErrors,
  cli: {
    command: "leases release",
    aliases: ["lease release"],
    group: "Files",
    positionals: ["lease_id"],
    flags: { files: ["file"], lease_id: ["lease-id"] },
    examples: ["agentpool leases release --agent me --dry-run"],
    render: (output, style) => {
      const count = output.dry_run ? output.would_release : output.released;
      const verb = output.dry_run ? "would be released" : "released";
      const lines = [`${counted(count, "lease")} ${verb}`];
      return count === 0
        ? (lines[0] ?? "")
        : [...lines, leaseTable(output.leases, style)].join("\n");
    },
  },
  mcp: {
    tool: "release_file_lease",
    aliases: ["release_lease"],
    title: "Release leases",
    description: "Give back one lease by id, or those of a worker or other holder.",
    idempotent: true,
    openWorld: false,
    workerText: ["leases[].metadata.intent"],
    workerValues: ["leases[].file_path"],
  },
  run: async (ctx, input) => {
    const leases = await ctx.app.leases.release(
      {
        ...chosenLeases(input, ctx),
        dryRun: input.dry_run,
      },
      ctx,
    );
    return {
      ok: true,
      released: input.dry_run ? 0 : leases.length,
      would_release: leases.length,
      dry_run: input.dry_run,
      leases: leases.map(projectLease),
    };
  },
});
