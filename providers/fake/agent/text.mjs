/** How many cells a character takes. Good enough for what agents write; rows are drawn absolutely. */
function cells(char) {
  const code = char.codePointAt(0);
  if (code < 0x300) return 1;
  if (
    (code >= 0x300 && code <= 0x36f) ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0xfe00 && code <= 0xfe0f)
  ) {
    return 0;
  }
  const wide =
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd);
  return wide ? 2 : 1;
}

export function widthOf(line) {
  let width = 0;
  for (const char of line) width += cells(char);
  return width;
}

/** The first `columns` cells of a line, with an ellipsis when something was left out. */
export function cut(line, columns) {
  if (widthOf(line) <= columns) return line;
  let used = 1;
  let kept = "";
  for (const char of line) {
    used += cells(char);
    if (used > columns) break;
    kept += char;
  }
  return `${kept}…`;
}

/** Breaks a text into lines of at most `columns` cells, at blanks where that is possible. */
export function wrap(text, columns) {
  return printable(text)
    .split("\n")
    .flatMap((line) => wrapLine(line, Math.max(columns, 1)));
}

function wrapLine(line, columns) {
  const lines = [];
  let current = "";
  let used = 0;
  let blankAt = -1;
  for (const char of line) {
    const width = cells(char);
    if (used + width > columns) {
      const at = blankAt > 0 ? blankAt : current.length;
      lines.push(current.slice(0, at));
      current = current.slice(at).trimStart();
      used = widthOf(current);
      blankAt = -1;
    }
    if (char === " " && current.trim() !== "") blankAt = current.length;
    current += char;
    used += width;
  }
  return [...lines, current];
}

/** Without anything the terminal would act on. */
function printable(text) {
  return text
    .replace(/\r\n|\r/g, "\n")
    .replaceAll("\t", "    ")
    .replace(/(?!\n)\p{Cc}/gu, "\ufffd");
}
