/** What a person sets for the agent: who pays, where it keeps its own, and what it opens to sign in. */
export const environment: readonly string[] = [
  "CURSOR_API_KEY",
  "CURSOR_CONFIG_DIR",
  "CURSOR_DATA_DIR",
  "AGENT_CLI_CREDENTIAL_STORE",
  "NO_OPEN_BROWSER",
];
