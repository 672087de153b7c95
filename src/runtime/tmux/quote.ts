/**
 * Text as one argument of tmux's command language (man tmux, COMMAND PARSING AND EXECUTION): in
 * double quotes, where a backslash, a dollar sign and the quote itself mean something. The result
 * is one line whatever the text holds. It cannot carry a NUL.
 */
export function quote(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return `"${text.replaceAll(/[\u0000-\u001f\u007f"\\$]/g, escapeInQuotes)}"`;
}

function escapeInQuotes(character: string): string {
  if (character === "\n") return "\\n";
  if (character === '"' || character === "\\" || character === "$") return `\\${character}`;
  return `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`;
}

/** Text where tmux expands formats (the folder of new-window), so that it comes out as it is. */
export function literalInFormat(text: string): string {
  // number signs before a bracket are left as they are, for styles
  return text.replaceAll(/#+(?!#|\[)/g, (signs) => signs + signs);
}

/** The same where tmux also expands strftime: the command of pipe-pane, the status line. */
export function literalInTimeFormat(text: string): string {
  return literalInFormat(text).replaceAll("%", "%%");
}

/**
 * A line of a screen as a pattern for `#{C:...}`, which looks for it with fnmatch in each line.
 * Characters that mean something to formats or to fnmatch stand as `?`, any one character.
 */
export function visiblePattern(line: string): string {
  // oxlint-disable-next-line no-control-regex
  return line.trimEnd().replaceAll(/[\u0000-\u001f\u007f#{},:;\\*?[\]%!^~"'$]/g, "?");
}

/** Window ids (`@1`), pane ids (`%1`) and names of ours; anything else never reaches tmux. */
export function isTarget(text: string): boolean {
  return /^[@%]\d{1,9}$/.test(text);
}

/** What may become the name of a window: ids of sessions. */
export function isWindowName(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(text);
}

const keyNames =
  /^(?:Enter|Escape|Tab|BTab|Space|BSpace|Up|Down|Left|Right|Home|End|PPage|PageUp|PgUp|NPage|PageDown|PgDn|DC|Delete|IC|Insert|F(?:[1-9]|1[0-2]))$/;

/** Whether tmux takes this for a key; a word it does not know would be typed as text. */
export function isKey(key: string): boolean {
  const base = key.replace(/^(?:[CMS]-)+(?=.)/, "");
  return /^[^\s\p{C}]$/u.test(base) || keyNames.test(base);
}
