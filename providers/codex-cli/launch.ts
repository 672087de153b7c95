import {
  AgentpoolError,
  type LaunchPlan,
  type LaunchRequest,
  type WorkerServer,
} from "../../src/provider/definition.ts";
import { hookSettings } from "./trusted-hooks.ts";
import { toml, type Setting } from "./toml.ts";

/** What `--provider-option` may set, with the values it takes; the first is what counts without it. */
const choices: Readonly<Record<string, readonly string[]>> = {
  sandbox: ["workspace-write", "danger-full-access"],
  approvals: ["on-request", "never"],
};

/**
 * Flags of one interactive session. Settings travel on the command line only, so that the user's
 * own configuration is neither needed nor touched.
 * @throws invalid_input for an option it does not know, or one that contradicts the mode
 */
export function launch(request: LaunchRequest): LaunchPlan {
  const { binary, workPath, model, promptArgument, env, resume } = request;
  const rights = rightsOf(request);
  const argv = [
    binary,
    ...(resume === null ? [] : ["resume"]),
    // a session that lives in a shared server would not be ours to watch and to end
    "--no-daemon",
    "--no-alt-screen",
    `--cd=${workPath}`,
    `--sandbox=${rights.sandbox}`,
    `--ask-for-approval=${rights.approvals}`,
    ...(model === null ? [] : [`--model=${model}`]),
    ...Object.entries(settingsOf(request)).map(([key, value]) => `--config=${key}=${toml(value)}`),
    ...(resume === null ? [] : [resume]),
    ...(promptArgument === null ? [] : ["--", promptArgument]),
  ];
  return {
    argv,
    env: {},
    files: [],
    agentSessionId: resume,
    facts: { home: env["CODEX_HOME"] ?? `${env["HOME"] ?? ""}/.codex` },
  };
}

function settingsOf(request: LaunchRequest): Record<string, Setting> {
  const { effort, serviceTier, trustFolder, workPath, hook } = request;
  return {
    ...(effort === null ? {} : { model_reasoning_effort: effort }),
    ...(serviceTier === null ? {} : { service_tier: serviceTier }),
    ...(trustFolder ? { projects: { [workPath]: { trust_level: "trusted" } } } : {}),
    check_for_update_on_startup: false,
    // without it a menu comes up by itself after a limit and takes the keys meant for the prompt
    "notice.hide_rate_limit_model_nudge": true,
    // without it questions of the model are refused outside of plan mode
    "features.default_mode_request_user_input": true,
    suppress_unstable_features_warning: true,
    // a title in words tells idle from busy, and does not change ten times a second
    "tui.terminal_title": ["run-state", "project-name"],
    // the line by which the input is recognised
    "tui.status_line": ["model-with-reasoning", "current-dir"],
    "features.hooks": true,
    ...(request.workerMcp ? serverSettings(request.workerMcp) : {}),
    ...hookSettings(hook),
  };
}

function serverSettings({ name, command, args, env }: WorkerServer): Record<string, Setting> {
  return {
    [`mcp_servers.${name}`]: {
      command,
      args,
      env,
      default_tools_approval_mode: "approve",
      // on a busy machine the usual 10 s may be too few
      startup_timeout_sec: 30,
    },
  };
}

interface Rights {
  readonly sandbox: string;
  readonly approvals: string;
}

function rightsOf({ mode, extra }: LaunchRequest): Rights {
  for (const [name, value] of Object.entries(extra)) {
    const known = choices[name];
    if (!known) {
      throw new AgentpoolError("invalid_input", `Codex CLI has no option "${name}"`, {
        why: `It has: ${Object.keys(choices).join(", ")}.`,
      });
    }
    if (!known.includes(value)) {
      throw new AgentpoolError("invalid_input", `Codex CLI's ${name} cannot be "${value}"`, {
        why: `It takes: ${known.join(", ")}.`,
      });
    }
    if (mode === "read_only") {
      throw new AgentpoolError("invalid_input", `Codex CLI's ${name} is settled by read-only`, {
        why: "A read-only session runs in the read-only sandbox and can ask for nothing more.",
        hint: `Leave out --provider-option ${name}=${value}, or the isolation.`,
      });
    }
  }
  if (mode === "read_only") return { sandbox: "read-only", approvals: "never" };
  return {
    sandbox: extra["sandbox"] ?? "workspace-write",
    approvals: extra["approvals"] ?? "on-request",
  };
}
