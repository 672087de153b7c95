import {
  anyText,
  bool,
  both,
  check,
  func,
  isObject,
  listOf,
  number,
  object,
  oneOf,
  text,
  wholeNumber,
  type Check,
  type Problem,
  type Schema,
} from "./check-value.ts";
import { isTmuxKey } from "./keys.ts";
import { patternProblem } from "./pattern.ts";
import { isSlowPattern } from "./slow-pattern.ts";
import { rangeProblem } from "./version.ts";

/** A pattern that can be compiled, is fast on any line, and has the groups its reader needs. */
export function pattern(
  options: { readonly groups?: number; readonly names?: readonly string[] } = {},
): Check {
  return check((value, path, problems) => {
    const expression = compiled(value, path, problems);
    if (!expression) return;
    // an alternative that matches nothing shows the groups without a match
    const empty = new RegExp(`${expression.source}|`, expression.flags.replace(/[gy]/g, "")).exec(
      "",
    );
    if (empty && empty.length - 1 < (options.groups ?? 0)) {
      problems.push({ path, reason: `it needs ${options.groups} group(s) in parentheses` });
    }
    for (const name of options.names ?? []) {
      if (empty?.groups && name in empty.groups) continue;
      problems.push({ path, reason: `it needs a group named ${name}: (?<${name}>...)` });
    }
    if (isSlowPattern(expression)) {
      problems.push({
        path,
        reason: "it takes too long on long lines; avoid repetitions inside repetitions",
      });
    }
  }, patternSchema(options));
}

function patternSchema({
  groups = 0,
  names = [],
}: {
  readonly groups?: number;
  readonly names?: readonly string[];
}): Schema {
  const needs = [
    ...(groups > 0 ? [`${groups} group in parentheses`] : []),
    ...names.map((name) => `a group (?<${name}>...)`),
  ];
  const description = `A regular expression${needs.length > 0 ? `, with ${needs.join(" and ")}` : ""}`;
  return { type: "string", format: "regex", description };
}

function compiled(value: unknown, path: string, problems: Problem[]): RegExp | undefined {
  if (value instanceof RegExp) return value;
  const problem =
    typeof value === "string"
      ? patternProblem(value)
      : "it is neither text nor a regular expression";
  if (problem !== undefined) {
    problems.push({ path, reason: problem });
    return undefined;
  }
  return new RegExp(String(value), "u");
}

/** One key, or several with blanks between them. */
export const keys: Check = check(
  (value, path, problems) => {
    const words = typeof value === "string" ? value.split(" ") : [];
    const wrong = words.find((word) => !isTmuxKey(word));
    if (words.length > 0 && wrong === undefined) return;
    problems.push({
      path,
      reason: `"${wrong ?? String(value)}" is no key in tmux's spelling, such as Enter, Escape, C-c, y`,
    });
  },
  { type: "string", description: "Keys in tmux's spelling, such as Enter, Escape, C-c, y" },
);

const lineCount = wholeNumber(1, 500);

const namedRegion = oneOf(["screen", "title", "turn"]);
const measuredRegions: Readonly<Record<string, Check>> = {
  lastLines: lineCount,
  fromLast: pattern(),
  lastRun: pattern(),
};

const region: Check = check(
  (value, path, problems) => {
    if (typeof value === "string") return namedRegion(value, path, problems);
    exactlyOne(value, path, problems, measuredRegions, {
      none: `a region is "screen", "title", "turn", or one of lastLines, fromLast, lastRun`,
    });
  },
  { anyOf: [namedRegion.schema, ...oneField(measuredRegions)] },
);

/** By its name, since matches hold matches. */
const matchByName: Schema = { $ref: "#/definitions/match" };

const match: Check = check((value, path, problems) => {
  if (isObject(value) && "within" in value) {
    return matchWithin(value, path, problems);
  }
  exactlyOne(value, path, problems, matchShapes, {
    none: "a match is one of contains, regex, all, any, not, or within with match",
  });
}, matchByName);

const matchWithin = object({ within: region, match });
const matchShapes: Readonly<Record<string, Check>> = {
  contains: text(/\S/, "text that is not empty"),
  regex: pattern(),
  all: listOf(match, { least: 1 }),
  any: listOf(match, { least: 1 }),
  not: match,
};

/** What schemas refer to by name. */
export const screenDefinitions: Readonly<Record<string, Schema>> = {
  match: { anyOf: [...oneField(matchShapes), matchWithin.schema] },
};

function oneField(shapes: Readonly<Record<string, Check>>): Schema[] {
  return Object.entries(shapes).map(([name, shape]) => object({ [name]: shape }).schema);
}

function exactlyOne(
  value: unknown,
  path: string,
  problems: Problem[],
  shapes: Readonly<Record<string, Check>>,
  options: { readonly none: string },
): void {
  const names = isObject(value) ? Object.keys(value) : [];
  const [name] = names;
  const check = name === undefined ? undefined : shapes[name];
  if (!isObject(value) || names.length !== 1 || name === undefined || !check) {
    problems.push({ path, reason: options.none });
    return;
  }
  check(value[name], `${path}.${name}`, problems);
}

const promptKinds = ["question", "approval", "plan", "startup", "limit"];
const optionRoles = ["allow", "allow_always", "deny", "other"];

const dialog: Check = object(
  {
    kind: oneOf(promptKinds),
    from: pattern(),
    option: pattern({ names: ["label"] }),
    roles: listOf(object({ role: oneOf(optionRoles), label: pattern() })),
  },
  {
    continuation: pattern({ groups: 1 }),
    until: pattern(),
    ignore: pattern(),
    subject: pattern({ groups: 1 }),
    keys: object({}, Object.fromEntries(optionRoles.map((role) => [role, keys]))),
    menu: object({ marked: pattern(), next: keys, previous: keys, confirm: keys }),
    acceptsText: bool,
    besideComposer: bool,
    parse: func,
  },
);

const range: Check = both(anyText, (value, path, problems) => {
  const problem = rangeProblem(String(value));
  if (problem !== undefined) problems.push({ path, reason: problem });
});

const rule: Check = both(
  object(
    {
      id: text(/^[a-z0-9][a-z0-9._-]*$/, "an id of lower-case letters, digits, dots and dashes"),
      shows: oneOf(["busy", "idle", "dialog", "limit", "hold"]),
      priority: number,
      region,
      match,
    },
    { dialog, versions: range },
  ),
  (value, path, problems) => {
    if (!isObject(value)) return;
    const shows = value["shows"] === "dialog";
    if (shows && value["dialog"] === undefined) {
      problems.push({ path: `${path}.dialog`, reason: "it is missing; the rule shows a dialog" });
    }
    if (!shows && value["dialog"] !== undefined) {
      problems.push({
        path: `${path}.dialog`,
        reason: `a rule that shows ${String(value["shows"])} has none`,
      });
    }
  },
);

const uniqueIds = (value: unknown, path: string, problems: Problem[]): void => {
  const seen = new Set<unknown>();
  for (const [index, entry] of (Array.isArray(value) ? value : []).entries()) {
    const id = isObject(entry) ? entry["id"] : undefined;
    if (seen.has(id)) {
      problems.push({
        path: `${path}[${index}].id`,
        reason: `another rule is called "${String(id)}"`,
      });
    }
    seen.add(id);
  }
};

/** Everything under `screen` in a definition. */
export const screenFacts: Check = object(
  {
    rules: both(listOf(rule), uniqueIds),
    composer: object(
      {
        region: check((value, path, problems) => {
          if (value !== "turn" && value !== "title") return region(value, path, problems);
          problems.push({ path, reason: `the input line does not stand in "${value}"` });
        }, region.schema),
        line: pattern({ groups: 1 }),
      },
      {
        atCursor: bool,
        above: pattern(),
        hidden: pattern({ groups: 1 }),
        more: pattern({ groups: 1 }),
        until: pattern(),
        placeholders: listOf(pattern()),
        pastePlaceholder: pattern(),
        guard: pattern(),
      },
    ),
    settleMs: wholeNumber(0, 60_000),
    idleHoldMs: wholeNumber(0, 600_000),
  },
  { submitted: pattern(), dialogLagMs: wholeNumber(0, 10_000) },
);
