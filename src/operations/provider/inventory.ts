import type { ProviderFacts } from "../app.ts";
import { defineOperation } from "../define.ts";
import { table } from "../table.ts";

interface ProviderJson {
  id: string;
  display_name: string;
  vendor: string;
  harness: string;
  aliases: readonly string[];
  verified: string;
  installed: boolean;
  binary_path: string | null;
  version: string | null;
  versions_tried: readonly string[];
  untested_version: boolean;
  install: string;
  channels: readonly string[];
  acceptance: string;
  origin: string;
  file: string | null;
  warnings: readonly string[];
}

export interface Output {
  providers: ProviderJson[];
  broken: readonly { file: string; problem: string }[];
  runtimes: { kind: string; default: boolean }[];
  checked_at: string;
}

export const inventory = defineOperation<Record<string, never>, Output>()({
  name: "provider.inventory",
  toolset: "default",
  summary: "List the agent CLIs agentpool knows, installed or not",
  effect: "read",
  wantsEnvironment: true,
  schemas: (z) => ({
    input: z.strictObject({}),
    output: z.looseObject({
      providers: z.array(
        z.looseObject({ id: z.string(), installed: z.boolean(), version: z.string().nullable() }),
      ),
      broken: z.array(z.looseObject({ file: z.string(), problem: z.string() })),
      runtimes: z.array(z.looseObject({ kind: z.string() })),
      checked_at: z.string(),
    }),
  }),
  errors: [],
  cli: {
    command: "inventory",
    group: "Setup",
    aliases: ["providers"],
    examples: ["agentpool inventory"],
    render: (output, style) => {
      const rows = output.providers.map((provider) => [
        provider.id,
        provider.installed ? style.green("yes") : "no",
        provider.version ?? "-",
        provider.channels.join(",") || "screen",
        provider.warnings[0] ?? (provider.installed ? "" : provider.install),
      ]);
      const broken = output.broken.map((one) => style.red(`broken: ${one.file}: ${one.problem}`));
      return [
        table(["PROVIDER", "INSTALLED", "VERSION", "CHANNELS", "NOTE"], rows, style),
        ...broken,
      ].join("\n");
    },
  },
  mcp: {
    tool: "get_inventory",
    title: "List providers",
    description:
      "List the agent CLIs that can be started here, installed or not. Read it before the first " +
      "spawn_worker to name a provider; agentpool never chooses one.",
    idempotent: true,
    openWorld: false,
  },
  run: async (ctx) => {
    const { providers, broken } = await ctx.app.providers.inventory(ctx.env);
    return {
      providers: providers.map(projectProvider),
      broken,
      runtimes: [{ kind: "tmux", default: true }],
      checked_at: new Date(ctx.app.now()).toISOString(),
    };
  },
});

function projectProvider(provider: ProviderFacts): ProviderJson {
  return {
    id: provider.id,
    display_name: provider.displayName,
    vendor: provider.vendor,
    harness: provider.harness,
    aliases: provider.aliases,
    verified: provider.verified,
    installed: provider.installed,
    binary_path: provider.binaryPath,
    version: provider.version,
    versions_tried: provider.tried,
    untested_version: provider.untested,
    install: provider.install,
    channels: provider.channels,
    acceptance: provider.acceptance,
    origin: provider.origin,
    file: provider.file,
    warnings: provider.warnings,
  };
}
