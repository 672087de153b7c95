/** What a new definition says of its program. */
export interface Starter {
  readonly id: string;
  readonly binary: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What the program prints when it waits for a line. */
  readonly prompts: readonly string[];
  readonly version: { readonly args: readonly string[]; readonly pattern: string };
  readonly reply: string;
  readonly work: string | null;
  readonly free: boolean;
}

/** A definition without code; all that it leaves out has a default. */
export function dataStarter(starter: Starter, schema: string): string {
  const { id, binary, args, env, prompts, version, reply, work, free } = starter;
  const argv = ["{binary}", ...args];
  const definition = {
    $schema: schema,
    id,
    displayName: id,
    binary: {
      candidates: [binary],
      versionArgs: version.args,
      versionPattern: version.pattern,
      tried: [],
      install: `Install ${binary}.`,
    },
    launch: Object.keys(env).length === 0 ? argv : { argv, env },
    prompt: prompts.length === 1 ? prompts[0] : prompts,
    interrupt: "C-c",
    exit: "C-d",
    trial: { free, prompts: { reply, ...(work === null ? {} : { work }) } },
  };
  return `${JSON.stringify(definition, null, 2)}\n`;
}

/** The same as a module, where code can be added: hooks, a log, an API. */
export function moduleStarter(starter: Starter): string {
  const { id, binary, args, env, prompts, version, reply, work, free } = starter;
  const text = (value: unknown): string => JSON.stringify(value);
  const asked = prompts.map((one) => escaped(one.trimEnd())).join("|");
  return `// A provider of agentpool. All fields: docs/providers-of-your-own.md.

/** @type {import(${text("agentpool/provider")}).ProviderDefinition} */
export default {
  id: ${text(id)},
  displayName: ${text(id)},
  vendor: "unknown",
  harness: ${text(id)},
  verified: "from_documentation",
  binary: {
    candidates: [${text(binary)}],
    versionArgs: ${text(version.args)},
    versionPattern: ${text(version.pattern)},
    tried: [],
    install: ${text(`Install ${binary}.`)},
  },
  // names of environment variables it needs besides PATH, HOME and the like
  env: [],
  options: {
    model: false,
    effort: [],
    serviceTier: false,
    promptArgument: false,
    initialPromptMode: "send_after_launch",
  },
  launch: (request) => ({
    argv: [request.binary${args.map((word) => `, ${text(word)}`).join("")}],
    env: ${text(env)},
    files: [],
    agentSessionId: null,
    facts: {},
  }),
  input: {
    enterGapMs: 50,
    settleMs: 1500,
    submitKey: "Enter",
    clearKeys: ["C-u"],
    // with a hook, a log or an API that shows it, "exact" or "log"
    acceptance: "none",
    commandPrefixes: [],
    refused: [
      {
        pattern: /[\\n\\r\\t]|^[^]{4001}/,
        when: "pasted",
        why: "It reads one short line at a time, and a tab completes a word.",
        hint: "Say it in one line.",
      },
    ],
    queuesWhileBusy: false,
  },
  screen: {
    rules: [],
    composer: { region: "screen", atCursor: true, line: ${text(`^(?:${asked}) ?(.*)$`)} },
    settleMs: 150,
    idleHoldMs: 600,
  },
  interrupt: { keys: [["C-c"]], gapMs: 0, withinMs: 3000 },
  exit: { keys: [["C-d"]], gapMs: 150, withinMs: 3000 },
  trial: {
    free: ${free},
    prompts: {
      reply: ${text(reply)},
      work: ${text(work)},
      lines: null,
      large: null,
      approval: null,
      question: null,
    },
  },
};
`;
}

function escaped(literal: string): string {
  return literal.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
