import {
  AgentpoolError,
  type LaunchOptions,
  type LaunchPlan,
  type LaunchRequest,
  type WorkerServer,
} from "../../src/provider/definition.ts";

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
  agentsMaySet: { mode: ["*"] },
  resume: true,
};

/**
 * Only what is told there sooner than in the log or not at all: each hook costs the agent a
 * process, and one before a tool denies the tool when it fails.
 */
const hookEvents = ["sessionStart", "userPromptSubmitted", "agentStop"];
const hookTimeoutS = 10;

/** What `--provider-option` may set, with the values it takes; the first is what counts without it. */
const choices: Readonly<Record<string, readonly string[]>> = {
  mode: ["interactive", "plan"],
};

/** All that the model is offered then; nothing of it writes or starts a program. */
const readingTools = ["view", "grep", "rg", "glob", "ask_user"];

/**
 * Flags of one interactive session. Hooks come as a plugin of this process alone; the person's own
 * settings and plugins stay as they are and hold beside it.
 * @throws invalid_input for an option it does not know or a value that does not fit
 */
export function launch(request: LaunchRequest): LaunchPlan {
  const { binary, folder, resume, model, effort, mode, promptArgument, env } = request;
  const conversation = resume ?? request.conversationId;
  const server = request.workerMcp ?? null;
  const servers = `${folder}/mcp-servers.json`;
  const args = [
    resume === null ? `--session-id=${conversation}` : `--resume=${conversation}`,
    `--plugin-dir=${folder}`,
    "--no-auto-update",
    `--mode=${modeOf(request)}`,
    ...(model === null ? [] : [`--model=${model}`]),
    ...(effort === null ? [] : [`--effort=${effort}`]),
    ...(mode === "read_only" ? readOnly(server) : []),
    ...(server ? [`--additional-mcp-config=@${servers}`, `--allow-tool=${server.name}`] : []),
  ];
  const files = [
    ...(server ? [{ path: servers, content: serverFile(server) }] : []),
    { path: `${folder}/plugin.json`, content: JSON.stringify(manifest) },
    { path: `${folder}/hooks.json`, content: JSON.stringify(hookSettings(request)) },
  ];
  const home = env["COPILOT_HOME"] || `${env["HOME"] ?? ""}/.copilot`;
  const plan = {
    // what `gh copilot` tells the program it has installed
    env: isOfGh(binary) ? { COPILOT_GH: "true" } : {},
    agentSessionId: conversation,
    facts: { home },
  };
  if (promptArgument === null) return { ...plan, argv: [binary, ...args], files };
  const prompt = `${folder}/prompt.txt`;
  return {
    ...plan,
    argv: ["/bin/sh", "-c", withPrompt, "copilot", prompt, binary, ...args],
    files: [...files, { path: prompt, content: promptArgument }],
  };
}

/**
 * Puts the prompt behind the other arguments from a file, which it removes: a terminal multiplexer
 * bounds its command lines. The full stop keeps the shell from dropping line ends.
 */
const withPrompt = `f=$1; shift; p=$(cat "$f"; echo .); rm -f "$f"; exec "$@" "--interactive=\${p%.}"`;

/** Denials win over whatever a person's own settings allow, and hold for subagents, too. */
function readOnly(server: WorkerServer | null): readonly string[] {
  const ofServer = server ? server.tools.map((tool) => `${server.name}-${tool}`) : [];
  return [
    `--available-tools=${[...readingTools, ...ofServer].join(",")}`,
    "--deny-tool=write",
    "--deny-tool=shell",
  ];
}

function serverFile({ name, command, args, env }: WorkerServer): string {
  const server = { type: "local", command, args, env, tools: ["*"] };
  return JSON.stringify({ mcpServers: { [name]: server } });
}

const manifest = {
  name: "agentpool",
  version: "1.0.0",
  description: "Tells agentpool what happens in this session",
  hooks: "hooks.json",
};

function hookSettings(request: LaunchRequest): Record<string, unknown> {
  const entry = (event: string): object => ({
    type: "command",
    bash: request.hook(event),
    timeoutSec: hookTimeoutS,
  });
  return {
    version: 1,
    hooks: Object.fromEntries(hookEvents.map((event) => [event, [entry(event)]])),
  };
}

function modeOf({ extra, mode }: LaunchRequest): string {
  for (const [name, value] of Object.entries(extra)) {
    const known = choices[name];
    if (!known) {
      throw new AgentpoolError("invalid_input", `Copilot CLI has no option "${name}"`, {
        why: `It has: ${Object.keys(choices).join(", ")}.`,
      });
    }
    if (!known.includes(value)) {
      throw new AgentpoolError("invalid_input", `Copilot CLI's ${name} cannot be "${value}"`, {
        why: `It takes: ${known.join(", ")}.`,
        ...(value === "autopilot"
          ? { hint: "An agent that asks nobody belongs into a container; agentpool starts none." }
          : {}),
      });
    }
    if (mode === "read_only" && value === "plan") {
      throw new AgentpoolError("invalid_input", "A plan is written to a file", {
        why: "A read-only session has no tool that writes, so that it could propose none.",
        hint: "Leave out --provider-option mode=plan, or the isolation.",
      });
    }
  }
  return extra["mode"] ?? "interactive";
}

/** `gh copilot` runs the program it has installed into its own data folder. */
function isOfGh(binary: string): boolean {
  return binary.endsWith("/gh/copilot/copilot");
}
