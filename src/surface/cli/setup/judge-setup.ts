import type { Output as ModelsOutput } from "../../../operations/provider/models.ts";
import type { UsageOutput } from "../../../operations/usage/rows.ts";
import type { AgentFacts } from "../init/agents.ts";

/** One thing a provider needs to be used here. `null`: nobody can tell, which is no failure. */
export interface SetupCheck {
  readonly name:
    | "provider_configured"
    | "provider_installed"
    | "auth_probe"
    | "model_catalog"
    | "usage_probe"
    | "mcp_config"
    | "agentpool_installed";
  readonly ok: boolean | null;
  readonly message: string;
  /** What to type or do where it is not ok. */
  readonly action: string | null;
}

export interface SetupFacts {
  readonly agent: AgentFacts;
  /** Why the settings refuse it, null where they do not. */
  readonly refused: string | null;
  readonly models: ModelsOutput;
  /** What asking for usage gave; null where it was not asked. */
  readonly usage: UsageOutput["accounts"][number] | null;
  readonly usageAsked: boolean;
  readonly mcpCommand: string | null;
  /** Where a shell finds `agentpool`, null where it does not. */
  readonly agentpoolPath: string | null;
}

export function judgeSetup(facts: SetupFacts): SetupCheck[] {
  return [
    configured(facts),
    installed(facts),
    auth(facts),
    models(facts),
    usage(facts),
    mcp(facts),
    agentpool(facts),
  ];
}

function configured({ refused }: SetupFacts): SetupCheck {
  return {
    name: "provider_configured",
    ok: refused === null,
    message: refused ?? "the settings allow it",
    action: refused === null ? null : "agentpool config show --origin",
  };
}

function installed({ agent }: SetupFacts): SetupCheck {
  const { installed: ok, version, binary_path: path, untested_version: untested } = agent;
  const tried = untested ? "; another version than those that were tried" : "";
  return {
    name: "provider_installed",
    ok,
    message: ok ? `${version ?? "unknown version"}, ${path}${tried}` : "its program was not found",
    action: ok ? null : agent.install,
  };
}

function auth({ agent, usage: told }: SetupFacts): SetupCheck {
  const name = "auth_probe";
  const signIn = `start ${agent.binary_path ?? agent.id} once and sign in`;
  if (!agent.installed)
    return { name, ok: null, message: "there is no program to ask", action: null };
  if (told?.status === "unauthenticated") {
    return { name, ok: false, message: "it says that nobody is signed in", action: signIn };
  }
  if (told && told.windows.length > 0 && told.confidence === "official") {
    return { name, ok: true, message: "its vendor told the account's quota", action: null };
  }
  if (agent.auth.status === "none") {
    return { name, ok: false, message: agent.auth.reason, action: signIn };
  }
  return { name, ok: null, message: `not known: ${agent.auth.reason}`, action: null };
}

function models({ models: { providers, broken } }: SetupFacts): SetupCheck {
  const [list] = providers;
  const name = "model_catalog";
  if (broken.length > 0) {
    const [first] = broken;
    return {
      name,
      ok: false,
      message: first?.problems[0] ?? first?.file ?? "",
      action: "agentpool models validate",
    };
  }
  const count = list?.models.length ?? 0;
  if (count === 0 && (list?.names ?? null) === null) {
    return { name, ok: null, message: "no models are listed; any name is passed on", action: null };
  }
  const preset = list?.default_model ?? null;
  return {
    name,
    ok: true,
    message: `${count} listed, ${preset === null ? "the CLI's own default" : `default ${preset}`}`,
    action: null,
  };
}

function usage({ usage: told, usageAsked, agent }: SetupFacts): SetupCheck {
  const name = "usage_probe";
  if (!usageAsked) return { name, ok: null, message: "not asked", action: null };
  if (!told || told.windows.length === 0) {
    const message = told?.warnings[0] ?? "it cannot be asked; live sessions may tell";
    return {
      name,
      ok: null,
      message: `unknown: ${message}`,
      action: `agentpool usage ${agent.id} --refresh`,
    };
  }
  const left = told.windows
    .map(
      ({ name: window, remaining_percent: percent }) =>
        `${window} ${percent === null ? "unknown" : `${percent}%`}`,
    )
    .join(", ");
  return { name, ok: true, message: `${told.status}; left: ${left}`, action: null };
}

function mcp({ mcpCommand }: SetupFacts): SetupCheck {
  return {
    name: "mcp_config",
    ok: null,
    message:
      mcpCommand === null
        ? "not looked at; an MCP host starts: agentpool mcp"
        : "not looked at; the host's settings are its own",
    action: mcpCommand,
  };
}

function agentpool({ agentpoolPath }: SetupFacts): SetupCheck {
  return {
    name: "agentpool_installed",
    ok: agentpoolPath === null ? null : true,
    message: agentpoolPath ?? "no command agentpool on PATH: an MCP host needs its absolute path",
    action: agentpoolPath === null ? "npm install --global agentpool" : null,
  };
}
