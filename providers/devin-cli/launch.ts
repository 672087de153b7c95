import {
  AgentpoolError,
  type LaunchOptions,
  type LaunchPlan,
  type LaunchRequest,
} from "../../src/provider/definition.ts";
import { dataFolder, settingsFile } from "./places.ts";
import { refuseAllBut } from "./read-only.ts";
import { settingsWith } from "./settings.ts";

/** The longest single argument Linux takes is 128 kB. */
const promptArgumentBytes = 120_000;

export const options: LaunchOptions = {
  model: true,
  // it is part of a model's name there
  effort: [],
  serviceTier: false,
  initialPromptMode: "arg",
  promptArgument: true,
  promptArgumentBytes,
  readOnly: true,
  agentsMaySet: { permission_mode: ["auto"] },
  resume: true,
};

/** One event of another name, and the CLI drops every hook of the file without a word. */
const hookEvents = [
  "SessionStart",
  "UserPromptSubmit",
  "PreToolUse",
  "PermissionRequest",
  "PostToolUse",
  "Stop",
];
const hookTimeoutS = 30;

/** Modes a caller may ask for. What asks for nothing at all is a matter of the person's own setup. */
const permissionModes = ["auto", "accept-edits", "smart"];

/**
 * Settings of this process alone: the person's own, with our hooks beside theirs. What the CLI
 * writes into its settings meanwhile stays in the session's file.
 * @throws invalid_input for an option it does not know or a value that does not fit; invalid_config
 *   when the person's settings cannot be read
 */
export function launch(request: LaunchRequest): LaunchPlan {
  const { binary, folder, model, mode, promptArgument, env, resume, trustFolder } = request;
  const settings = `${folder}/config.json`;
  const args = [
    "--config",
    settings,
    "--permission-mode",
    permissionMode(request),
    ...(trustFolder ? ["--respect-workspace-trust", "false"] : []),
    ...(model === null ? [] : ["--model", model]),
    ...(resume === null ? [] : ["--resume", resume]),
  ];
  const readOnly = mode === "read_only" ? `${folder}/read-only.sh` : null;
  const files = [
    {
      path: settings,
      content: settingsWith(
        request.read?.[settingsFile(env)],
        hookGroups(request, readOnly),
        request.workerMcp ?? null,
      ),
    },
    ...(readOnly === null
      ? []
      : [{ path: readOnly, content: refuseAllBut(request.workerMcp ?? null) }]),
  ];
  const plan = {
    env: {},
    agentSessionId: resume,
    facts: { logs: `${dataFolder(env)}/cli/logs` },
  };
  if (promptArgument === null) return { ...plan, argv: [binary, ...args], files };
  const prompt = `${folder}/prompt.txt`;
  return {
    ...plan,
    argv: ["/bin/sh", "-c", withPrompt, "devin", prompt, binary, ...args],
    files: [...files, { path: prompt, content: promptArgument }],
  };
}

/**
 * Puts the prompt behind the other arguments from a file, which it removes: a terminal multiplexer
 * bounds its command lines. The full stop keeps the shell from dropping line ends.
 */
const withPrompt = `f=$1; shift; p=$(cat "$f"; echo .); rm -f "$f"; exec "$@" -- "\${p%.}"`;

function hookGroups(
  { hook }: LaunchRequest,
  readOnly: string | null,
): Record<string, readonly object[]> {
  const group = (command: string): object => ({
    hooks: [{ type: "command", command, timeout: hookTimeoutS }],
  });
  return Object.fromEntries(
    hookEvents.map((event) => [
      event,
      [
        ...(readOnly !== null && event === "PreToolUse"
          ? [group(`/bin/sh ${quote(readOnly)}`)]
          : []),
        group(hook(event)),
      ],
    ]),
  );
}

function quote(path: string): string {
  return `'${path.replaceAll("'", String.raw`'\''`)}'`;
}

function permissionMode({ extra, mode }: LaunchRequest): string {
  const { permission_mode: wanted = "auto", ...others } = extra;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new AgentpoolError("invalid_input", `Devin has no option "${unknown}"`, {
      hint: `It takes: permission_mode=${permissionModes.join("|")}`,
    });
  }
  if (!permissionModes.includes(wanted)) {
    throw new AgentpoolError("invalid_input", `"${wanted}" is no permission mode here`, {
      why: `It takes: ${permissionModes.join(", ")}.`,
      ...(["dangerous", "bypass", "yolo"].includes(wanted)
        ? { hint: "An agent that asks nobody belongs into a container; agentpool starts none." }
        : {}),
    });
  }
  if (mode === "read_only" && wanted !== "auto") {
    throw new AgentpoolError("invalid_input", `"${wanted}" does not go with read_only`, {
      hint: "Leave out permission_mode, or use --isolation worktree.",
    });
  }
  return wanted;
}
