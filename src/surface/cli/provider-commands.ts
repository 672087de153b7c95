import type { Command } from "./command.ts";

/** Commands about definitions of providers. */
export const providerCommands: readonly Command[] = [
  {
    words: "provider test",
    aliases: [],
    group: "Setup",
    summary: "Try an agent CLI step by step, and show what it proves",
    about:
      "Starts the installed program in a throw-away repository and home, and tries each thing that " +
      "sessions need: prompts of several lines and of 64 KB, approval, question, interrupt, exit, " +
      "resume. Each step names the channel that showed it. Says first how many turns it spends, and " +
      "asks. The exit status is 0 when all that is offered was seen, and 7 when not.",
    examples: [
      "agentpool provider test fake",
      "agentpool provider test codex-cli --max-turns 3 --yes",
    ],
    json: true,
    fields: () => [
      {
        name: "provider",
        kind: "text",
        flag: null,
        position: "one",
        required: true,
        description: "Id of the provider",
      },
      {
        name: "yes",
        kind: "boolean",
        flag: "yes",
        short: "y",
        description: "Do not ask before turns are spent",
      },
      {
        name: "max_turns",
        kind: "integer",
        flag: "max-turns",
        min: 0,
        max: 100,
        description: "Spend no more turns than this; the steps are tried in their order",
      },
      {
        name: "keep",
        kind: "boolean",
        flag: "keep",
        description: "Keep the repository and the home, to look into them",
      },
    ],
    run: async (shell, values) => {
      const { providerTest } = await import("./commands/provider-test.ts");
      return providerTest(shell, {
        provider: values["provider"] as string,
        yes: values["yes"] === true,
        keep: values["keep"] === true,
        maxTurns: values["max_turns"] as number | undefined,
      });
    },
  },
  {
    words: "provider new",
    aliases: [],
    group: "Setup",
    summary: "Write a definition of an agent CLI to begin with",
    about:
      "Writes a folder in the providers of your home that is a whole definition as it stands. Without " +
      "--command it runs sh, to see how it works. Writes over nothing.",
    examples: [
      "agentpool provider new my-agent",
      'agentpool provider new python-repl --command "python3 -i -q" --prompt ">>> "',
    ],
    json: true,
    fields: () => [
      {
        name: "id",
        kind: "text",
        flag: null,
        position: "one",
        required: true,
        description: "What you will type after --provider",
      },
      {
        name: "mjs",
        kind: "boolean",
        flag: "mjs",
        description: "A module instead of data, for hooks, logs and APIs",
      },
      {
        name: "command",
        kind: "text",
        flag: "command",
        description: "The program, with arguments it always gets",
      },
      {
        name: "prompt",
        kind: "text",
        flag: "prompt",
        description: "What it prints when it waits for a line",
      },
    ],
    run: async (shell, values) => {
      const { providerNew } = await import("./commands/provider-new.ts");
      return providerNew(shell, {
        id: values["id"] as string,
        form: values["mjs"] === true ? "mjs" : "json",
        command: values["command"] as string | undefined,
        prompt: values["prompt"] as string | undefined,
      });
    },
  },
];
