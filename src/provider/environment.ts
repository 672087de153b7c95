/** Set for every agent to the id of its session; whoever carries it belongs to that session. */
export const sessionMarker = "AGENTPOOL_SESSION_ID";

export interface AgentEnvironment {
  readonly values: Readonly<Record<string, string>>;
  /** Names asked for that the asking command does not have. */
  readonly missing: readonly string[];
  /** Names asked for that would make the agent believe it runs inside another one. */
  readonly refused: readonly string[];
}

/**
 * What of the asking command's environment an agent gets: the allow-list, the names its provider
 * declares, and the names the caller asked for. Nothing else: an environment is full of secrets
 * that are none of the agent's business. What the terminal sets (TERM, TMUX) is left to it.
 */
export function agentEnvironment(
  asking: Readonly<Record<string, string | undefined>>,
  options: { readonly declared: readonly string[]; readonly named: readonly string[] },
): AgentEnvironment {
  const declared = new Set(options.declared);
  const refused = options.named.filter((name) => isMarker(name) && !declared.has(name));
  const wanted = new Set([...declared, ...options.named].filter((name) => !refused.includes(name)));
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(asking)) {
    if (value === undefined || !isName(name)) continue;
    if (wanted.has(name) || isAllowed(name)) values[name] = value;
  }
  return {
    values,
    missing: options.named.filter((name) => wanted.has(name) && values[name] === undefined),
    refused,
  };
}

/** Names as programs can use them; shells export functions under others. */
export function isName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}

const allowed: ReadonlySet<string> = new Set([
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "LANG",
  "LANGUAGE",
  "TZ",
  "TMPDIR",
  "SSH_AUTH_SOCK",
  // proxies
  "http_proxy",
  "https_proxy",
  "ftp_proxy",
  "all_proxy",
  "no_proxy",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "FTP_PROXY",
  "ALL_PROXY",
  "NO_PROXY",
  "NODE_USE_ENV_PROXY",
  // certificate authorities
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "NODE_EXTRA_CA_CERTS",
  "NODE_USE_SYSTEM_CA",
  "NIX_SSL_CERT_FILE",
  "REQUESTS_CA_BUNDLE",
  "CURL_CA_BUNDLE",
  "AWS_CA_BUNDLE",
  "PIP_CERT",
  "CARGO_HTTP_CAINFO",
  "DENO_CERT",
]);

const allowedPrefixes = ["LC_", "XDG_", "GIT_"];

/** git sets these for its own hooks; an agent with them would work in another repository. */
const boundToOneRepository: ReadonlySet<string> = new Set([
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_COMMON_DIR",
  "GIT_INDEX_FILE",
  "GIT_INDEX_VERSION",
  "GIT_OBJECT_DIRECTORY",
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_QUARANTINE_PATH",
  "GIT_NAMESPACE",
  "GIT_PREFIX",
  "GIT_INTERNAL_SUPER_PREFIX",
  "GIT_GRAFT_FILE",
  "GIT_SHALLOW_FILE",
  "GIT_REPLACE_REF_BASE",
  "GIT_REFLOG_ACTION",
  "GIT_PUSH_OPTION_COUNT",
]);

function isAllowed(name: string): boolean {
  if (allowed.has(name)) return true;
  return (
    allowedPrefixes.some((prefix) => name.startsWith(prefix)) && !boundToOneRepository.has(name)
  );
}

const markers: ReadonlySet<string> = new Set(["CLAUDECODE", "TMUX", "TMUX_PANE"]);
const markerPrefixes = [
  "CLAUDE_CODE_",
  "CODEX_",
  "OPENCODE_",
  "COPILOT_",
  "CURSOR_",
  "DEVIN_",
  "FACTORY_",
  "AGENTPOOL_SESSION_",
];

/** Names by which an agent tells its children that they run inside it. */
function isMarker(name: string): boolean {
  return markers.has(name) || markerPrefixes.some((prefix) => name.startsWith(prefix));
}
