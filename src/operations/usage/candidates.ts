import { formatTime } from "../../domain/time.ts";
import { usageStatuses, type UsageStatus } from "../../domain/usage.ts";
import type { ProviderFacts } from "../../provider/inventory.ts";
import { defineOperation } from "../define.ts";
import { capacityRows, type CapacityRow } from "./capacity-rows.ts";

interface Input {
  required_capabilities: Capability[];
  avoid_statuses: UsageStatus[];
  allowed_providers: string[];
  include_usage_unknown: boolean;
}

export interface Output {
  candidates: { provider_id: string; capabilities: readonly string[]; summary: string }[];
  excluded: { provider_id: string; reasons: string[] }[];
  checked_at: string;
}

const capabilities = [
  "model",
  "reasoning_effort",
  "service_tier",
  "read_only",
  "resume",
  "prompt_argument",
  "hooks",
  "log",
  "api",
  "channel_answers",
  "usage",
] as const;
type Capability = (typeof capabilities)[number];

export const candidates = defineOperation<Input, Output>()({
  name: "usage.candidates",
  toolset: "usage",
  summary: "List the providers that fit, and say why the others do not",
  effect: "read",
  wantsEnvironment: true,
  fromStore: true,
  schemas: (z) => ({
    input: z.strictObject({
      required_capabilities: z
        .array(z.enum(capabilities))
        .default([])
        .describe("What the provider must be able to do"),
      avoid_statuses: z
        .array(z.enum(usageStatuses))
        .default([])
        .describe("Usage statuses that rule a provider out"),
      allowed_providers: z.array(z.string()).default([]).describe("Only these; all when empty"),
      include_usage_unknown: z
        .boolean()
        .default(true)
        .describe("Keep providers whose usage nobody has told"),
    }),
    output: z.looseObject({
      candidates: z.array(z.looseObject({ provider_id: z.string(), summary: z.string() })),
      excluded: z.array(z.looseObject({ provider_id: z.string(), reasons: z.array(z.string()) })),
    }),
  }),
  errors: ["provider_not_found", "provider_required", "invalid_config"],
  mcp: {
    tool: "filter_candidates",
    title: "Providers that fit",
    description:
      "List installed providers that can do what is needed and are not ruled out by usage, with the " +
      "reasons against each other one. It filters and never ranks: you choose, and name one.",
    idempotent: true,
    openWorld: false,
  },
  run: async (ctx, input) => {
    const { usage, providers } = ctx.app;
    const allowed = await Promise.all(
      input.allowed_providers.map((name) => usage.providerId(name)),
    );
    const rows = await capacityRows(ctx, {
      providerId: undefined,
      backend: "combined",
      rules: await usage.rules(),
      refreshed: [],
    });
    const { providers: known } = await providers.inventory(ctx.env);
    const judged = rows.flatMap((row) => {
      const provider = known.find(({ id }) => id === row.provider_id);
      if (!provider) return [];
      const able = capabilitiesOf(provider);
      return [
        { row, able, reasons: reasonsAgainst(row, able, { ...input, allowed_providers: allowed }) },
      ];
    });
    return {
      candidates: judged
        .filter(({ reasons }) => reasons.length === 0)
        .map(({ row, able }) => ({
          provider_id: row.provider_id,
          capabilities: able,
          summary: row.summary,
        })),
      excluded: judged
        .filter(({ reasons }) => reasons.length > 0)
        .map(({ row, reasons }) => ({ provider_id: row.provider_id, reasons })),
      checked_at: formatTime(ctx.app.now()),
    };
  },
});

function reasonsAgainst(row: CapacityRow, able: readonly Capability[], input: Input): string[] {
  const { allowed_providers: allowed, avoid_statuses: avoided } = input;
  const unknown = row.unusable_reason === "usage_unknown";
  return [
    ...(allowed.length > 0 && !allowed.includes(row.provider_id) ? ["not_allowed"] : []),
    ...input.required_capabilities
      .filter((wanted) => !able.includes(wanted))
      .map((wanted) => `lacks_${wanted}`),
    ...(avoided.includes(row.status) ? [`status_${row.status}`] : []),
    ...(row.unusable_reason !== null && !(unknown && input.include_usage_unknown)
      ? [row.unusable_reason]
      : []),
  ];
}

function capabilitiesOf({ options, channels, answers, usage }: ProviderFacts): Capability[] {
  const has: Readonly<Record<Capability, boolean>> = {
    model: options.model,
    reasoning_effort: options.efforts.length > 0,
    service_tier: options.serviceTier,
    read_only: options.readOnly,
    resume: options.resume,
    prompt_argument: options.promptArgument,
    hooks: channels.includes("hook"),
    log: channels.includes("log"),
    api: channels.includes("api"),
    channel_answers: answers.length > 0,
    usage: usage.length > 0,
  };
  return capabilities.filter((name) => has[name]);
}
