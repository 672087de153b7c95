import { usageBackends, type UsageBackend } from "./service.ts";
import { defineOperation } from "../define.ts";
import { isOfBackend } from "./backend.ts";
import { renderUsage } from "./render.ts";
import { projectUsage, usageJson, type UsageOutput } from "./rows.ts";

interface Input {
  provider_id?: string;
  backend?: UsageBackend;
}

export const show = defineOperation<Input, UsageOutput>()({
  name: "usage.show",
  toolset: "default",
  summary: "Show what is left of the accounts' quotas",
  about:
    "Live sessions tell their quota as they go; that is kept and shown with its age, and nothing " +
    "is asked. --refresh asks the CLIs and their vendors: agentpool doctor --privacy says what " +
    "each of these reads and whom it asks.",
  effect: "read",
  fromStore: true,
  schemas: (z) => ({
    input: z.strictObject({
      provider_id: z.string().min(1).optional().describe("Only this provider"),
      backend: z
        .enum(usageBackends)
        .optional()
        .describe("Whose word: the CLIs and vendors, an installed helper, or all (the default)"),
    }),
    output: usageJson(z),
  }),
  errors: ["provider_not_found", "provider_required"],
  cli: {
    command: "usage",
    group: "Inspect",
    positionals: ["provider_id"],
    flags: { provider_id: ["provider"] },
    examples: ["agentpool usage", "agentpool usage codex --refresh --timeout 10s --json"],
    render: renderUsage,
  },
  mcp: {
    tool: "get_cached_usage_snapshot",
    title: "Show known usage",
    description: "Show what is left of each account's quota as last told, with its age.",
    idempotent: true,
    openWorld: false,
  },
  run: async (ctx, { provider_id: named, backend = "combined" }) => {
    const now = ctx.app.now();
    const wanted = named === undefined ? undefined : await ctx.app.usage.providerId(named);
    const snapshots = (await ctx.app.store.usage.latest()).filter(
      ({ providerId, source }) =>
        (wanted === undefined || providerId === wanted) && isOfBackend(source, backend),
    );
    return {
      accounts: projectUsage(snapshots, [], now),
      partial: false,
      refreshed: false,
      source: "store",
      backend,
      checked_at: new Date(now).toISOString(),
    };
  },
});
