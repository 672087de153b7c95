import type { UsageWindow, WindowKind } from "../../src/provider/definition.ts";
import { readReset } from "./reset-text.ts";

/**
 * The panel /usage: a label on a line of its own, a bar with its share, and when it begins anew.
 * What was bought besides is told in dollars.
 */
export function readPanel(lines: readonly string[], now: number): UsageWindow[] {
  const labels = lines.flatMap((line, index) => {
    const label = labelIn(line);
    return label === null ? [] : [{ ...label, index }];
  });
  return labels.flatMap(({ name, kind, index }, at) => {
    const part = lines.slice(index, labels[at + 1]?.index ?? lines.length);
    const used = usedIn(part);
    const [spent, bought] = dollarsIn(part);
    if (used === null && spent === null) return [];
    return [
      {
        name,
        kind,
        usedPercent: used ?? (bought ? ((spent ?? 0) / bought) * 100 : null),
        remainingPercent: null,
        usedUnits: spent,
        remainingUnits: bought === null ? null : cents(Math.max(0, bought - (spent ?? 0))),
        resetsAt: part.map((line) => readReset(line, now)).find((time) => time !== null) ?? null,
      },
    ];
  });
}

function labelIn(line: string): { readonly name: string; readonly kind: WindowKind } | null {
  if (/Current session/.test(line)) return { name: "5h", kind: "5h" };
  if (/^\s*(?:Extra usage|Usage credits)\b/.test(line))
    return { name: "extra usage", kind: "on_demand" };
  const week = /Current week(?: \(([^)]+)\))?/.exec(line);
  if (!week) return null;
  const scope = (week[1] ?? "all models").replace(/ only$/, "");
  return scope === "all models"
    ? { name: "weekly", kind: "weekly" }
    : { name: `weekly (${scope})`, kind: "model" };
}

function usedIn(lines: readonly string[]): number | null {
  for (const line of lines) {
    const share = /(\d+(?:\.\d+)?)% (used|left)/.exec(line);
    if (share) return share[2] === "left" ? 100 - Number(share[1]) : Number(share[1]);
  }
  return null;
}

function dollarsIn(lines: readonly string[]): readonly [number | null, number | null] {
  for (const line of lines) {
    const money = /\$([\d,]+(?:\.\d+)?) (?:\/|of) \$([\d,]+(?:\.\d+)?) spent/.exec(line);
    if (money) return [dollars(money[1]), dollars(money[2])];
  }
  return [null, null];
}

function dollars(text = ""): number {
  return Number(text.replaceAll(",", ""));
}

function cents(value: number): number {
  return Math.round(value * 100) / 100;
}
