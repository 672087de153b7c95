import { defineProvider } from "../../src/provider/definition.ts";
import { environment } from "./environment.ts";
import { hooks } from "./hooks.ts";
import { launch, options } from "./launch.ts";
import { log } from "./log.ts";
import { screen } from "./screen.ts";
import { usage } from "./usage.ts";

const tooLong = {
  when: "pasted",
  why: "A pasted text of more than 20 kB becomes a file there, which the model is only told of.",
  hint: "Put it into a file and name that, or make it the task of a new session.",
} as const;

export default defineProvider({
  id: "copilot-cli",
  aliases: ["copilot"],
  displayName: "Copilot CLI",
  vendor: "GitHub",
  harness: "copilot",
  verified: "verified",

  binary: {
    // the second is what `gh copilot` has installed and runs
    candidates: ["copilot", "~/.local/share/gh/copilot/copilot"],
    versionArgs: ["--version"],
    versionPattern: /^GitHub Copilot CLI (\d+\.\d+\.\d+(?:-\w+)*)/m,
    tried: ["1.0.102"],
    install: "npm install --global @github/copilot",
  },
  env: environment,
  account: { variable: "COPILOT_HOME", folder: "~/.copilot" },
  usage,
  options,
  launch,

  input: {
    enterGapMs: 150,
    settleMs: 2_000,
    submitKey: "Enter",
    // a second one within two seconds would leave; it is pressed while there is a text, and once
    clearKeys: ["C-c"],
    acceptance: "exact",
    commandPrefixes: [],
    refused: [
      {
        pattern: /^\s*!/,
        when: "always",
        why: "A text that begins with an exclamation mark is run by its shell at once.",
        hint: "Put a word before the exclamation mark.",
      },
      {
        pattern: /^\/\S/,
        when: "always",
        why: "A text that begins with a slash is a command there.",
        hint: "Put a word or a blank before the slash.",
      },
      {
        pattern: /^\s*\$\s*$/,
        when: "always",
        why: "Alone, this sign hands the terminal over to a shell there.",
        hint: "Say it in words.",
      },
      {
        pattern: /\\\s*$/,
        when: "pasted",
        why: "Enter after a backslash begins a new line there and sends nothing.",
        hint: "Put a full stop or a word behind the backslash.",
      },
      {
        pattern: /(?:^|\s)@\S*$/,
        when: "pasted",
        why: "A name after an at sign opens a menu there, which takes the Enter and changes the text.",
        hint: "Put a full stop or a word behind the name.",
      },
      // counted so that no text of more than 20,480 bytes gets through
      { pattern: /^[^]{14000}/, ...tooLong },
      { pattern: /^(?:\p{ASCII}*\P{ASCII}){3000}/u, ...tooLong },
    ],
    // what is typed meanwhile is merged into one prompt, or joins the turn and moves its shell aside
    queuesWhileBusy: false,
  },
  screen,
  hooks,
  log,

  // Escape twice, as its footer says, stops it now and then only
  interrupt: { keys: [["C-c"]], gapMs: 0, withinMs: 4_000 },
  // the first one ends a turn or a draft where there is one
  exit: { keys: [["C-c"], ["C-c"], ["C-c"]], gapMs: 500, withinMs: 5_000 },
  workerMcp: { by: "--additional-mcp-config and --allow-tool", unasked: true },
  trustDialog: /^Confirm folder trust$/,
});
