import { isOutOfDate } from "../../provider/models/model-list.ts";
import { describeProblem } from "../../provider/models/parse-models.ts";
import type { BrokenModels, ReadModels } from "../../provider/models/read-models.ts";
import { defineOperation, type Style } from "../define.ts";
import {
  preferencesReference,
  type PreferencesReference,
} from "../preferences/preferences-file.ts";
import { table } from "../table.ts";

interface Input {
  provider_id?: string;
}

interface ModelJson {
  id: string;
  display_name: string | null;
  aliases: readonly string[];
  context_window: number | null;
  efforts: readonly string[] | null;
  default_effort: string | null;
  service_tiers: readonly string[];
  upgrade: string | null;
}

interface ProviderModelsJson {
  provider_id: string;
  default_model: string | null;
  source: string | null;
  checked: string | null;
  stale: boolean;
  complete: boolean;
  names: { pattern: string; what: string } | null;
  also: readonly { pattern: string; what: string }[];
  files: readonly string[];
  models: ModelJson[];
}

export interface Output {
  providers: ProviderModelsJson[];
  broken: { file: string; problems: string[] }[];
  preferences: PreferencesReference;
}

export const models = defineOperation<Input, Output>()({
  name: "provider.models",
  toolset: "default",
  summary: "List the models agent CLIs take by name",
  about:
    "From data files, with their source and the day they were checked; no CLI is started. Your own " +
    "<home>/models/<provider id>.json is laid over what is shipped. An account may have fewer models, " +
    "and a newer CLI more: a name that is not here is never refused.",
  effect: "read",
  fromFiles: true,
  schemas: (z) => ({
    input: z.strictObject({
      provider_id: z.string().min(1).optional().describe("Only this provider"),
    }),
    output: z.looseObject({
      providers: z.array(
        z.looseObject({
          provider_id: z.string(),
          default_model: z.string().nullable(),
          models: z.array(z.looseObject({ id: z.string() })),
        }),
      ),
      broken: z.array(z.looseObject({ file: z.string() })),
    }),
  }),
  errors: ["provider_not_found", "provider_required", "invalid_config"],
  cli: {
    command: "models",
    ids: "providers.models.id",
    group: "Setup",
    positionals: ["provider_id"],
    flags: { provider_id: ["provider"] },
    short: { provider_id: "p" },
    examples: ["agentpool models codex-cli", "agentpool models --fields providers.models.id"],
    render,
    exitCode: ({ broken }) => (broken.length > 0 ? 7 : 0),
  },
  mcp: {
    tool: "get_provider_models",
    title: "List models",
    description: "List the model names agent CLIs take, and their reasoning efforts.",
    idempotent: true,
    openWorld: false,
  },
  run: async (ctx, { provider_id: provider }) => {
    const { providers, strays } = await ctx.app.providers.models(provider ?? null);
    return {
      providers: providers.map((one) => projectModels(one, ctx.app.now())),
      broken: [...providers.flatMap(({ broken }) => broken), ...strays].map(projectBroken),
      preferences: await preferencesReference(ctx.app.home),
    };
  },
});

function projectModels({ providerId, files, list }: ReadModels, now: number): ProviderModelsJson {
  return {
    provider_id: providerId,
    default_model: list.defaultModel,
    source: list.source,
    checked: list.checked,
    stale: isOutOfDate(list, now),
    complete: list.complete,
    names: list.names,
    also: list.also,
    files,
    models: list.models.map((model) => ({
      id: model.id,
      display_name: model.displayName,
      aliases: model.aliases,
      context_window: model.contextWindow,
      efforts: model.efforts,
      default_effort: model.defaultEffort,
      service_tiers: model.serviceTiers,
      upgrade: model.upgrade,
    })),
  };
}

function projectBroken({ file, problems }: BrokenModels): Output["broken"][number] {
  return { file, problems: problems.map((problem) => describeProblem(file, problem)) };
}

function render(
  { providers, broken }: Output,
  style: Style,
  input: Readonly<Record<string, unknown>>,
): string {
  const people = style.columns !== undefined;
  const mark = (name: string, marked: boolean): string => (people && marked ? `${name}*` : name);
  const rows = providers.flatMap((provider) =>
    provider.models.map((model) => [
      provider.provider_id,
      mark(model.id, model.id === provider.default_model),
      model.display_name ?? "",
      model.context_window === null ? "" : `${Math.round(model.context_window / 1000)}k`,
      (model.efforts ?? []).map((one) => mark(one, one === model.default_effort)).join(" "),
    ]),
  );
  const lines = [table(["PROVIDER", "MODEL", "NAME", "CONTEXT", "EFFORTS"], rows, style)];
  // for programs that read the columns, nothing follows them
  if (people && input["provider_id"] !== undefined) {
    lines.push(...providers.map((each) => about(each, style)));
  }
  const problems = broken.flatMap((one) => one.problems);
  lines.push(...problems.map((problem) => style.red(`broken: ${problem}`)));
  return lines.join("\n");
}

/** How far the list of one provider may be believed, and what it takes besides. */
function about(provider: ProviderModelsJson, style: Style): string {
  const { provider_id: id, source, checked, stale } = provider;
  if (source === null && provider.models.length === 0) return style.dim(`${id}: nothing is known`);
  const age = checked === null ? "" : `${checked}${stale ? ", which is long ago" : ""}: `;
  const others = [
    ...(provider.names === null ? [] : [`names are ${provider.names.what}`]),
    ...provider.also.map(({ what }) => `also ${what}`),
    ...(provider.complete ? [] : ["there are others"]),
  ];
  return style.dim(`${id}: ${age}${[source ?? "no source", ...others].join("; ")}`);
}
