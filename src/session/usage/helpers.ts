import { AgentpoolError } from "../../domain/errors.ts";
import type {
  UsageAnswer,
  UsageContext,
  UsageFacts,
  UsageProbe,
  UsageWindow,
  WindowKind,
} from "../../provider/definition.ts";

type Helpers = NonNullable<UsageFacts["helpers"]>;
type Fields = Readonly<Record<string, unknown>>;

/** Programs of others that tell the usage of several CLIs; asked only when they are named. */
export function codexbarProbe(helpers: Helpers | undefined): UsageProbe[] {
  const provider = helpers?.codexbar;
  if (provider === undefined) return [];
  return [
    {
      id: "codexbar",
      does: "runs the program codexbar, which asks the CLI or its vendor in its own way",
      hosts: [],
      confidence: "local_cli",
      ask: (ctx) => askCodexbar(ctx, provider),
    },
  ];
}

export function ccusageProbe(helpers: Helpers | undefined): UsageProbe[] {
  if (helpers?.ccusage !== true) return [];
  return [
    {
      id: "ccusage",
      does: "runs the program ccusage, which counts the tokens in the CLI's own transcripts, offline",
      hosts: [],
      confidence: "observed",
      ask: askCcusage,
    },
  ];
}

async function askCodexbar(ctx: UsageContext, provider: string): Promise<UsageAnswer> {
  const answers = ["cli", "api"].map((source) => async () => {
    const argv = ["codexbar", "usage", "--provider", provider, "--source", source];
    const printed = await run(ctx, [...argv, "--format", "json", "--json-only", "--no-color"]);
    return readCodexbar(printed);
  });
  for (const answer of answers) {
    const told = await answer();
    if (told.windows.length > 0) return told;
  }
  throw new AgentpoolError("usage_unknown", `codexbar tells no quota of ${provider}`);
}

async function askCcusage(ctx: UsageContext): Promise<UsageAnswer> {
  const argv = ["ccusage", "blocks", "--json", "--offline", "--active", "--no-color"];
  const told = readCcusage(await run(ctx, argv));
  if (told.windows.length > 0) return told;
  throw new AgentpoolError("usage_unknown", "ccusage tells of no block that is active");
}

async function run(ctx: UsageContext, argv: readonly string[]): Promise<unknown> {
  const { stdout } = await ctx.exec(argv, { timeoutMs: 45_000 });
  try {
    return JSON.parse(stdout) as unknown;
  } catch {
    throw new AgentpoolError("usage_unknown", `${argv[0] ?? ""} printed no JSON`);
  }
}

/** A list with one entry for the provider; its windows go by how long they last. */
export function readCodexbar(printed: unknown): UsageAnswer {
  const entry = fieldsOf(Array.isArray(printed) ? printed[0] : printed);
  const usage = fieldsOf(entry["usage"]);
  const windows = ["primary", "secondary", "tertiary"].flatMap((key) => {
    const window = fieldsOf(usage[key]);
    const usedPercent = numberAt(window, "usedPercent");
    if (usedPercent === null) return [];
    const { name, kind } = named(key, numberAt(window, "windowMinutes"));
    return [windowOf(name, kind, { usedPercent, resetsAt: timeAt(window, "resetsAt") })];
  });
  const credits = numberAt(fieldsOf(entry["credits"]), "remaining");
  if (credits !== null) windows.push(windowOf("credits", "credits", { remainingUnits: credits }));
  const identity = fieldsOf(usage["identity"]);
  const plan = identity["loginMethod"] ?? usage["loginMethod"];
  return { windows, plan: typeof plan === "string" ? plan : null };
}

/** The block that is active: tokens used, and when it is over; how many there are it cannot know. */
export function readCcusage(printed: unknown): UsageAnswer {
  const blocks = fieldsOf(printed)["blocks"];
  const active = (Array.isArray(blocks) ? blocks : [])
    .map(fieldsOf)
    .find((block) => block["isActive"] === true && block["isGap"] !== true);
  const usedUnits = active ? numberAt(active, "totalTokens") : null;
  if (!active || usedUnits === null) return { windows: [], plan: null };
  const resetsAt = timeAt(active, "endTime");
  return { windows: [windowOf("tokens, 5h", "5h", { usedUnits, resetsAt })], plan: null };
}

function named(key: string, minutes: number | null): { name: string; kind: WindowKind } {
  if (minutes === 300) return { name: "5h", kind: "5h" };
  if (minutes === 1_440) return { name: "daily", kind: "daily" };
  // a third window is the share of one model
  if (minutes === 10_080) {
    return key === "tertiary"
      ? { name: "weekly (model)", kind: "model" }
      : { name: "weekly", kind: "weekly" };
  }
  if (minutes !== null && minutes >= 28 * 1_440 && minutes <= 31 * 1_440) {
    return { name: "monthly", kind: "monthly" };
  }
  return { name: key, kind: "unknown" };
}

function windowOf(name: string, kind: WindowKind, told: Partial<UsageWindow>): UsageWindow {
  return {
    usedPercent: null,
    remainingPercent: null,
    usedUnits: null,
    remainingUnits: null,
    resetsAt: null,
    ...told,
    name,
    kind,
  };
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {};
}

function numberAt(fields: Fields, name: string): number | null {
  const value = fields[name];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function timeAt(fields: Fields, name: string): number | null {
  const value = fields[name];
  const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? null : time;
}
