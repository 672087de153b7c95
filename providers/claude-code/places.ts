/** Where the agent keeps its files, as `CLAUDE_CONFIG_DIR` or the home says. */
export function configFolder(env: Readonly<Record<string, string>>): string {
  const named = env["CLAUDE_CONFIG_DIR"] ?? "";
  return named === "" ? `${env["HOME"] ?? ""}/.claude` : named.replace(/\/+$/, "");
}

/**
 * The transcript of a conversation. Its folder is named after the work folder; for very long names
 * the agent chooses another one and tells it in its hooks.
 */
export function logPath(config: string, workPath: string, conversationId: string): string {
  return `${config}/projects/${workPath.replace(/[^A-Za-z0-9]/g, "-")}/${conversationId}.jsonl`;
}
