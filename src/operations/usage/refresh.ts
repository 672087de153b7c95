import { usageBackends, type UsageBackend } from "./service.ts";
import { defineOperation } from "../define.ts";
import { projectUsage, usageJson, type UsageOutput } from "./rows.ts";

interface Input {
  provider_id?: string;
  backend: UsageBackend;
  costly: boolean;
  timeout_seconds: number;
}

export const refresh = defineOperation<Input, UsageOutput>()({
  name: "usage.refresh",
  toolset: "default",
  summary: "Ask what is left of the accounts' quotas",
  effect: "write",
  wantsEnvironment: true,
  schemas: (z) => ({
    input: z.strictObject({
      provider_id: z.string().min(1).optional().describe("Only this provider"),
      backend: z
        .enum(usageBackends)
        .default("native")
        .describe(
          "Who is asked: the CLIs and vendors, an installed helper, or one after the other",
        ),
      costly: z
        .boolean()
        .default(false)
        .describe("Also ask where that costs a start of the agent CLI"),
      timeout_seconds: z
        .number()
        .min(0.1)
        .max(600)
        .default(25)
        .describe("For all together; who is slower is unknown"),
    }),
    output: usageJson(z),
  }),
  errors: ["provider_not_found", "provider_required", "invalid_config"],
  mcp: {
    tool: "get_usage_snapshot",
    title: "Ask for usage",
    description:
      "Ask vendors what is left of each account's quota, with its CLI's sign-in. Slow; " +
      "get_cached_usage_snapshot asks nobody.",
    idempotent: true,
    openWorld: true,
    unlisted: ["backend", "costly"],
  },
  run: async (ctx, input) => {
    const { refreshed, partial } = await ctx.app.usage.refresh(
      {
        provider: input.provider_id ?? null,
        backend: input.backend,
        costly: input.costly,
        timeoutMs: input.timeout_seconds * 1_000,
        env: ctx.env,
      },
      ctx.signal,
    );
    const now = ctx.app.now();
    const providers = new Set(refreshed.map(({ providerId }) => providerId));
    const snapshots = (await ctx.app.store.usage.latest()).filter(
      ({ providerId }) => input.provider_id === undefined || providers.has(providerId),
    );
    return {
      accounts: projectUsage(snapshots, refreshed, now),
      partial,
      refreshed: true,
      source: "live",
      backend: input.backend,
      checked_at: new Date(now).toISOString(),
    };
  },
});
