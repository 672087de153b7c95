import { defineProvider } from "../../src/provider/definition.ts";
import { hooks } from "./hooks.ts";
import { launch } from "./launch.ts";
import { log } from "./log.ts";
import { readTitle, screen } from "./screen.ts";
import { usage } from "./usage.ts";

export default defineProvider({
  id: "codex-cli",
  aliases: ["codex"],
  displayName: "Codex CLI",
  vendor: "OpenAI",
  harness: "codex",
  verified: "verified",

  binary: {
    candidates: ["codex"],
    versionArgs: ["--version"],
    versionPattern: /^codex-cli (\d+\.\d+\.\d+\S*)/m,
    tried: ["0.169.0"],
    install: "npm install --global @openai/codex",
  },
  env: [
    "CODEX_HOME",
    "CODEX_SQLITE_HOME",
    "CODEX_CA_CERTIFICATE",
    "CODEX_ACCESS_TOKEN",
    "CODEX_API_KEY",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
  ],
  account: { variable: "CODEX_HOME", folder: "~/.codex" },
  usage,
  options: {
    model: true,
    effort: ["low", "medium", "high", "xhigh", "max", "ultra"],
    serviceTier: true,
    initialPromptMode: "arg",
    promptArgument: true,
    readOnly: true,
    agentsMaySet: { sandbox: ["workspace-write"], approvals: ["on-request"] },
    resume: true,
  },
  launch,

  input: {
    enterGapMs: 120,
    settleMs: 1_500,
    submitKey: "Enter",
    clearKeys: ["C-u"],
    clearsLine: true,
    acceptance: "exact",
    commandPrefixes: ["/", "!"],
    padding: { before: " ", after: " " },
    queuesWhileBusy: true,
  },
  screen,
  hooks,
  log,
  title: readTitle,

  interrupt: { keys: [["Escape"]], gapMs: 0, withinMs: 3_000 },
  // the first one ends a turn or a draft where there is one
  exit: { keys: [["C-c"], ["C-c"]], gapMs: 500, withinMs: 6_000 },
  workerMcp: { by: "-c mcp_servers.agentpool=…, with its tools approved", unasked: true },
});
