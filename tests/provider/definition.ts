import type {
  LaunchPlan,
  LaunchRequest,
  ProviderDefinition,
} from "../../src/provider/definition.ts";
import { codex } from "./facts/codex.ts";

/** A whole, valid definition; tests change single fields of it. */
export const sample: ProviderDefinition = {
  id: "sample-cli",
  aliases: ["sample"],
  presets: { "sample-quiet": { voice: "low" } },
  displayName: "Sample",
  vendor: "Nobody",
  harness: "sample",
  verified: "from_documentation",
  binary: {
    candidates: ["sample"],
    versionArgs: ["--version"],
    versionPattern: /^sample (\d+\.\d+\.\d+)/m,
    tried: ["1.2.3"],
    install: "npm install -g sample.",
  },
  env: ["SAMPLE_API_KEY"],
  options: {
    model: true,
    effort: ["low", "medium", "high"],
    serviceTier: false,
    initialPromptMode: "arg",
    promptArgument: true,
    readOnly: true,
  },
  launch: (request: LaunchRequest): LaunchPlan => ({
    argv: [request.binary, ...(request.promptArgument === null ? [] : [request.promptArgument])],
    env: { SAMPLE_HOME: request.folder },
    files: [{ path: `${request.folder}/settings.json`, content: "{}" }],
    agentSessionId: null,
    facts: {},
  }),
  input: {
    enterGapMs: 100,
    settleMs: 500,
    submitKey: "Enter",
    acceptance: "none",
    commandPrefixes: ["/"],
    queuesWhileBusy: false,
  },
  screen: codex,
  interrupt: { keys: [["Escape"]], gapMs: 0, withinMs: 1_000 },
  exit: { keys: [["C-c"], ["C-c"]], gapMs: 100, withinMs: 5_000 },
};

export const request: LaunchRequest = {
  binary: "/bin/sh",
  version: "1.2.3",
  sessionId: "ap_0123456789ab",
  conversationId: "6b0f2c58-0000-4000-8000-000000000000",
  resume: null,
  workPath: "/work",
  mode: "worktree",
  model: null,
  effort: null,
  serviceTier: null,
  promptArgument: null,
  env: { PATH: "/usr/bin:/bin", HOME: "/home/me" },
  folder: "/home/me/.agentpool/sessions/ap_0123456789ab/agent",
  trustFolder: false,
  port: 4096,
  secret: "secret",
  hook: () => "true",
  extra: {},
};

/** The same as a file without code. */
export const sampleData = {
  id: "plain",
  displayName: "Plain",
  vendor: "Nobody",
  harness: "plain",
  verified: "from_documentation",
  binary: {
    candidates: ["plain"],
    versionArgs: ["--version"],
    versionPattern: "^plain (\\d+\\.\\d+)",
    tried: [],
    install: "It is a test.",
  },
  env: [],
  options: {
    model: true,
    effort: [],
    serviceTier: false,
    initialPromptMode: "arg",
    promptArgument: true,
  },
  launch: {
    argv: [
      "{binary}",
      { if: "model", args: ["--model", "{model}"] },
      { if: "read_only", args: ["--read-only"] },
      { if: "prompt", args: ["--", "{prompt}"] },
    ],
    env: { PLAIN_VOICE: "{extra.voice}" },
  },
  input: {
    enterGapMs: 100,
    settleMs: 500,
    submitKey: "Enter",
    acceptance: "none",
    commandPrefixes: [],
    queuesWhileBusy: false,
  },
  screen: {
    rules: [
      {
        id: "asks",
        shows: "dialog",
        priority: 10,
        region: { lastLines: 5 },
        match: { regex: "\\?$" },
        dialog: {
          kind: "question",
          from: "\\?$",
          option: "^(?<key>\\d)\\) (?<label>.+)$",
          roles: [],
        },
      },
    ],
    composer: { line: "^> (.*)$", region: { lastLines: 2 } },
    settleMs: 100,
    idleHoldMs: 1000,
  },
  interrupt: { keys: [["Escape"]], gapMs: 0, withinMs: 1000 },
  exit: { keys: [["C-c"]], gapMs: 0, withinMs: 1000 },
};
