import type { ProviderFacts } from "../../provider/inventory.ts";
import { defineOperation, type Style } from "../define.ts";
import {
  preferencesReference,
  type PreferencesReference,
} from "../preferences/preferences-file.ts";
import { table } from "../table.ts";
import { projectUsage, type UsageJson } from "../usage/rows.ts";

interface Input {
  full: boolean;
  include_usage: boolean;
}

interface ProviderJson {
  id: string;
  display_name: string;
  aliases: readonly string[];
  verified: string;
  installed: boolean;
  /** False where the configuration switches it off. */
  enabled: boolean;
  binary_path: string | null;
  version: string | null;
  untested_version: boolean;
  /** How to get it, where it is not there. */
  install: string | null;
  channels: readonly string[];
  acceptance: string;
  origin: string;
  file: string | null;
  warnings: readonly string[];
}

interface FullProviderJson extends ProviderJson {
  vendor: string;
  harness: string;
  versions_tried: readonly string[];
  options: {
    model: boolean;
    efforts: readonly string[];
    service_tier: boolean;
    read_only: boolean;
    resume: boolean;
    prompt_argument: boolean;
  };
  /** Kinds of dialog answered through the agent's own channel. */
  answers: readonly string[];
  account: { variable: string | null; folder: string } | null;
  usage: readonly { id: string; does: string; hosts: readonly string[] }[];
  default_model: string | null;
  models: readonly string[];
}

export interface Output {
  providers: (ProviderJson | FullProviderJson)[];
  broken: readonly { file: string; problem: string }[];
  runtimes: { kind: string; default: boolean }[];
  /** Only where it was asked for. */
  usage?: readonly UsageJson[];
  /** The settings of `policy.` in force, by their names there. */
  policy: Readonly<Record<string, unknown>>;
  preferences: PreferencesReference;
  checked_at: string;
}

export const inventory = defineOperation<Input, Output>()({
  name: "provider.inventory",
  toolset: "default",
  summary: "List the agent CLIs agentpool knows, installed or not",
  about:
    "A CLI is started only to ask for a version that is not known yet: versions are kept by the path, " +
    "time and size of the program. Exit status 7 when a file of yours defines no provider.",
  effect: "read",
  wantsEnvironment: true,
  fromFiles: true,
  schemas: (z) => ({
    input: z.strictObject({
      full: z.boolean().default(false).describe("Also options, account, usage, models"),
      include_usage: z
        .boolean()
        .default(false)
        .describe("Also what is left of quotas, as last told"),
    }),
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
    ids: "providers.id",
    group: "Setup",
    aliases: ["providers"],
    // read from files alone here; `usage` shows it
    omit: ["include_usage"],
    examples: ["agentpool inventory", "agentpool inventory --full --json"],
    render,
    exitCode: ({ broken }) => (broken.length > 0 ? 7 : 0),
  },
  mcp: {
    tool: "get_inventory",
    title: "List providers",
    description:
      "List the agent CLIs known here, installed or not, to name one in spawn_worker. Once is enough.",
    idempotent: true,
    openWorld: false,
    presets: { include_usage: true },
  },
  run: async (ctx, { full, include_usage: withUsage }) => {
    const { providers, broken } = await ctx.app.providers.inventory(ctx.env);
    const models = full ? (await ctx.app.providers.models(null)).providers : [];
    return {
      providers: providers.map((one) => {
        if (!full) return projectProvider(one);
        const list = models.find(({ providerId }) => providerId === one.id)?.list;
        return {
          ...projectProvider(one),
          ...projectRest(one),
          default_model: list?.defaultModel ?? null,
          models: list?.models.map(({ id }) => id) ?? [],
        };
      }),
      broken: broken.map(({ file, problem }) => ({ file, problem })),
      runtimes: [{ kind: "tmux", default: true }],
      ...(withUsage
        ? { usage: projectUsage(await ctx.app.store.usage.latest(), [], ctx.app.now()) }
        : {}),
      policy: Object.fromEntries(
        (await ctx.app.config(ctx.cwd)).entries.flatMap(({ key, value }) =>
          key.startsWith("policy.") ? [[key.slice("policy.".length), value]] : [],
        ),
      ),
      preferences: await preferencesReference(ctx.app.home),
      checked_at: new Date(ctx.app.now()).toISOString(),
    };
  },
});

function projectProvider(provider: ProviderFacts): ProviderJson {
  return {
    id: provider.id,
    display_name: provider.displayName,
    aliases: provider.aliases,
    verified: provider.verified,
    installed: provider.installed,
    enabled: provider.enabled,
    binary_path: provider.binaryPath,
    version: provider.version,
    untested_version: provider.untested,
    install: provider.installed ? null : provider.binary.install,
    channels: provider.channels,
    acceptance: provider.acceptance,
    origin: provider.origin,
    file: provider.file,
    warnings: provider.warnings,
  };
}

function projectRest(
  provider: ProviderFacts,
): Omit<FullProviderJson, keyof ProviderJson | "default_model" | "models"> {
  const { options, account } = provider;
  return {
    vendor: provider.vendor,
    harness: provider.harness,
    versions_tried: provider.binary.tried,
    options: {
      model: options.model,
      efforts: options.efforts,
      service_tier: options.serviceTier,
      read_only: options.readOnly,
      resume: options.resume,
      prompt_argument: options.promptArgument,
    },
    answers: provider.answers,
    account: account && { variable: account.variable, folder: account.folder },
    usage: provider.usage,
  };
}

function render({ providers, broken }: Output, style: Style): string {
  const rows = providers.map((provider) => [
    provider.id,
    provider.installed ? style.green("yes") : "no",
    provider.version ?? "-",
    provider.verified === "verified" ? "yes" : style.yellow("docs only"),
    provider.channels.join(",") || "screen",
    provider.warnings[0] ?? provider.install ?? "",
  ]);
  const headings = ["PROVIDER", "INSTALLED", "VERSION", "VERIFIED", "CHANNELS", "NOTE"];
  return [
    table(headings, rows, style),
    ...broken.map(({ file, problem }) => style.red(`broken: ${file}: ${problem}`)),
  ].join("\n");
}
