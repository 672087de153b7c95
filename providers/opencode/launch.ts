import {
  AgentpoolError,
  type LaunchPlan,
  type LaunchRequest,
  type WorkerServer,
} from "../../src/provider/definition.ts";
import { fieldsAt, listAt, parseFields, type Fields } from "./fields.ts";
import { readOnlyConfig } from "./read-only.ts";

const host = "127.0.0.1";

/**
 * A plugin for the agent's shells: with the password of its server, which they would inherit, any
 * command the agent may run could answer the agent's own dialogs.
 */
const shellEnvironment = `export const ShellEnvironment = async () => ({
  "shell.env": async (_shell, { env }) => {
    env.OPENCODE_SERVER_PASSWORD = "";
  },
});
`;

/**
 * One process with its own server on the loopback, behind a password. Settings travel in its
 * environment and hold for this process alone; nothing a person has configured is touched.
 * @throws invalid_input for an option it does not know
 */
export function launch(request: LaunchRequest): LaunchPlan {
  const { agent, ...unknown } = request.extra;
  const [other] = Object.keys(unknown);
  if (other !== undefined) {
    throw new AgentpoolError("invalid_input", `opencode takes no option "${other}"`, {
      hint: "It takes: agent, as in --provider-option agent=plan.",
    });
  }
  const { model } = request;
  if (model !== null && !/^[^/]+\/./.test(model)) {
    throw new AgentpoolError("invalid_input", `"${model}" is no model of opencode`, {
      why: "It names a model by its provider and the model's own name.",
      hint: "For example --model anthropic/claude-sonnet-5; opencode models lists them.",
    });
  }
  const readOnly = request.mode === "read_only";
  const plugin = `${request.folder}/shell-environment.js`;
  return {
    argv: [
      request.binary,
      "--port",
      String(request.port),
      "--hostname",
      host,
      ...(request.resume === null ? [] : ["--session", request.resume]),
      ...(model === null ? [] : ["--model", model]),
      ...(agent === undefined ? [] : ["--agent", agent]),
    ],
    env: {
      OPENCODE_SERVER_PASSWORD: request.secret,
      OPENCODE_CONFIG_CONTENT: JSON.stringify(
        config(request.env, {
          readOnly,
          plugin: `file://${encodeURI(plugin)}`,
          server: request.workerMcp ?? null,
        }),
      ),
      // a notice of a new version would stand over the screen, an update change it in mid-work
      OPENCODE_DISABLE_AUTOUPDATE: "1",
    },
    files: [{ path: plugin, content: shellEnvironment }],
    agentSessionId: request.resume,
    facts: {
      port: String(request.port),
      user: "opencode",
      secret: request.secret,
      session: request.sessionId,
      readOnly: String(readOnly),
      ...(request.workerMcp ? { server: request.workerMcp.name } : {}),
      ...(model === null ? {} : { model }),
      ...(agent === undefined ? {} : { agent }),
    },
    preparesOnce: databaseOf(request),
  };
}

/**
 * The database in the home, with the version that brings it up to date. Of two that find it new or
 * old at once, one can end up with neither a screen nor a server, and stay so.
 */
function databaseOf({ env, version }: LaunchRequest): string {
  const data = env["XDG_DATA_HOME"] || `${env["HOME"] ?? ""}/.local/share`;
  return `${data}/opencode/opencode.db of ${version ?? "an unknown version"}`;
}

/** The settings of this process over those a person may have given in the same way. */
function config(
  env: Readonly<Record<string, string>>,
  options: {
    readonly readOnly: boolean;
    readonly plugin: string;
    readonly server: WorkerServer | null;
  },
): Fields {
  const { readOnly, plugin, server } = options;
  const given = parseFields(env["OPENCODE_CONFIG_CONTENT"] ?? "{}");
  // lists of plugins are joined with those of a person's files
  const own = { autoupdate: false, plugin: [...listAt(given, "plugin"), plugin] };
  const withServer = server
    ? merge({ ...given, ...own }, serverConfig(server))
    : { ...given, ...own };
  return merge(withServer, readOnly ? readOnlyConfig : {});
}

function serverConfig({ name, command, args, env }: WorkerServer): Fields {
  const server = { type: "local", command: [command, ...args], environment: env, enabled: true };
  return { mcp: { [name]: server } };
}

function merge(base: Fields, over: Fields): Fields {
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(over)) {
    const isGroup = typeof value === "object" && value !== null && !Array.isArray(value);
    merged[name] = isGroup ? merge(fieldsAt(base, name), value as Fields) : value;
  }
  return merged;
}
