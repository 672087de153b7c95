import {
  AgentpoolError,
  type LaunchOptions,
  type LaunchPlan,
  type LaunchRequest,
} from "../../src/provider/definition.ts";
import { transcriptsFolder } from "./places.ts";

export const options: LaunchOptions = {
  model: true,
  // it is part of a model's name there
  effort: [],
  serviceTier: false,
  // some versions only put an argument into the input line
  initialPromptMode: "send_after_launch",
  promptArgument: true,
  readOnly: true,
  agentsMaySet: { mode: ["*"] },
};

/** One event of another name, and the CLI drops every hook of the file without a word. */
const hookEvents = [
  "sessionStart",
  "beforeSubmitPrompt",
  "preToolUse",
  "postToolUse",
  "postToolUseFailure",
  "afterAgentResponse",
  "stop",
];
const hookTimeoutS = 30;

/**
 * Hooks come in a plugin of the session's own folder: nothing is written into the work folder or
 * into the person's settings.
 * @throws invalid_input for an option it does not know or a value that does not fit
 */
export function launch(request: LaunchRequest): LaunchPlan {
  const { binary, folder, model, env, workPath, promptArgument, hook } = request;
  const plugin = `${folder}/plugin`;
  const mode = agentMode(request);
  const scripts = hookEvents.map((event) => ({
    path: `${plugin}/hooks/${event}.sh`,
    content: `(${hook(event)})\nprintf '{}'\n`,
  }));
  return {
    argv: [
      binary,
      "--plugin-dir",
      plugin,
      ...(mode === null ? [] : ["--mode", mode]),
      ...(model === null ? [] : ["--model", model]),
      ...(promptArgument === null ? [] : ["--", promptArgument]),
    ],
    env: {},
    files: [
      {
        path: `${plugin}/.cursor-plugin/plugin.json`,
        content: JSON.stringify({
          name: "agentpool",
          version: "1.0.0",
          description: "Tells agentpool what this session does",
        }),
      },
      { path: `${plugin}/hooks/hooks.json`, content: hooksFile(`${plugin}/hooks`) },
      ...scripts,
    ],
    agentSessionId: null,
    facts: { transcripts: transcriptsFolder(env, workPath) },
  };
}

function hooksFile(folder: string): string {
  const entries = hookEvents.map((event) => {
    const path = `${folder}/${event}.sh`.replaceAll("'", String.raw`'\''`);
    return [event, [{ command: `/bin/sh '${path}'`, timeout: hookTimeoutS }]];
  });
  return JSON.stringify({ version: 1, hooks: Object.fromEntries(entries) });
}

/** `ask` reads and answers; `plan` reads and writes a plan. What asks for nothing is not offered. */
function agentMode({ extra, mode }: LaunchRequest): "ask" | "plan" | null {
  const { mode: wanted, ...others } = extra;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new AgentpoolError("invalid_input", `Cursor has no option "${unknown}"`, {
      hint: "It takes: mode=ask|plan.",
    });
  }
  if (wanted !== undefined && wanted !== "ask" && wanted !== "plan") {
    throw new AgentpoolError("invalid_input", `"${wanted}" is no mode of Cursor`, {
      why: "It takes: ask, plan.",
    });
  }
  if (mode !== "read_only") return wanted ?? null;
  if (wanted === "plan") {
    throw new AgentpoolError("invalid_input", `"plan" does not go with read_only`, {
      hint: "Leave out the option mode: read_only is its mode ask.",
    });
  }
  return "ask";
}
