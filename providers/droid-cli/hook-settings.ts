import { AgentpoolError } from "../../src/provider/definition.ts";

/** The events the CLI has; it drops settings of any other name without a word. */
const knownEvents: ReadonlySet<string> = new Set([
  "PreToolUse",
  "PostToolUse",
  "Notification",
  "UserPromptSubmit",
  "Stop",
  "SubagentStop",
  "PreCompact",
  "SessionStart",
  "SessionEnd",
]);

/** Only what is told there and nowhere else as soon: each hook costs the agent a process. */
export const hookEvents = [
  "SessionStart",
  "UserPromptSubmit",
  "PreToolUse",
  "PostToolUse",
  "Notification",
  "Stop",
  "SessionEnd",
] as const;

const timeoutS = 30;

/** Tools that only read. Sub-agents are not among them: their hooks are those of this process, too. */
const readingTools = ["Read", "LS", "Grep", "Glob", "AskUser", "TodoWrite", "ToolSearch"];

/** What the CLI is told about a call of any other tool; the first decision that it hears counts. */
const refusal = JSON.stringify({
  hookSpecificOutput: {
    hookEventName: "PreToolUse",
    permissionDecision: "deny",
    permissionDecisionReason: "This session may only read.",
  },
});

const permission = JSON.stringify({
  hookSpecificOutput: {
    hookEventName: "PreToolUse",
    permissionDecision: "allow",
    permissionDecisionReason: "A tool of the server of this session.",
  },
});

export type HookSettings = Readonly<Record<string, readonly HookGroup[]>>;

interface HookGroup {
  readonly matcher?: string;
  readonly hooks: readonly {
    readonly type: "command";
    readonly command: string;
    readonly timeout: number;
  }[];
}

/**
 * The hooks of one session: each runs `<event>.sh` of the session's folder, since the CLI shows their
 * commands in the conversation. A session that only reads refuses every other tool through a hook
 * of its own, which the CLI hears before those of the person.
 */
export function hookSettings(
  folder: string,
  options: { readonly readOnly: boolean; readonly server: string | null },
): HookSettings {
  const { readOnly, server } = options;
  const tools = server === null ? readingTools : [...readingTools, ofServer(server)];
  const reporting = hookEvents.map((event): [string, readonly HookGroup[]] => [
    event,
    [
      ...(server !== null && event === "PreToolUse" ? [allow(server)] : []),
      ...(readOnly && event === "PreToolUse" ? [refuseAllBut(tools)] : []),
      {
        hooks: [
          { type: "command", command: runScript(`${folder}/${event}.sh`), timeout: timeoutS },
        ],
      },
    ],
  ]);
  return checkHooks(Object.fromEntries(reporting));
}

/** Silent, and no failure either once the session's folder is gone. */
function runScript(path: string): string {
  const word = `'${path.replaceAll("'", String.raw`'\''`)}'`;
  return `! test -f ${word} || exec /bin/sh ${word}`;
}

/** Its tools as hooks know them. */
function ofServer(server: string): string {
  return `${server}___\\w+`;
}

/** Calls of the session's own server ask nobody. */
function allow(server: string): HookGroup {
  return {
    matcher: `^${ofServer(server)}$`,
    hooks: [{ type: "command", command: `printf '%s' '${permission}'`, timeout: timeoutS }],
  };
}

function refuseAllBut(tools: readonly string[]): HookGroup {
  return {
    matcher: `^(?!(?:${tools.join("|")})$)`,
    hooks: [{ type: "command", command: `printf '%s' '${refusal}'`, timeout: timeoutS }],
  };
}

/**
 * Refuses what the CLI would drop in silence: one field of a wrong type, and it goes on without the
 * whole file, its hooks and its model.
 * @throws invalid_config
 */
export function checkHooks(settings: HookSettings): HookSettings {
  for (const [event, groups] of Object.entries(settings)) {
    if (!knownEvents.has(event)) throw wrong(event, "the CLI has no such event");
    if (!Array.isArray(groups)) throw wrong(event, "it takes a list of groups");
    for (const { matcher, hooks } of groups as readonly HookGroup[]) {
      if (matcher !== undefined && !isPattern(matcher)) throw wrong(event, "its matcher is none");
      if (!Array.isArray(hooks) || hooks.length === 0) throw wrong(event, "a group has no hooks");
      for (const { type, command, timeout } of hooks as HookGroup["hooks"]) {
        if (type !== "command") throw wrong(event, "only commands can be hooks");
        if (typeof command !== "string" || command === "") throw wrong(event, "a command is empty");
        if (!Number.isInteger(timeout) || timeout < 1)
          throw wrong(event, "a timeout is no seconds");
      }
    }
  }
  return settings;
}

function isPattern(matcher: unknown): boolean {
  if (typeof matcher !== "string") return false;
  try {
    return new RegExp(matcher) instanceof RegExp;
  } catch {
    return false;
  }
}

function wrong(event: string, why: string): AgentpoolError {
  return new AgentpoolError("invalid_config", `The hook ${event} would not be heard`, {
    why: `In the settings for Droid ${why}; it would drop the file without a word.`,
  });
}
