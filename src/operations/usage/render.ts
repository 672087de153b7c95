import type { Style } from "../define.ts";
import { formatAge, table } from "../table.ts";
import type { UsageJson, UsageOutput, WindowJson } from "./rows.ts";

export function renderUsage(output: UsageOutput, style: Style): string {
  if (output.accounts.length === 0) {
    return style.dim(
      "Nothing is known yet: agentpool usage --refresh asks, sessions tell as they go.",
    );
  }
  const rows = output.accounts.flatMap((account) => {
    const windows = account.windows.map((window) => windowCells(window, style));
    const cells = windows.length > 0 ? windows : [["-", "", "", ""]];
    return cells.map((window, index) => [
      index === 0 ? account.account : "",
      index === 0 ? statusWord(account, style) : "",
      ...window,
    ]);
  });
  const warnings = output.accounts.flatMap((account) =>
    account.warnings.map((warning) => style.yellow(`${account.provider_id}: ${warning}`)),
  );
  const partial = output.partial ? [style.yellow("Some were too slow; ask again for these.")] : [];
  return [
    table(["ACCOUNT", "STATUS", "WINDOW", "LEFT", "RESETS IN", "TOLD"], rows, style),
    ...warnings,
    ...partial,
  ].join("\n");
}

function windowCells(window: WindowJson, { nowMs }: Style): string[] {
  const reset = window.reset_at === null ? null : Date.parse(window.reset_at) - nowMs;
  const left =
    window.remaining_percent === null ? unitsOf(window) : `${round(window.remaining_percent)} %`;
  return [
    window.name,
    left,
    reset === null ? "" : reset <= 0 ? "begun anew" : formatAge(reset),
    `${formatAge(nowMs - Date.parse(window.checked_at))} ago by ${window.source}`,
  ];
}

function unitsOf({ remaining_units: left, used_units: used }: WindowJson): string {
  if (left !== null) return String(round(left));
  return used === null ? "?" : `${round(used)} used`;
}

function statusWord({ status, stale, checked_at }: UsageJson, style: Style): string {
  const isOld = stale && checked_at !== null && status !== "unknown";
  const word = isOld ? `${status} (old)` : status;
  switch (status) {
    case "available":
      return style.green(word);
    case "near_limit":
      return style.yellow(word);
    case "limit_reached":
    case "unauthenticated":
      return style.red(word);
    default:
      return style.dim(word);
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
