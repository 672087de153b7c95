/** Bytes a prompt may have; larger ones are refused with their size. */
export const maxTextBytes = 1024 * 1024;

const placeholders: readonly RegExp[] = [
  /^@?<[\w\s-]+>$/,
  /^\{[\w\s-]+\}$/,
  /^@(?:filename|file|path)$/i,
  /^your task here\.?$/i,
  /^replace this\.?$/i,
  /^todo(?: task)?\.?$/i,
];

/** What is wrong with a text that should be typed into an agent, or null. */
export function whyNotText(text: string): string | null {
  const control = findControl(text);
  if (control === null) return null;
  const code = control.code.toString(16).padStart(2, "0");
  return `it holds the control byte 0x${code} at character ${control.at}`;
}

/** What is wrong with a task, or null. A task must say something. */
export function whyNotTask(text: string): string | null {
  const trimmed = text.trim();
  if (trimmed === "") return "it is empty";
  if (placeholders.some((pattern) => pattern.test(trimmed))) {
    return `"${trimmed}" is a placeholder, not a task`;
  }
  return whyNotText(text);
}

/** Tab, line feed and carriage return are text; every other control byte steers a terminal. */
function findControl(text: string): { readonly at: number; readonly code: number } | null {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const allowed = code === 0x09 || code === 0x0a || code === 0x0d;
    if ((code < 0x20 && !allowed) || code === 0x7f || (code >= 0x80 && code < 0xa0)) {
      return { at, code };
    }
  }
  return null;
}
