import type { WorkerServer } from "../../src/provider/definition.ts";

/** Tools that neither write nor start a program; the model has some thirty. */
const readingTools = [
  "read",
  "grep",
  "glob",
  "find_file_by_name",
  "notebook_read",
  "ask_user_question",
  "todo_write",
];

const refusal = JSON.stringify({
  hookSpecificOutput: {
    hookEventName: "PreToolUse",
    permissionDecision: "deny",
    permissionDecisionReason: "This session may only read.",
  },
});

/**
 * A shell script for the hook before a tool: it refuses every call but of these, and of the session's
 * own server. The name of the
 * tool comes before anything that the model has written, so nothing in the arguments passes for
 * one; a payload of another form is refused as well.
 */
export function refuseAllBut(server: WorkerServer | null): string {
  const ofServer = server ? server.tools.map((tool) => `mcp__${server.name}__${tool}`) : [];
  return [
    "IFS= read -r payload",
    "case $payload in",
    ...[...readingTools, ...ofServer].map(
      (tool) => `'{"hook_event_name":"PreToolUse","tool_name":"${tool}",'*) exit 0;;`,
    ),
    "esac",
    `printf '%s' '${refusal}'`,
    "",
  ].join("\n");
}
