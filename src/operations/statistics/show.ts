import { defineOperation } from "../define.ts";
import { computeStatistics } from "./compute.ts";
import { questionOf, spanFields, type SpanInput } from "./question.ts";
import { renderStatistics } from "./render.ts";
import { sectionNames, statisticsJson, type SectionName, type Statistics } from "./shape.ts";

interface Input extends SpanInput {
  sections: SectionName[];
}

export const show = defineOperation<Input, Statistics>()({
  name: "stats.show",
  toolset: "stats",
  summary: "Show what agents did, met and spent",
  about:
    "Read straight from the store. What each figure means, and what it leaves out, is told with it.",
  effect: "read",
  fromStore: true,
  schemas: (z) => ({
    input: z.strictObject({
      ...spanFields(z),
      sections: z
        .array(z.enum(sectionNames))
        .default([])
        .describe("Only these sections; all when none is named"),
    }),
    output: statisticsJson(z),
  }),
  errors: ["invalid_input", "invalid_config", "provider_not_found", "provider_required"],
  cli: {
    command: "stats",
    group: "Inspect",
    flags: { window: ["since", ".window"], provider_id: ["provider"], sections: [".section"] },
    examples: ["agentpool stats", "agentpool stats --since 24h --sections tokens,walls --json"],
    render: renderStatistics,
  },
  mcp: {
    tool: "get_stats",
    title: "Statistics",
    description:
      "What agents did in a window (default 7d): sessions, parallel work, limits met and avoided, " +
      "quota, tokens, costs. For what is left now use get_usage_summary.",
    presets: { scope: "mine" },
    idempotent: true,
    openWorld: false,
  },
  run: async (ctx, input) =>
    computeStatistics(ctx.app, await questionOf(ctx, input, input.sections)),
});
