import { workspaceModes, type Supervision, type WorkspaceMode } from "./session.ts";

/** What a session may change and whom its dialogs ask: what somebody may give who starts one. */
export interface Rights {
  readonly mode: WorkspaceMode;
  readonly supervision: Supervision;
  /** What `wideningOption` finds among the options of its provider. */
  readonly option?: string | null;
}

/** From the least to the most. */
const modes: readonly WorkspaceMode[] = ["read_only", "worktree", "shared"];
/** From people alone to nobody. */
const supervisions: readonly Supervision[] = ["human_visible", "interactive", "autonomous"];

export function isWiderMode(mode: WorkspaceMode, than: WorkspaceMode): boolean {
  return modes.indexOf(mode) > modes.indexOf(than);
}

export function isWiderSupervision(supervision: Supervision, than: Supervision): boolean {
  return supervisions.indexOf(supervision) > supervisions.indexOf(than);
}

/**
 * The widest isolation a run's description gives any of its workers, whatever its kind; the least
 * there is where it gives none.
 */
export function widestMode(spec: unknown): WorkspaceMode {
  return modesIn(spec).reduce((a, b) => (isWiderMode(b, a) ? b : a), "read_only");
}

/**
 * The first option, as `name=value`, by which an agent may come to ask less: whichever its provider's
 * definition does not name as one that agents may set, with that value or with `*` for any. Null for none.
 */
export function wideningOption(
  options: Readonly<Record<string, string>>,
  agentsMaySet: Readonly<Record<string, readonly string[]>> = {},
): string | null {
  for (const [name, value] of Object.entries(options)) {
    const allowed = Object.hasOwn(agentsMaySet, name) ? agentsMaySet[name] : undefined;
    if (!allowed?.some((one) => one === "*" || one === value)) return `${name}=${value}`;
  }
  return null;
}

/** The names of providers that stand in a run's description, whatever its kind. */
export function providersIn(spec: unknown): readonly string[] {
  if (typeof spec !== "object" || spec === null) return [];
  const { providerId } = spec as { readonly providerId?: unknown };
  const own = typeof providerId === "string" ? [providerId] : [];
  return [...own, ...Object.values(spec).flatMap((one) => providersIn(one))];
}

/** Whether a run's description has commands in it, which run beside its agents. */
export function hasCommands(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { kind, command } = value as { readonly kind?: unknown; readonly command?: unknown };
  const isShell = kind === "shell" && typeof command === "string";
  return isShell || Object.values(value).some((one) => hasCommands(one));
}

function modesIn(value: unknown): readonly WorkspaceMode[] {
  if (typeof value !== "object" || value === null) return [];
  const { mode, providerId } = value as { readonly mode?: unknown; readonly providerId?: unknown };
  const own = workspaceModes.filter((one) => typeof providerId === "string" && one === mode);
  return [...own, ...Object.values(value).flatMap((one) => modesIn(one))];
}
