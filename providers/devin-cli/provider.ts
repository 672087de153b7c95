import { defineProvider } from "../../src/provider/definition.ts";
import { environment } from "./environment.ts";
import { hooks } from "./hooks.ts";
import { launch, options } from "./launch.ts";
import { log } from "./log.ts";
import { settingsFile } from "./places.ts";
import { screen } from "./screen.ts";
import { usage } from "./usage.ts";

export default defineProvider({
  id: "devin-cli",
  aliases: ["devin"],
  displayName: "Devin CLI",
  vendor: "Cognition",
  harness: "devin",
  // run against a server of our own; nothing of the service behind it was seen
  verified: "from_documentation",

  binary: {
    candidates: ["devin"],
    versionArgs: ["--version"],
    versionPattern: /^devin (\d+\.\d+\.\d+) \([0-9a-f]+\)/,
    tried: ["3000.6.11"],
    install: "curl -fsSL https://cli.devin.ai/install.sh | bash",
  },
  env: environment,
  account: { variable: "XDG_DATA_HOME", folder: "~/.local/share/devin", within: "devin" },
  usage,
  options,
  reads: (env) => [settingsFile(env)],
  launch,

  input: {
    enterGapMs: 300,
    settleMs: 2_500,
    submitKey: "Enter",
    // a second one within moments begins to leave
    clearKeys: ["C-c"],
    acceptance: "exact",
    commandPrefixes: ["/"],
    refused: [
      {
        pattern: /^\s*\/[A-Za-z][\w:-]*(?:\s|$)/,
        when: "always",
        why: "A text that begins with a slash and a word is a command there, behind blanks too.",
        hint: "Put a word before the slash.",
      },
    ],
    queuesWhileBusy: true,
    dialogGraceMs: 400,
  },
  screen,
  hooks,
  log,

  interrupt: { keys: [["Escape"], ["Escape"]], gapMs: 400, withinMs: 5_000 },
  exit: { keys: [["C-c"], ["C-c"], ["C-c"]], gapMs: 300, withinMs: 5_000 },
  workerMcp: { by: "mcpServers and permissions in the file of --config", unasked: true },
});
