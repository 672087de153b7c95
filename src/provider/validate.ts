import { keys, pattern, screenFacts } from "./check-screen.ts";
import {
  anyText,
  bool,
  both,
  check,
  func,
  isObject,
  listOf,
  mapOf,
  nullable,
  object,
  oneOf,
  text,
  wholeNumber,
  type Check,
  type Problem,
} from "./check-value.ts";
import { isName } from "./environment.ts";
import { usageConfidences } from "../domain/usage.ts";
import { rangeProblem } from "./version.ts";

export type { Problem } from "./check-value.ts";

/**
 * What is wrong with a definition; it is one when nothing is. Built-in and user files go through
 * it alike. Patterns that could hang are found by running them, under a clock.
 */
export function validateDefinition(value: unknown): Problem[] {
  const problems: Problem[] = [];
  definition(value, "", problems);
  return problems;
}

const name = text(
  /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/,
  "a name of lower-case letters, digits and dashes",
);
const line = text(/\S/, "text that is not empty");

const providerName: Check = both(name, (value, path, problems) => {
  // the word by which hosts ask for a choice that agentpool never makes
  if (value === "auto") problems.push({ path, reason: `"auto" can't be the name of a provider` });
});

const environmentName: Check = check(
  (value, path, problems) => {
    if (typeof value === "string" && isName(value)) return;
    const given = JSON.stringify(value);
    problems.push({ path, reason: `${given} is no name of an environment variable` });
  },
  { type: "string", pattern: "^[A-Za-z_][A-Za-z0-9_]*$" },
);

const version: Check = both(line, (value, path, problems) => {
  if (rangeProblem(`=${String(value).replace(/[-+].*$/, "")}`) === undefined) return;
  problems.push({ path, reason: `"${String(value)}" is no version such as 1.2.3` });
});

const dialogKinds = listOf(oneOf(["question", "approval", "plan", "startup", "limit"]));
const milliseconds = wholeNumber(0, 600_000);

const keyPlan: Check = object({
  keys: listOf(listOf(keys, { least: 1 }), { least: 1 }),
  gapMs: milliseconds,
  withinMs: milliseconds,
});

const belowHome = text(/^~\/[^/]/, "a path below the home such as ~/.codex");

const usageProbe = object(
  {
    id: name,
    does: line,
    hosts: listOf(line),
    confidence: oneOf(usageConfidences),
    ask: func,
  },
  { costly: bool },
);

const prompt = nullable(line);

const trial: Check = object(
  {},
  {
    free: bool,
    options: mapOf(anyText),
    prompts: object(
      {},
      {
        reply: prompt,
        lines: prompt,
        large: prompt,
        approval: prompt,
        question: prompt,
        work: prompt,
      },
    ),
  },
);

/** What every definition has. */
const needed: Readonly<Record<string, Check>> = {
  id: providerName,
  displayName: line,
  vendor: line,
  harness: line,
  verified: oneOf(["verified", "from_documentation"]),
  binary: object({
    candidates: listOf(line, { least: 1 }),
    versionArgs: listOf(anyText),
    versionPattern: pattern({ groups: 1 }),
    tried: listOf(version),
    install: line,
  }),
  env: listOf(environmentName),
  options: object(
    {
      model: bool,
      effort: listOf(line),
      serviceTier: bool,
      initialPromptMode: oneOf(["arg", "send_after_launch"]),
      promptArgument: bool,
    },
    {
      defaultModel: line,
      readOnly: bool,
      resume: bool,
      agentsMaySet: mapOf(listOf(anyText)),
      promptArgumentBytes: wholeNumber(1, 128 * 1024),
    },
  ),
  launch: func,
  input: object(
    {
      enterGapMs: milliseconds,
      settleMs: milliseconds,
      submitKey: keys,
      acceptance: oneOf(["exact", "log", "none"]),
      commandPrefixes: listOf(line),
      queuesWhileBusy: bool,
    },
    {
      clearKeys: listOf(keys),
      clearsLine: bool,
      pasteLimit: object({
        lines: wholeNumber(2, 1_000_000),
        characters: wholeNumber(16, 1_000_000),
      }),
      dialogGraceMs: milliseconds,
      listensFrom: object({ channel: oneOf(["hook", "log"]), withinMs: milliseconds }),
      padding: object({ before: anyText, after: anyText }),
      refused: listOf(
        object({
          pattern: pattern(),
          when: oneOf(["pasted", "always"]),
          why: line,
          hint: line,
        }),
      ),
    },
  ),
  screen: screenFacts,
  interrupt: keyPlan,
  exit: keyPlan,
};

const further: Readonly<Record<string, Check>> = {
  aliases: listOf(providerName),
  presets: mapOf(mapOf(anyText), providerName),
  reads: func,
  account: object({ variable: nullable(environmentName), folder: belowHome }, { within: line }),
  usage: object(
    { probes: listOf(usageProbe) },
    { helpers: object({}, { codexbar: name, ccusage: bool }) },
  ),
  afterLimit: object({ withinMs: milliseconds, cancel: keyPlan }),
  trustDialog: pattern(),
  hooks: object({ read: func }, { answers: dialogKinds, inWords: func }),
  log: object({ find: func, read: func }),
  statusFile: object({ path: func, read: func }),
  api: object(
    { follow: func, reply: func },
    {
      answers: dialogKinds,
      inWords: func,
      texts: object({ idOf: func, send: func }),
      interrupt: func,
    },
  ),
  title: func,
  workerMcp: object({ by: line, unasked: bool }, { onlyInWorktree: bool }),
  litter: listOf(line),
  trial,
};

/** The fields of a definition and how each is checked. */
export const definitionFields: Readonly<Record<string, Check>> = { ...needed, ...further };

const definition: Check = both(object(needed, further), consistent);

function consistent(value: unknown, _path: string, problems: Problem[]): void {
  if (!isObject(value)) return;
  const { id, aliases, presets, input, options } = value;
  const names = [
    id,
    ...(Array.isArray(aliases) ? aliases : []),
    ...Object.keys(isObject(presets) ? presets : {}),
  ];
  const twice = names.find((entry, index) => names.indexOf(entry) !== index);
  if (twice !== undefined) {
    problems.push({ path: "aliases", reason: `"${String(twice)}" is there twice` });
  }
  const accepts = isObject(input) ? input["acceptance"] : undefined;
  const hasChannel = ["hooks", "log", "statusFile", "api"].some(
    (channel) => value[channel] !== undefined,
  );
  if ((accepts === "exact" || accepts === "log") && !hasChannel) {
    problems.push({
      path: "input.acceptance",
      reason: `"${accepts}" needs a channel that shows it (hooks, log, api); without one it is "none"`,
    });
  }
  if (
    isObject(options) &&
    options["initialPromptMode"] === "arg" &&
    options["promptArgument"] === false
  ) {
    problems.push({
      path: "options.initialPromptMode",
      reason: `"arg" needs promptArgument`,
    });
  }
}
