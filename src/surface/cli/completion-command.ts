import type { Command } from "./command.ts";

export const shells = ["bash", "zsh", "fish", "pwsh"] as const;

export const completionCommand: Command = {
  words: "completion",
  aliases: [],
  group: "Setup",
  summary: "Print the script that completes lines in your shell",
  about:
    "bash: source <(agentpool completion bash). zsh: source <(agentpool completion zsh), after " +
    "compinit. fish: agentpool completion fish | source. pwsh: agentpool completion pwsh | " +
    "Out-String | Invoke-Expression. Ids and names of sessions are those of the moment.",
  examples: ["agentpool completion bash", "agentpool completion fish"],
  json: false,
  fields: () => [
    {
      name: "shell",
      kind: "text",
      flag: null,
      position: "one",
      required: true,
      choices: shells,
      description: "The shell: bash, zsh, fish or pwsh",
    },
  ],
  run: async (_shell, values) => {
    const { printScript } = await import("./commands/completion.ts");
    return printScript(values["shell"] as (typeof shells)[number]);
  },
};
