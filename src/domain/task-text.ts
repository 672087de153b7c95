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

export interface TextFault {
  /** Goes on a sentence that says that the text cannot be sent. */
  readonly what: string;
  readonly why: string;
  readonly hint: string;
}

/** What is wrong with a text that should be typed into an agent, or null. */
export function whyNotText(text: string): TextFault | null {
  const control = findControl(text);
  if (control !== null) {
    const code = control.code.toString(16).padStart(2, "0");
    return {
      what: `it holds the control byte 0x${code} at character ${control.at}`,
      why: "A control byte would steer the agent's terminal instead of being read.",
      hint: "Remove control bytes, for example: tr -d '\\000-\\010\\013\\014\\016-\\037\\177'",
    };
  }
  const half = text.search(/\p{Surrogate}/u);
  if (half < 0) return null;
  return {
    what: `it holds half a character at character ${half}`,
    why: "A surrogate without its other half cannot be written as UTF-8; the agent would read another text.",
    hint: "Cut texts between characters, not between UTF-16 units.",
  };
}

/** What is wrong with a task, or null. A task must say something. */
export function whyNotTask(text: string): TextFault | null {
  const trimmed = text.trim();
  const placeholder = placeholders.some((pattern) => pattern.test(trimmed));
  if (trimmed !== "" && !placeholder) return whyNotText(text);
  return {
    what: trimmed === "" ? "it is empty" : `"${trimmed}" is a placeholder, not a task`,
    why: "An agent would have nothing to do.",
    hint: 'Say what to do: --task "Find why the test of parse.ts fails"',
  };
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
