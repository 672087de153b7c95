/** Named keys in tmux's spelling, by the words CLIs use for them on their screens. */
const named: Readonly<Record<string, string>> = {
  enter: "Enter",
  return: "Enter",
  "↵": "Enter",
  "⏎": "Enter",
  esc: "Escape",
  escape: "Escape",
  tab: "Tab",
  "⇥": "Tab",
  "shift+tab": "BTab",
  space: "Space",
  backspace: "BSpace",
  delete: "DC",
  del: "DC",
  up: "Up",
  "↑": "Up",
  down: "Down",
  "↓": "Down",
  left: "Left",
  "←": "Left",
  right: "Right",
  "→": "Right",
  home: "Home",
  end: "End",
  pageup: "PPage",
  pgup: "PPage",
  pagedown: "NPage",
  pgdn: "NPage",
};

const tmuxNames: ReadonlySet<string> = new Set([...Object.values(named), "IC"]);

/** Names of keys that people type. */
export const keyNames: readonly string[] = [
  ...Object.keys(named).filter((name) => /^[a-z]/.test(name)),
  ...Object.values(named),
];

/** A key as a screen spells it (`y`, `esc`, `ctrl+d`) in tmux's spelling, or null when unknown. */
export function keyFromScreen(word: string): string | null {
  const spelled = word.trim();
  if (isOneCharacter(spelled)) return named[spelled] ?? spelled;
  const plain = spelled.toLowerCase().replaceAll(/\s*[+-]\s*|\s+/g, "+");
  const name =
    named[plain] ?? (/^f(?:[1-9]|1[0-2])$/.test(plain) ? plain.toUpperCase() : undefined);
  if (name !== undefined) return name;
  const chord = /^(?:(ctrl|control|c)\+|(alt|meta|option|m)\+|(\^))(.+)$/.exec(plain);
  if (!chord) return null;
  const key = chord[4] ?? "";
  const base = isOneCharacter(key) ? key : named[key];
  if (base === undefined) return null;
  return `${chord[2] === undefined ? "C" : "M"}-${base}`;
}

/** Whether tmux knows this key: a character, a name, or either with C-, M- or S- before it. */
export function isTmuxKey(key: string): boolean {
  const base = key.replace(/^(?:[CMS]-)+(?=.)/, "");
  return isOneCharacter(base) || tmuxNames.has(base) || /^F(?:[1-9]|1[0-2])$/.test(base);
}

function isOneCharacter(text: string): boolean {
  return /^[^\s\p{C}]$/u.test(text);
}
