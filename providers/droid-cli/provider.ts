import { defineProvider } from "../../src/provider/definition.ts";
import { environment } from "./environment.ts";
import { hooks } from "./hooks.ts";
import { launch, options } from "./launch.ts";
import { log } from "./log.ts";
import { screen } from "./screen.ts";
import { usage } from "./usage.ts";

export default defineProvider({
  id: "droid-cli",
  aliases: ["droid"],
  displayName: "Droid",
  vendor: "Factory",
  harness: "droid",
  verified: "verified",

  binary: {
    candidates: ["droid"],
    // `--version` prints a bare number, as other programs called droid do
    versionArgs: ["doctor", "--config", "--json"],
    versionPattern: /"cliVersion": "(\d+\.\d+\.\d+[^"]*)"/,
    tried: ["0.215.0"],
    install: "npm install --global droid",
  },
  env: environment,
  account: { variable: "FACTORY_HOME_OVERRIDE", folder: "~/.factory", within: ".factory" },
  usage,
  options,
  launch,

  input: {
    enterGapMs: 300,
    settleMs: 2_500,
    submitKey: "Enter",
    clearKeys: ["C-u"],
    clearsLine: true,
    acceptance: "exact",
    commandPrefixes: ["/"],
    // taken off again; without the one behind, a backslash or a name after @ takes the Enter
    padding: { before: " ", after: " " },
    refused: [
      {
        pattern: /^\s*\/[A-Za-z][\w:-]*(?:\s|$)/,
        when: "always",
        why: "A text that begins with a slash and a word is a command there, behind blanks too.",
        hint: "Put a word before the slash.",
      },
    ],
    // the first box takes no text, and a conversation that is taken up is read later still
    listensFrom: { channel: "hook", withinMs: 30_000 },
    queuesWhileBusy: true,
    dialogGraceMs: 400,
  },
  screen,
  hooks,
  log,

  interrupt: { keys: [["Escape"]], gapMs: 0, withinMs: 5_000 },
  exit: { keys: [["C-c"], ["C-c"]], gapMs: 300, withinMs: 5_000 },
  workerMcp: {
    by: ".factory/mcp.json in its worktree, and a hook",
    unasked: true,
    onlyInWorktree: true,
  },
});
