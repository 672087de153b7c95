import { sha256 } from "../../src/provider/definition.ts";
import type { Setting } from "./toml.ts";

/** Events that tell something no other channel tells earlier or at all. */
const events = [
  "SessionStart",
  "UserPromptSubmit",
  "PreToolUse",
  "PostToolUse",
  "PermissionRequest",
  "Stop",
  "Interrupt",
] as const;

/** More is cut by the CLI for the hook of an interrupt, and the digest is of what is left. */
const timeoutS = 3;

/**
 * Settings that register our hooks for this one process, together with the digest by which the
 * CLI knows a hook that its user has reviewed. The flag that lets every hook run unreviewed would
 * also run those that a repository brings along, outside of the sandbox.
 */
export function hookSettings(command: (event: string) => string): Record<string, Setting> {
  const settings: Record<string, Setting> = {};
  const trusted: Record<string, Setting> = {};
  for (const event of events) {
    const hook = { type: "command", command: command(event), timeout: timeoutS };
    settings[`hooks.${event}`] = [{ hooks: [hook] }];
    const key = `/<session-flags>/config.toml:${labelOf(event)}:0:0`;
    trusted[key] = { trusted_hash: `sha256:${digestOf(event, hook.command)}` };
  }
  return { ...settings, "hooks.state": trusted };
}

/** Over the hook as JSON with its keys in order. */
function digestOf(event: string, command: string): string {
  const hook = { async: false, command, timeout: timeoutS, type: "command" };
  return sha256(JSON.stringify({ event_name: labelOf(event), hooks: [hook] }));
}

/** `PreToolUse` is `pre_tool_use` there. */
function labelOf(event: string): string {
  return event.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}
