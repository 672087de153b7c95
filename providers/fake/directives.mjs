/**
 * The language in which a prompt scripts the agent. A line whose first word is `!fake` is a
 * directive; every other line is prose and does nothing. One directive a line:
 *
 *   !fake ask "Which file?" a.txt|b.txt|c.txt
 *   !fake approve "rm -rf build"
 *   !fake say done
 *   !fake when "Review this plan" say Nothing is wrong.
 *
 * `when "TEXT" DIRECTIVE` counts where the prose of the prompt holds TEXT, and is no line at all
 * elsewhere: so that one goal scripts everybody who is told of it.
 *
 * A text argument is either quoted (`\"`, `\\` and `\n` are its escapes) or, when it is the last
 * one, simply the rest of the line. Pure: text in, steps out. Nothing here throws; a directive
 * that cannot be read becomes a step `wrong` with the reason.
 */

/**
 * Arguments by verb. `text` is quoted or the rest of the line, `word` has no blanks unless quoted,
 * `list` is `a|b|c` to the end of the line (`\|` is a bar inside a label), `seconds` is decimal and
 * becomes `ms`, `count` is a whole number. A name that ends in `?` may be left out.
 */
export const verbs = Object.freeze({
  say: { args: [["text", "text"]], about: "says TEXT; the last one is the turn's result" },
  long: { args: [["count", "chars"]], about: "says exactly CHARS characters in numbered lines" },
  stream: { args: [["seconds", "ms"]], about: "streams a message word by word for SECONDS" },
  sleep: { args: [["seconds", "ms"]], about: "works for SECONDS without saying anything" },
  prose: { args: [], about: "says sentences that look like dialogs, limits and errors" },
  ask: {
    args: [
      ["quoted", "text"],
      ["list?", "options"],
    ],
    about: "asks QUESTION with options A|B|C and free text",
  },
  approve: { args: [["text", "command"]], about: "wants approval for COMMAND, then pretends it" },
  plan: { args: [["list", "items"]], about: "presents a plan of items A|B|C" },
  overage: { args: [["text?", "text"]], about: "asks whether to go on with paid usage" },
  change: { args: [["seconds", "ms"]], about: "the next dialog becomes another one after SECONDS" },
  tool: {
    args: [
      ["word", "name"],
      ["text?", "detail"],
    ],
    about: "shows a tool call NAME that does nothing",
  },
  edit: {
    args: [
      ["word", "path"],
      ["text?", "text"],
    ],
    about: "writes TEXT and a newline into PATH below the work folder",
  },
  delete: { args: [["word", "path"]], about: "removes PATH below the work folder" },
  run: { args: [["text", "command"]], about: "really runs COMMAND; only with allow_run=on" },
  mcp: {
    args: [
      ["word", "name"],
      ["text?", "json"],
    ],
    about: "calls the tool NAME of the server it was given with the arguments JSON",
  },
  usage: {
    args: [
      ["count", "input"],
      ["count", "output"],
      ["count?", "cached"],
    ],
    about: "reports these tokens for the turn",
  },
  background: {
    args: [
      ["count", "count"],
      ["seconds", "ms"],
    ],
    about: "leaves COUNT background jobs for SECONDS after the turn",
  },
  warn: { args: [["text?", "text"]], about: "reports a passing rate limit and goes on" },
  limit: {
    args: [
      ["seconds", "ms"],
      ["text?", "text"],
    ],
    about: "ends the turn with a usage limit that resets in SECONDS",
  },
  fail: { args: [["text?", "text"]], about: "fails the turn; the agent lives on" },
  exit: { args: [["count", "code"]], about: "ends the process with CODE at once" },
  crash: { args: [["word?", "signal"]], about: "ends the process by SIGNAL (SIGKILL)" },
  hang: {
    args: [["seconds?", "ms"]],
    about: "reads and draws nothing for SECONDS, or for ever",
  },
  bell: { args: [], about: "rings the terminal's bell" },
});

const mark = "!fake";

/**
 * The steps a prompt scripts, in order; empty when it has no directive.
 * @returns {import("./directives.d.mts").Step[]}
 */
export function parseDirectives(text) {
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.trim());
  const prose = lines.filter((line) => !isDirective(line)).join("\n");
  return lines.filter(isDirective).flatMap((line) => {
    const rest = /^!fake\s+when(?:\s+(.*))?$/s.exec(line);
    if (!rest) return [parseDirective(line)];
    const condition = takeQuoted(rest[1] ?? "");
    if (!condition || condition.left === "") {
      return [wrong(line, 'when needs a text in quotes and a directive: when "TEXT" say done')];
    }
    return prose.includes(condition.value) ? [parseDirective(`${mark} ${condition.left}`)] : [];
  });
}

function isDirective(line) {
  return line === mark || line.startsWith(`${mark} `) || line.startsWith(`${mark}\t`);
}

/** Writes a step as the line that parses to it. */
export function formatDirective(step) {
  const words = [mark, step.verb];
  for (const [kind, name] of verbs[step.verb].args) {
    const value = step[name.replace("?", "")];
    if (value === undefined || value === null) continue;
    words.push(formatArgument(kind.replace("?", ""), value));
  }
  return words.join(" ");
}

/** What `!fake long N` says: exactly `chars` characters in numbered lines of 60. */
export function longText(chars) {
  let text = "";
  for (let line = 1; text.length < chars; line++) {
    const start = `${text === "" ? "" : "\n"}line ${String(line).padStart(6, "0")} `;
    text += start.padEnd(text === "" ? 60 : 61, "of a long result ");
  }
  return text.slice(0, chars);
}

function parseDirective(line) {
  const [, verb = "", rest = ""] = /^!fake(?:\s+(\S+)\s*(.*))?$/s.exec(line) ?? [];
  if (!Object.hasOwn(verbs, verb)) {
    const known = Object.keys(verbs).join(", ");
    return wrong(line, verb === "" ? "no verb" : `no verb "${verb}"; known: ${known}`);
  }
  const step = { verb };
  let left = rest;
  for (const [spec, name] of verbs[verb].args) {
    const optional = spec.endsWith("?");
    const kind = optional ? spec.slice(0, -1) : spec;
    if (left === "") {
      if (optional) continue;
      return wrong(line, `${verb} needs ${name}`);
    }
    const taken = takeArgument(kind, left);
    if (taken === undefined) return wrong(line, `${name} of ${verb} cannot be read: ${left}`);
    step[name] = taken.value;
    left = taken.left;
  }
  return left === "" ? step : wrong(line, `${verb} takes no more: ${left}`);
}

function wrong(line, because) {
  return { verb: "wrong", line, because };
}

function takeArgument(kind, left) {
  if (kind === "list") {
    const options = splitBars(left);
    return options.length > 0 && options.length <= 9 && options.every((option) => option !== "")
      ? { value: options, left: "" }
      : undefined;
  }
  if (left.startsWith('"')) {
    const quoted = takeQuoted(left);
    return quoted && ["text", "word", "quoted"].includes(kind) ? quoted : undefined;
  }
  if (kind === "quoted") return undefined;
  if (kind === "text") return { value: left, left: "" };
  const [, word, after] = /^(\S+)\s*(.*)$/s.exec(left);
  if (kind === "word") return { value: word, left: after };
  const number = Number(word);
  if (kind === "count" && /^\d{1,9}$/.test(word)) return { value: number, left: after };
  if (kind === "seconds" && /^\d{1,7}(\.\d{1,3})?$/.test(word)) {
    return { value: Math.round(number * 1000), left: after };
  }
  return undefined;
}

function takeQuoted(left) {
  const match = /^"((?:[^"\\]|\\["\\n])*)"(?:\s+(.*))?$/s.exec(left);
  if (!match) return undefined;
  const value = match[1].replace(/\\(["\\n])/g, (_, char) => (char === "n" ? "\n" : char));
  return { value, left: match[2] ?? "" };
}

function splitBars(left) {
  return left.split(/(?<!\\)\|/).map((label) => label.replaceAll("\\|", "|").trim());
}

function formatArgument(kind, value) {
  switch (kind) {
    case "list":
      return value.map((label) => label.replaceAll("|", "\\|")).join("|");
    case "seconds":
      return String(value / 1000);
    case "count":
      return String(value);
    default:
      return `"${value.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`;
  }
}
