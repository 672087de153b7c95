import { defineProvider } from "../../src/provider/definition.ts";
import { environment } from "./environment.ts";
import { hooks } from "./hooks.ts";
import { launch, options } from "./launch.ts";
import { log } from "./log.ts";
import { screen } from "./screen.ts";

export default defineProvider({
  id: "cursor-cli",
  aliases: ["cursor"],
  displayName: "Cursor CLI",
  vendor: "Cursor",
  harness: "cursor",
  verified: "from_documentation",

  binary: {
    // other programs are called `agent`, too; what it prints tells
    candidates: ["cursor-agent", "agent"],
    versionArgs: ["--version"],
    versionPattern: /^(?:cursor-agent )?(20\d\d\.\d\d\.\d\d)-[0-9a-f]{7,}\s*$/,
    tried: [],
    install: "curl https://cursor.com/install -fsS | bash",
  },
  env: environment,
  // the sign-in of macOS is in its keychain
  account: { variable: "XDG_CONFIG_HOME", folder: "~/.config/cursor", within: "cursor" },
  usage: { probes: [], helpers: { codexbar: "cursor" } },
  options,
  launch,

  input: {
    enterGapMs: 500,
    settleMs: 3_000,
    submitKey: "Enter",
    // Ctrl-C empties the line, but stops a turn as well, and leaves
    acceptance: "log",
    commandPrefixes: ["/", "!"],
    refused: [
      {
        pattern: /^\s*(?:\/[A-Za-z][\w:-]*(?:\s|$)|!)/,
        when: "always",
        why: "A text that begins with a slash and a word, or with an exclamation mark, is a command there.",
        hint: "Put a word before it.",
      },
    ],
    // documented as a queue of its own; not tried
    queuesWhileBusy: false,
    dialogGraceMs: 500,
  },
  screen,
  hooks,
  log,

  interrupt: { keys: [["C-c"]], gapMs: 0, withinMs: 10_000 },
  exit: { keys: [["C-c"], ["C-d"], ["C-d"]], gapMs: 400, withinMs: 5_000 },
});
