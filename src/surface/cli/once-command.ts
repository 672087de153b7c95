import type { Command } from "./command.ts";
import type { Field } from "./field.ts";
import { commandOf } from "./operation-command.ts";
import { requireValues } from "./parse-values.ts";
import { shellParts } from "./shell-parts.ts";

/** One task from start to end: what `spawn` takes, and how long to wait. */
export function onceCommand(): Command {
  const words = "once";
  return {
    words,
    aliases: [],
    group: "Core",
    summary: "Run one task from start to result, and end its session",
    about:
      "Prints the result, and with --json what became of everything. The session is ended whatever " +
      "happens, Ctrl-C included; its files stay, and a worktree that holds work stays too. Exit " +
      "status: 0 the turn was completed, 1 it failed, 6 it met a limit, 8 the agent asked something " +
      "that nobody answered, 124 the time was over, 130 Ctrl-C. With --keep the session lives on.",
    examples: [
      'agentpool once -p fake-completed --task "Say hello"',
      "agentpool once -p fake-completed --task - --timeout 10m --json",
      'agentpool once -p fake-patch --task "Fix the typo" --isolation worktree',
    ],
    json: true,
    ids: "session_id",
    fields: () => [
      ...spawnFields(),
      {
        name: "once_timeout_seconds",
        kind: "number",
        flag: "timeout",
        duration: true,
        default: 1800,
        min: 0.1,
        max: 86_400,
        description: "End it when its turn is not over by then",
      },
      {
        name: "keep",
        kind: "boolean",
        flag: "keep",
        description: "Leave the session as it is at the end",
      },
    ],
    run: async (shell, values) => {
      const part = shellParts["session.spawn"];
      const own = new Set([
        "once_timeout_seconds",
        "keep",
        ...(part?.fields ?? []).map(({ name }) => name),
      ]);
      const input = {
        ...Object.fromEntries(Object.entries(values).filter(([name]) => !own.has(name))),
        ...part?.input?.(values),
      };
      requireValues({ words, fields: spawnFields() }, input);
      const { once } = await import("./commands/once.ts");
      return once(shell, input, {
        timeoutSeconds: (values["once_timeout_seconds"] as number | undefined) ?? 1800,
        keep: values["keep"] === true,
      });
    },
  };
}

function spawnFields(): readonly Field[] {
  return commandOf("session.spawn").fields();
}
