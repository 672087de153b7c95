import { defineProvider } from "../../src/provider/definition.ts";
import { environment } from "./environment.ts";
import { hooks } from "./hooks.ts";
import { launch, options } from "./launch.ts";
import { log } from "./log.ts";
import { screen } from "./screen.ts";
import { statusFile } from "./status-file.ts";
import { usage } from "./usage.ts";

export default defineProvider({
  id: "claude-code",
  aliases: ["claude"],
  displayName: "Claude Code",
  vendor: "Anthropic",
  harness: "claude-code",
  verified: "verified",

  binary: {
    candidates: ["claude"],
    versionArgs: ["--version"],
    versionPattern: /^(\d+\.\d+\.\d+) \(Claude Code\)/m,
    tried: ["2.1.329"],
    install: "npm install --global @anthropic-ai/claude-code",
  },
  env: environment,
  account: { variable: "CLAUDE_CONFIG_DIR", folder: "~/.claude" },
  usage,
  options,
  launch,

  input: {
    enterGapMs: 50,
    settleMs: 2_000,
    submitKey: "Enter",
    clearKeys: ["C-u"],
    clearsLine: true,
    acceptance: "exact",
    commandPrefixes: [],
    refused: [
      {
        pattern: /^\s*\/(?:[A-Za-z0-9][\w:-]*)?(?:\s|$)/,
        when: "always",
        why: "A text that begins with a slash and a word is a command there, behind blanks too.",
        hint: "Put a word before the slash.",
      },
      {
        pattern: /^!/,
        when: "pasted",
        why: "A text that begins with an exclamation mark is run by its shell at once.",
        hint: "Put a word before the exclamation mark.",
      },
      {
        pattern: /\\\n*$/,
        when: "pasted",
        why: "Enter after a backslash begins a new line there and sends nothing.",
        hint: "Put a full stop or a word behind the backslash.",
      },
    ],
    queuesWhileBusy: true,
    // a larger paste becomes an attachment that the model reads between tags
    pasteLimit: { lines: 3, characters: 800 },
    dialogGraceMs: 400,
  },
  screen,
  hooks,
  log,
  statusFile,

  // a second Escape at the input line opens a dialog: the first one gets time to be confirmed
  // some 80 s after the reset
  afterLimit: {
    withinMs: 150_000,
    cancel: { keys: [["Escape"]], gapMs: 0, withinMs: 500 },
  },
  interrupt: { keys: [["Escape"]], gapMs: 0, withinMs: 5_000 },
  // the first one ends a turn, a dialog or a draft where there is one
  exit: { keys: [["C-c"], ["C-c"], ["C-c"]], gapMs: 300, withinMs: 3_000 },
  workerMcp: { by: "--mcp-config, and a permission in the file of --settings", unasked: true },
});
