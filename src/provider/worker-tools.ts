import type { WorkspaceMode } from "../domain/session.ts";
import type { SessionToolset } from "../domain/toolset.ts";
import type { ProviderDefinition } from "./definition.ts";

type Provider = Pick<ProviderDefinition, "displayName" | "options" | "workerMcp">;

/** Whether an agent of this CLI is given its tools there; otherwise it has the same in its shell. */
export function takesTools(
  { workerMcp }: Pick<Provider, "workerMcp">,
  mode: WorkspaceMode,
): boolean {
  return workerMcp !== undefined && (workerMcp.onlyInWorktree !== true || mode === "worktree");
}

/**
 * Why an agent of this CLI could not use the tools of a toolset in this mode; null when it can. Where
 * it is given none it types them as commands, which no CLI lets through that only reads.
 */
export function whyNoTools(
  provider: Provider,
  { toolset, mode }: { readonly toolset: SessionToolset | null; readonly mode: WorkspaceMode },
): string | null {
  if (toolset === null || mode !== "read_only" || takesTools(provider, mode)) return null;
  const { displayName: name, workerMcp } = provider;
  return workerMcp === undefined
    ? `${name} takes no tools of a session, and runs no commands while it only reads`
    : `${name} takes its tools by ${workerMcp.by}, and runs no commands while it only reads`;
}

/** Why a worker of a run could not be started as it is wished for; null when it could. */
export function whyUnfit(
  provider: Provider,
  wish: { readonly toolset: SessionToolset | null; readonly mode: WorkspaceMode },
): string | null {
  if (wish.toolset === "lead" && wish.mode !== "read_only") {
    return "a lead only reads files, and its workers change them: its mode is read_only";
  }
  if (wish.mode === "read_only" && provider.options.readOnly !== true) {
    return `${provider.displayName} has no read-only mode that holds`;
  }
  return whyNoTools(provider, wish);
}
