import { workspaceModes, type Supervision, type WorkspaceMode } from "./session.ts";

/** What a session may change and whom its dialogs ask: what somebody may give who starts one. */
export interface Rights {
  readonly mode: WorkspaceMode;
  readonly supervision: Supervision;
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
