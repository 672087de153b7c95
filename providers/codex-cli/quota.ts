import type { UsageWindow, WindowKind } from "../../src/provider/definition.ts";
import { fieldsOf, textOf, type Fields } from "./fields.ts";

export interface Quota {
  readonly windows: readonly UsageWindow[];
  readonly plan: string | null;
}

/**
 * One description of the limits. The log spells its fields with underscores, the app server in
 * camel case, and both mean the same.
 */
export function readQuota(limits: Fields): Quota {
  const id = textIn(limits, "limit_id", "limitId") ?? "codex";
  // other limits than the general one are those of a single model
  const model = id === "codex" ? null : (textIn(limits, "limit_name", "limitName") ?? id);
  const windows = ["primary", "secondary"].flatMap((key) =>
    readWindow(fieldsOf(limits[key]), key, model),
  );
  const more = model === null ? [...readCredits(limits), ...readSpending(limits)] : [];
  return { windows: [...windows, ...more], plan: textIn(limits, "plan_type", "planType") };
}

/** What the app server answers: the general limit, and those of single models. */
export function readAnswer(answer: unknown): Quota {
  const fields = fieldsOf(answer);
  const general = fieldsOf(fields["rateLimits"]);
  const { windows, plan } = readQuota(general);
  const others = Object.entries(fieldsOf(fields["rateLimitsByLimitId"]))
    .filter(([id]) => id !== (textOf(general, "limitId") ?? "codex"))
    .flatMap(([id, limits]) => readQuota({ limitId: id, ...fieldsOf(limits) }).windows);
  return { windows: [...windows, ...others], plan };
}

/**
 * What the app server could not read of the service's answer stands in its complaint as it came:
 * `…; body={"plan_type": …, "rate_limit": {"primary_window": …}}`.
 */
export function readComplaint(message: string): Quota | null {
  const at = message.indexOf("{", message.indexOf("body="));
  if (!message.includes("body=") || at < 0) return null;
  const body = parseObject(message.slice(at));
  const limits = fieldsOf(body["rate_limit"]);
  const window = (key: string): Fields => {
    const fields = fieldsOf(limits[key]);
    const seconds = fields["limit_window_seconds"];
    return {
      used_percent: fields["used_percent"],
      resets_at: fields["reset_at"],
      ...(typeof seconds === "number" ? { window_minutes: Math.round(seconds / 60) } : {}),
    };
  };
  const quota = readQuota({
    primary: window("primary_window"),
    secondary: window("secondary_window"),
    credits: body["credits"],
    plan_type: body["plan_type"],
  });
  return quota.windows.length === 0 ? null : quota;
}

function readWindow(window: Fields, key: string, model: string | null): UsageWindow[] {
  const used = numberIn(window, "used_percent", "usedPercent");
  if (used === null) return [];
  const minutes = numberIn(window, "window_minutes", "windowDurationMins");
  const { name, kind } =
    minutes === null ? { name: key, kind: "unknown" as const } : named(minutes);
  return [
    {
      name: model === null ? name : `${name} (${model})`,
      kind: model === null ? kind : "model",
      usedPercent: used,
      remainingPercent: null,
      usedUnits: null,
      remainingUnits: null,
      resetsAt: resetIn(window),
    },
  ];
}

function readCredits(limits: Fields): UsageWindow[] {
  const credits = fieldsOf(limits["credits"]);
  const balance = Number(credits["balance"] ?? Number.NaN);
  if (credits["unlimited"] === true || !Number.isFinite(balance)) return [];
  return [
    {
      name: "credits",
      kind: "credits",
      usedPercent: null,
      remainingPercent: null,
      usedUnits: null,
      remainingUnits: balance,
      resetsAt: null,
    },
  ];
}

/** What an organisation lets one person spend beyond the subscription. */
function readSpending(limits: Fields): UsageWindow[] {
  const spending = fieldsOf(limits["individual_limit"] ?? limits["individualLimit"]);
  const left = numberIn(spending, "remaining_percent", "remainingPercent");
  if (left === null) return [];
  const used = Number(spending["used"] ?? Number.NaN);
  return [
    {
      name: "spending limit",
      kind: "on_demand",
      usedPercent: null,
      remainingPercent: left,
      usedUnits: Number.isFinite(used) ? used : null,
      remainingUnits: null,
      resetsAt: resetIn(spending),
    },
  ];
}

/** Whole names of the usual lengths; the two that every plan has are 300 and 10,080 minutes. */
function named(minutes: number): { readonly name: string; readonly kind: WindowKind } {
  const days = minutes / 1_440;
  if (minutes === 300) return { name: "5h", kind: "5h" };
  if (days === 1) return { name: "daily", kind: "daily" };
  if (days === 7) return { name: "weekly", kind: "weekly" };
  if (days >= 28 && days <= 31) return { name: "monthly", kind: "monthly" };
  if (Number.isInteger(days)) return { name: `${days}d`, kind: "unknown" };
  return { name: minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}min`, kind: "unknown" };
}

function resetIn(fields: Fields): number | null {
  const seconds = numberIn(fields, "resets_at", "resetsAt");
  return seconds === null ? null : seconds * 1_000;
}

function textIn(fields: Fields, ...names: readonly string[]): string | null {
  return names.map((name) => textOf(fields, name)).find((text) => text !== null) ?? null;
}

function numberIn(fields: Fields, ...names: readonly string[]): number | null {
  const value = names.map((name) => fields[name]).find((one) => typeof one === "number");
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** The JSON object that a text begins with, whatever follows it. */
function parseObject(text: string): Fields {
  for (const end of [text.length, ...endsOf(text)]) {
    try {
      return fieldsOf(JSON.parse(text.slice(0, end)) as unknown);
    } catch {
      // it ends somewhere else
    }
  }
  return {};
}

function endsOf(text: string): number[] {
  return [...text.matchAll(/\}/g)]
    .map(({ index }) => index + 1)
    .slice(-8)
    .toReversed();
}
