import {
  AgentpoolError,
  defineProvider,
  type LaunchPlan,
  type LaunchRequest,
} from "../../src/provider/definition.ts";
import { commands } from "./commands.mjs";
import { hooks } from "./hooks.ts";
import { hookEvents, knobs, readKnobs } from "./knobs.mjs";
import { log } from "./log.ts";
import { readTitle, screen } from "./screen.ts";

/** The agent lies beside this file, in the sources and in what is built from them. */
const agent = decodeURIComponent(new URL("./agent.mjs", import.meta.url).pathname);

/** Those that run commands or write a file wherever it is said are a person's. */
const agentsMaySet = Object.fromEntries(
  Object.keys(knobs).flatMap((name) =>
    name === "allow_run" || name === "record"
      ? []
      : [name, name.replaceAll("_", "-")].map((spelt) => [spelt, ["*"]]),
  ),
);

/** How long a dialog may wait for an answer through its hook. */
const replyWithinS = 3_600;

export default defineProvider({
  id: "fake",
  displayName: "Scripted agent",
  vendor: "agentpool",
  harness: "fake",
  verified: "verified",

  binary: {
    candidates: [process.execPath, "node"],
    versionArgs: [agent, "--version"],
    versionPattern: /^agentpool fake agent (\d+\.\d+\.\d+)$/m,
    tried: ["1.0.0"],
    install: "It comes with agentpool; only Node is needed.",
  },
  env: ["FAKE_AGENT_HOME"],
  account: { variable: "FAKE_AGENT_HOME", folder: "~/.fake-agent" },
  options: {
    model: true,
    effort: ["low", "medium", "high"],
    serviceTier: false,
    defaultModel: "fake",
    initialPromptMode: "send_after_launch",
    promptArgument: true,
    readOnly: true,
    agentsMaySet,
    resume: true,
  },
  presets: {
    "fake-question": { persona: "question" },
    "fake-approval": { persona: "approval" },
    "fake-completed": { persona: "completed" },
    "fake-idle": { persona: "idle" },
    "fake-limit": { persona: "limit" },
    "fake-patch": { persona: "patch" },
    "fake-worker": { persona: "worker" },
    "fake-team": { persona: "team" },
  },
  launch,

  input: {
    enterGapMs: 30,
    settleMs: 1_000,
    submitKey: "Enter",
    clearKeys: ["C-u"],
    clearsLine: true,
    acceptance: "exact",
    commandPrefixes: [],
    refused: [
      {
        pattern: new RegExp(`^\\s*(?:${commands.join("|")})\\s*$`),
        when: "pasted",
        why: `${commands.join(", ")} are commands there, with blanks around them too.`,
        hint: "Say more than the command.",
      },
    ],
    queuesWhileBusy: true,
  },
  screen,
  hooks,
  log,
  title: readTitle,

  interrupt: { keys: [["Escape"]], gapMs: 0, withinMs: 1_000 },
  // the first one ends a turn, a dialog or a draft where there is one
  exit: { keys: [["C-c"], ["C-c"], ["C-c"]], gapMs: 150, withinMs: 1_500 },

  workerMcp: { by: "its file of settings", unasked: true },

  trial: {
    free: true,
    prompts: {
      reply: "!fake say pong",
      lines: 'one\n  "two" $THREE äöü 日本語\n\n!fake say pong\nlast',
      large: "!fake say pong",
      approval: "!fake approve make",
      question: '!fake ask "Tabs or blanks?" tabs|blanks',
      work: "!fake sleep 60",
    },
  },
});

/**
 * Everything the agent needs to know travels in one file; only a first prompt is an argument.
 * @throws invalid_input for an option it does not know or a value that does not fit.
 */
function launch(request: LaunchRequest): LaunchPlan {
  const { folder, resume, extra } = request;
  const conversation = resume ?? request.conversationId;
  const record = `${folder}/record.jsonl`;
  const knobs = readOptions({ record, ...extra });
  const transcript = `${conversationsFolder(folder)}/${conversation}.jsonl`;
  const config = {
    conversation,
    log: transcript,
    resume: resume !== null,
    knobs: { record, ...extra },
    hooks: knobs.hooks ? hookCommands(request, knobs.answers !== "keys") : {},
    model: request.model ?? "fake",
    effort: request.effort,
    read_only: request.mode === "read_only",
    trusted: request.trustFolder,
    server: request.workerMcp ?? null,
  };
  const path = `${folder}/fake.json`;
  const prompt = request.promptArgument === null ? [] : ["--", request.promptArgument];
  return {
    argv: [request.binary, agent, "--config", path, ...prompt],
    // it talks to nobody, and reading a bundle of certificates doubles its start
    env: { NODE_EXTRA_CA_CERTS: "" },
    files: [{ path, content: JSON.stringify(config) }],
    agentSessionId: conversation,
    facts: { log: transcript, record: knobs.record },
  };
}

/** Beside what goes with the process, as the conversations of real agents lie in their own home. */
function conversationsFolder(folder: string): string {
  return folder.replace(/[^/]*$/, "conversations");
}

function readOptions(given: Readonly<Record<string, string>>): ReturnType<typeof readKnobs> {
  try {
    return readKnobs(given);
  } catch (thrown) {
    if (!(thrown instanceof TypeError && "hint" in thrown)) throw thrown;
    throw new AgentpoolError("invalid_input", thrown.message, {
      hint: String(thrown.hint),
      cause: thrown,
    });
  }
}

function hookCommands(
  request: LaunchRequest,
  mayReply: boolean,
): Record<string, { readonly command: string; readonly timeoutMs: number }> {
  return Object.fromEntries(
    hookEvents.map((event) => {
      const waits = event === "PermissionRequest" && mayReply;
      const command = request.hook(event, waits ? { replyWithinS } : {});
      return [event, { command, timeoutMs: waits ? (replyWithinS + 10) * 1_000 : 10_000 }];
    }),
  );
}
