import {
  AgentpoolError,
  type LaunchOptions,
  type LaunchPlan,
  type LaunchRequest,
  type WorkerServer,
} from "../../src/provider/definition.ts";
import { hookEvents, hookSettings } from "./hook-settings.ts";
import { factoryFolder, sessionsFolder } from "./places.ts";

/** The longest single argument Linux takes is 128 kB. */
const promptArgumentBytes = 120_000;

export const options: LaunchOptions = {
  model: true,
  effort: ["off", "none", "minimal", "low", "medium", "high", "xhigh", "max"],
  serviceTier: false,
  initialPromptMode: "arg",
  promptArgument: true,
  promptArgumentBytes,
  readOnly: true,
  agentsMaySet: { spec: ["*"] },
  resume: true,
};

/** How far it may go unasked; what asks for nothing at all is a matter of the person's own setup. */
const autonomyLevels = ["low", "medium", "high"];

/** A prompt of one of these words alone would be taken for a command of the program. */
const commands: ReadonlySet<string> = new Set([
  "resume",
  "exec",
  "daemon",
  "search",
  "find",
  "update",
  "mcp",
  "plugin",
  "computer",
  "doctor",
  "help",
]);

/**
 * Settings of this process alone; the CLI lays them over the person's own, which stay as they are.
 * Folder trust is not among what it takes from there: that dialog is for a person.
 * @throws invalid_input for an option it does not know or a value that does not fit
 */
export function launch(request: LaunchRequest): LaunchPlan {
  const { binary, folder, workPath, model, effort, mode, promptArgument, env, hook } = request;
  const { resume } = request;
  const server = request.workerMcp ?? null;
  const { autonomy, spec } = readExtra(request);
  const settings = `${folder}/settings.json`;
  const args = [
    "--settings",
    settings,
    "--cwd",
    workPath,
    ...(resume === null ? [] : ["--resume", resume]),
    ...(autonomy === null ? [] : ["--auto", autonomy]),
    ...(spec ? ["--use-spec"] : []),
  ];
  const scripts = hookEvents.map((event) => ({
    path: `${folder}/${event}.sh`,
    content: `${hook(event)}\n`,
  }));
  const content = {
    hooks: hookSettings(folder, { readOnly: mode === "read_only", server: server?.name ?? null }),
    ...(model === null ? {} : { model }),
    ...(effort === null ? {} : { reasoningEffort: effort }),
  };
  const factory = factoryFolder(env);
  const files = [...scripts, { path: settings, content: JSON.stringify(content) }];
  const plan = {
    env: { FACTORY_DROID_AUTO_UPDATE_ENABLED: "false" },
    agentSessionId: resume,
    facts: { sessions: sessionsFolder(factory, workPath) },
    ...(server ? { workFiles: serverFiles(server) } : {}),
  };
  if (promptArgument === null) return { ...plan, argv: [binary, ...args], files };
  const prompt = `${folder}/prompt.txt`;
  const isCommand = commands.has(promptArgument.trim());
  return {
    ...plan,
    argv: ["/bin/sh", "-c", withPrompt, "droid", prompt, binary, ...args],
    // a blank in front is taken off by the CLI
    files: [...files, { path: prompt, content: isCommand ? ` ${promptArgument}` : promptArgument }],
  };
}

/** The CLI reads servers from the person's file and from the project's, and from nowhere else. */
function serverFiles({
  name,
  command,
  args,
  env,
}: WorkerServer): NonNullable<LaunchPlan["workFiles"]> {
  const server = { type: "stdio", command, args, env, disabled: false };
  return [
    { path: ".factory/.gitignore", content: "/mcp.json\n/.gitignore\n" },
    { path: ".factory/mcp.json", content: JSON.stringify({ mcpServers: { [name]: server } }) },
  ];
}

/**
 * Puts the prompt behind the other arguments from a file, which it removes: a terminal multiplexer
 * bounds its command lines. The full stop keeps the shell from dropping line ends.
 */
const withPrompt = `f=$1; shift; p=$(cat "$f"; echo .); rm -f "$f"; exec "$@" -- "\${p%.}"`;

function readExtra({ extra, mode }: LaunchRequest): {
  readonly autonomy: string | null;
  readonly spec: boolean;
} {
  const { autonomy, spec = "false", ...others } = extra;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new AgentpoolError("invalid_input", `Droid has no option "${unknown}"`, {
      hint: `It takes: autonomy=${autonomyLevels.join("|")}, spec=true|false`,
    });
  }
  if (autonomy !== undefined && !autonomyLevels.includes(autonomy)) {
    throw new AgentpoolError("invalid_input", `"${autonomy}" is no level of autonomy here`, {
      why: `It takes: ${autonomyLevels.join(", ")}. Without it, every action is asked for.`,
    });
  }
  if (!["true", "false"].includes(spec)) {
    throw new AgentpoolError("invalid_input", `Droid's spec cannot be "${spec}"`, {
      why: "It takes: true, false.",
    });
  }
  if (autonomy !== undefined && mode === "read_only") {
    throw new AgentpoolError("invalid_input", "autonomy does not go with read_only", {
      hint: "Leave out --provider-option autonomy, or use --isolation worktree.",
    });
  }
  return { autonomy: autonomy ?? null, spec: spec === "true" };
}
