import {
  anyText,
  bool,
  both,
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
} from "./check-value.ts";
import { isTmuxKey } from "./keys.ts";
import { patternProblem } from "./pattern.ts";
import { isSlowPattern } from "./slow-pattern.ts";
import { rangeProblem } from "./version.ts";

/** A pattern that can be compiled, is fast on any line, and has the groups its reader needs. */
export function pattern(
  options: { readonly groups?: number; readonly names?: readonly string[] } = {},
): Check {
  return (value, path, problems) => {
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
  };
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
export const keys: Check = (value, path, problems) => {
  const words = typeof value === "string" ? value.split(" ") : [];
  const wrong = words.find((word) => !isTmuxKey(word));
  if (words.length > 0 && wrong === undefined) return;
  problems.push({
    path,
    reason: `"${wrong ?? String(value)}" is no key in tmux's spelling, such as Enter, Escape, C-c, y`,
  });
};

const lineCount = wholeNumber(1, 500);

const region: Check = (value, path, problems) => {
  if (typeof value === "string") return oneOf(["screen", "title", "turn"])(value, path, problems);
  const shapes: Readonly<Record<string, Check>> = {
    lastLines: lineCount,
    fromLast: pattern(),
    lastRun: pattern(),
  };
  exactlyOne(value, path, problems, shapes, {
    none: `a region is "screen", "title", "turn", or one of lastLines, fromLast, lastRun`,
  });
};

const match: Check = (value, path, problems) => {
  if (isObject(value) && "within" in value) {
    return object({ within: region, match })(value, path, problems);
  }
  const shapes: Readonly<Record<string, Check>> = {
    contains: text(/\S/, "text that is not empty"),
    regex: pattern(),
    all: listOf(match, { least: 1 }),
    any: listOf(match, { least: 1 }),
    not: match,
  };
  exactlyOne(value, path, problems, shapes, {
    none: "a match is one of contains, regex, all, any, not, or within with match",
  });
};

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

const uniqueIds: Check = (value, path, problems) => {
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
        region: (value, path, problems) => {
          if (value !== "turn" && value !== "title") return region(value, path, problems);
          problems.push({ path, reason: `the input line does not stand in "${value}"` });
        },
        line: pattern({ groups: 1 }),
      },
      {
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
