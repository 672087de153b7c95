import { defineProvider } from "../../src/provider/definition.ts";
import { api } from "./api.ts";
import { launch } from "./launch.ts";
import { screen } from "./screen.ts";

export default defineProvider({
  id: "opencode",
  displayName: "opencode",
  vendor: "Anomaly",
  harness: "opencode",
  verified: "verified",

  binary: {
    candidates: ["opencode"],
    versionArgs: ["--version"],
    versionPattern: /^(?:opencode )?v?(\d+\.\d+\.\d+)/m,
    tried: ["1.18.33"],
    install: "npm install --global opencode-ai",
  },
  env: [
    "OPENCODE_API_KEY",
    "OPENCODE_CONFIG",
    "OPENCODE_CONFIG_CONTENT",
    "OPENCODE_CONFIG_DIR",
    "OPENCODE_DISABLE_MODELS_FETCH",
    "OPENCODE_MODELS_URL",
    "ANTHROPIC_API_KEY",
    "OPENAI_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_GENERATIVE_AI_API_KEY",
    "OPENROUTER_API_KEY",
    "GROQ_API_KEY",
    "MISTRAL_API_KEY",
    "XAI_API_KEY",
    "DEEPSEEK_API_KEY",
    // at its first start in a home it asks the registry for its plugin package
    "npm_config_registry",
    "npm_config_fetch_retries",
  ],
  account: { variable: "XDG_DATA_HOME", folder: "~/.local/share/opencode", within: "opencode" },
  usage: { probes: [], helpers: { codexbar: "opencode" } },
  options: {
    model: true,
    effort: [],
    serviceTier: false,
    initialPromptMode: "send_after_launch",
    // `--prompt` leaves the text of a known command unsubmitted; its server takes every text
    promptArgument: false,
    readOnly: true,
    agentsMaySet: { agent: ["plan"] },
    resume: true,
  },
  launch,

  input: {
    enterGapMs: 200,
    settleMs: 2_000,
    submitKey: "Enter",
    clearKeys: ["C-u"],
    acceptance: "exact",
    commandPrefixes: [],
    queuesWhileBusy: true,
  },
  screen,
  api,

  // the first Escape only shows what a second one would do
  interrupt: { keys: [["Escape"], ["Escape"]], gapMs: 250, withinMs: 5_000 },
  // the first one empties a draft where there is one
  exit: { keys: [["C-c"], ["C-c"]], gapMs: 300, withinMs: 5_000 },
  workerMcp: {
    by: "mcp in OPENCODE_CONFIG_CONTENT, and a rule of the conversation",
    unasked: true,
  },
  litter: [".opencode/plans"],
});
