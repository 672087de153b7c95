import {
  AgentpoolError,
  toolsListedVariable,
  type LaunchOptions,
  type LaunchPlan,
  type LaunchRequest,
  type WorkerServer,
} from "../../src/provider/definition.ts";
import { configFolder, logPath } from "./places.ts";
import { statusLine } from "./status-line.ts";

/** The longest single argument Linux takes is 128 kB. */
const promptArgumentBytes = 120_000;

export const options: LaunchOptions = {
  model: true,
  effort: ["low", "medium", "high", "xhigh", "max"],
  serviceTier: false,
  initialPromptMode: "arg",
  promptArgument: true,
  promptArgumentBytes,
  readOnly: true,
  agentsMaySet: { permission_mode: ["manual", "plan", "dontAsk"] },
  resume: true,
};

/** How long a dialog may wait for an answer through its hook. */
const replyWithinS = 86_400;

/** Only what is told there and nowhere else as soon: each hook costs the agent a process. */
const hookEvents = [
  "SessionStart",
  "UserPromptSubmit",
  "PreToolUse",
  "PermissionRequest",
  "PostToolUse",
  "PostToolUseFailure",
  "Stop",
  "StopFailure",
];

/** Modes a caller may ask for. What asks for nothing at all is a matter of the person's own setup. */
const permissionModes = ["manual", "acceptEdits", "plan", "auto", "dontAsk"];

/**
 * Every tool there is then only reads, the subagents' included: no shell, nothing that edits, and
 * with --strict-mcp-config no tool of a server of the person's.
 */
const readingTools = "Read,Grep,Glob,WebFetch,WebSearch,AskUserQuestion,Agent";

/**
 * Settings of this process alone; the person's own are merged by the CLI and stay as they are.
 * @throws invalid_input for an option it does not know or a value that does not fit
 */
export function launch(request: LaunchRequest): LaunchPlan {
  const { binary, folder, resume, model, effort, mode, promptArgument } = request;
  const conversation = resume ?? request.conversationId;
  const server = request.workerMcp ?? null;
  const settings = `${folder}/settings.json`;
  const servers = `${folder}/mcp.json`;
  const args = [
    resume === null ? "--session-id" : "--resume",
    conversation,
    "--settings",
    settings,
    "--permission-mode",
    permissionMode(request),
    ...(model === null ? [] : ["--model", model]),
    ...(effort === null ? [] : ["--effort", effort]),
    ...(mode === "read_only" ? ["--tools", readingTools, "--strict-mcp-config"] : []),
    ...(server ? ["--mcp-config", servers] : []),
  ];
  const config = configFolder(request.env);
  const status = statusLine(request);
  const content = JSON.stringify({
    hooks: hookSettings(request),
    statusLine: status.setting,
    ...(server ? { permissions: { allow: [`mcp__${server.name}`] } } : {}),
  });
  const files = [
    { path: settings, content },
    status.file,
    ...(server ? [{ path: servers, content: serverFile(server, folder) }] : []),
  ];
  const plan = {
    env: {
      DISABLE_AUTOUPDATER: "1",
      // a key pressed at the empty input line would hand the session to a process of its own
      CLAUDE_CODE_DISABLE_AGENT_VIEW: "1",
      ...(request.trustFolder ? { CLAUDE_CODE_SANDBOXED: "1" } : {}),
    },
    agentSessionId: conversation,
    facts: { config, log: logPath(config, request.workPath, conversation) },
  };
  if (promptArgument === null) return { ...plan, argv: [binary, ...args], files };
  const prompt = `${folder}/prompt.txt`;
  return {
    ...plan,
    argv: ["/bin/sh", "-c", withPrompt, "claude", prompt, binary, ...args],
    files: [...files, { path: prompt, content: promptArgument }],
  };
}

/** Its tools are before the model at once: a search for tools would cost each turn a call. */
function serverFile({ name, command, args, env }: WorkerServer, folder: string): string {
  const told = { ...env, [toolsListedVariable]: listedFile(folder) };
  const server = { type: "stdio", command, args, env: told, alwaysLoad: true };
  return JSON.stringify({ mcpServers: { [name]: server } });
}

/**
 * Puts the prompt behind the other arguments from a file, which it removes: a terminal multiplexer
 * bounds its command lines. The full stop keeps the shell from dropping line ends.
 */
const withPrompt = `f=$1; shift; p=$(cat "$f"; echo .); rm -f "$f"; exec "$@" -- "\${p%.}"`;

function permissionMode({ extra, mode }: LaunchRequest): string {
  const { permission_mode: wanted = "manual", ...others } = extra;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new AgentpoolError("invalid_input", `Claude Code has no option "${unknown}"`, {
      hint: `It takes: permission_mode=${permissionModes.join("|")}`,
    });
  }
  if (!permissionModes.includes(wanted)) {
    throw new AgentpoolError("invalid_input", `"${wanted}" is no permission mode here`, {
      why: `It takes: ${permissionModes.join(", ")}.`,
      ...(wanted === "bypassPermissions"
        ? { hint: "An agent that asks nobody belongs into a container; agentpool starts none." }
        : {}),
    });
  }
  if (mode === "read_only" && !["manual", "plan", "dontAsk"].includes(wanted)) {
    throw new AgentpoolError("invalid_input", `"${wanted}" does not go with read_only`, {
      hint: "Leave out permission_mode, or use --isolation worktree.",
    });
  }
  return wanted;
}

/**
 * The CLI begins its first turn without the tools of a server that is still starting, whatever its
 * settings say of waiting; hooks it does wait for.
 */
function waitForTools({ workerMcp, folder }: LaunchRequest): readonly object[] {
  if (!workerMcp) return [];
  const word = `'${listedFile(folder).replaceAll("'", String.raw`'\''`)}'`;
  const script = `n=0; while [ $n -lt 150 ] && ! [ -e ${word} ]; do sleep 0.1; n=$((n+1)); done; sleep 0.2`;
  return [{ hooks: [{ type: "command", command: script, timeout: 30 }] }];
}

function listedFile(folder: string): string {
  return `${folder}/tools-listed`;
}

function hookSettings(request: LaunchRequest): Record<string, unknown> {
  return Object.fromEntries(
    hookEvents.map((event) => {
      const waits = event === "PermissionRequest";
      const command = request.hook(event, waits ? { replyWithinS } : {});
      const timeout = waits ? replyWithinS + 60 : 30;
      const groups = [{ hooks: [{ type: "command", command, timeout }] }];
      return [event, event === "SessionStart" ? [...groups, ...waitForTools(request)] : groups];
    }),
  );
}
