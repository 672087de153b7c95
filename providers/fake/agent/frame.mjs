import { decode } from "./bytes.mjs";
import { cut, widthOf, wrap } from "./text.mjs";

/**
 * What the agent draws, as lines with colours. Pure. Column 0 belongs to the agent's own marks;
 * everything it says or was told begins at column 2, so that no prose can look like them:
 *
 *   `› ` a prompt that was taken · `• ` a message · `⚙ ` a tool call · `✗ ` an error ·
 *   `✓ ` a remark · `◷ ` a limit that stands · `❯ ` the input line, between two rules ·
 *   ` ❯ 1. ` an option of a dialog
 */
export const marks = Object.freeze({ prompt: "❯", working: "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏" });

const told = { user: "› ", assistant: "• ", tool: "⚙ ", error: "✗ ", note: "✓ " };
const longestEcho = 20;
const longestEchoChars = 8000;
const tallestComposer = 12;

/** Lines of one entry of the conversation, a blank one last. */
export function entryLines(entry, columns) {
  const text = entry.kind === "user" ? entry.text.slice(0, longestEchoChars).trim() : entry.text;
  const [first = "", ...rest] = wrap(text, columns - 2);
  const shown = entry.kind === "user" ? rest.slice(0, longestEcho) : rest;
  const left = rest.length - shown.length;
  const style = { user: bold, error: red, note: gray }[entry.kind] ?? plain;
  const lines = [
    style(told[entry.kind] + first),
    ...shown.map((line) => style(`  ${line}`)),
    ...(left > 0 ? [gray(`  … +${left} lines`)] : []),
    ...(entry.result === undefined ? [] : resultLines(entry.result, columns)),
  ];
  return [...lines, ""];
}

function resultLines(result, columns) {
  return wrap(result, columns - 4).map((line, i) => gray(`${i === 0 ? "  └ " : "    "}${line}`));
}

/** Everything below the conversation, and where in it the cursor stands. */
export function bottomLines(view, columns, rows) {
  const lines = [];
  if (view.stream !== null)
    lines.push(...entryLines({ kind: "assistant", text: view.stream }, columns));
  if (view.status) lines.push(cut(view.status, columns), "");
  for (const text of view.queued.slice(0, 3)) {
    lines.push(gray(cut(`  queued: ${text.replace(/\s+/g, " ")}`, columns)));
  }
  if (view.viewer) lines.push(cut("-- transcript -- q to leave", columns));
  else if (view.dialog) lines.push(...dialogLines(view.dialog, columns, rows));
  else if (view.starting) lines.push("  Starting…");
  else if (view.composer) return withComposer(lines, view, columns, rows);
  return { lines, cursor: null };
}

function withComposer(lines, view, columns, rows) {
  const rule = gray("─".repeat(columns));
  const { draft } = view;
  // like the real ones it scrolls, and shows the end
  const shown = wrap(draft, columns - 3).slice(-Math.min(tallestComposer, Math.ceil(rows / 3)));
  const ghost = draft === "" ? ghostText(view, columns - 3) : "";
  const rowsOfText = shown.map((line, i) => (i === 0 ? `${marks.prompt} ${line}` : `  ${line}`));
  rowsOfText[0] += ghost;
  const cursor = {
    row: lines.length + rowsOfText.length,
    column: Math.min(columns - 1, 2 + widthOf(shown.at(-1) ?? "")),
  };
  return {
    lines: [...lines, rule, ...rowsOfText, rule, gray(cut(`  ${view.footer}`, columns))],
    cursor,
  };
}

function ghostText(view, columns) {
  if (view.suggestion !== "") return dim(cut(view.suggestion, columns));
  return view.placeholder === "" ? "" : gray(cut(view.placeholder, columns));
}

function dialogLines(dialog, columns, rows) {
  const indented = (text, indent) =>
    wrap(text, columns - indent).map((line) => `${" ".repeat(indent)}${line.trimStart()}`);
  const asked = [
    ...indented(dialog.text, 1),
    ...dialog.subject.flatMap((line) => indented(line, 3)),
  ];
  const options = dialog.options.flatMap(({ label }, i) => {
    const mark = i === dialog.cursor ? marks.prompt : " ";
    const [first, ...rest] = wrap(label.replace(/\s+/g, " "), columns - 7);
    return [` ${mark} ${i + 1}. ${first}`, ...rest.map((line) => `      ${line}`)];
  });
  const answer = cut(` Or type an answer: ${decode(dialog.draft).replace(/\s+/g, " ")}`, columns);
  const fixed = options.length + (dialog.acceptsText ? 7 : 5);
  const room = Math.max(1, rows - fixed - 2);
  const shown = asked.length > room ? [...asked.slice(0, room - 1), " …"] : asked;
  return [
    gray("─".repeat(columns)),
    bold(cut(` ${dialog.header}`, columns)),
    ...shown,
    "",
    ...options,
    ...(dialog.acceptsText ? ["", answer] : []),
    "",
    gray(cut(" Enter to confirm · Esc to cancel", columns)),
  ];
}

function plain(text) {
  return text;
}

function bold(text) {
  return `\x1b[1m${text}\x1b[0m`;
}

function dim(text) {
  return `\x1b[2m${text}\x1b[0m`;
}

function gray(text) {
  return `\x1b[38;5;245m${text}\x1b[0m`;
}

function red(text) {
  return `\x1b[31m${text}\x1b[0m`;
}
