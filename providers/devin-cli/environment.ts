/**
 * What a person sets for the agent: who pays and which service it talks to. Its permission mode and
 * its sandbox are none of it: those are flags of a session.
 */
export const environment: readonly string[] = [
  "WINDSURF_API_KEY",
  "WINDSURF_API_SERVER_URL",
  "DEVIN_API_KEY",
  "DEVIN_API_URL",
  "DEVIN_MODEL",
];
