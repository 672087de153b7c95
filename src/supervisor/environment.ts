/**
 * The environment the supervisor is born with, and through it the tmux server: everything a later
 * pane could inherit. Names of an outer agent, tokens and whatever else the asking shell carries
 * stay out; what one agent needs is handed to that agent alone.
 */
const allowed: readonly string[] = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "LANG",
  "LANGUAGE",
  "TERM",
  "TMPDIR",
  "TZ",
  "SSH_AUTH_SOCK",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "NODE_EXTRA_CA_CERTS",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "ALL_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "all_proxy",
  "AGENTPOOL_HOME",
  "AGENTPOOL_CONFIG",
  "AGENTPOOL_MAX_PARALLEL_SESSIONS",
  "AGENTPOOL_SQLITE_DRIVER",
  "AGENTPOOL_LOG",
  "AGENTPOOL_SUPERVISOR_IDLE_SECONDS",
];
const allowedPrefixes: readonly string[] = ["LC_", "XDG_"];

export function birthEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const born: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    if (allowed.includes(name) || allowedPrefixes.some((prefix) => name.startsWith(prefix))) {
      born[name] = value;
    }
  }
  return born;
}
