/** What a person pressed, as far as the table cares. */
export type Key =
  | { readonly name: "up" | "down" | "enter" | "escape" | "backspace" | "interrupt" | "end" }
  | { readonly name: "text"; readonly text: string };

const named: Readonly<Record<string, Key>> = {
  "\x1b[A": { name: "up" },
  "\x1bOA": { name: "up" },
  "\x1b[B": { name: "down" },
  "\x1bOB": { name: "down" },
  "\r": { name: "enter" },
  "\n": { name: "enter" },
  "\x1b": { name: "escape" },
  "\x7f": { name: "backspace" },
  "\b": { name: "backspace" },
  "\x03": { name: "interrupt" },
  "\x04": { name: "end" },
};

// oxlint-disable-next-line no-control-regex
const token = /\x1b(?:\[[0-9;?]*[ -/]*[@-~]|O[A-Z])|[^]/gu;

/** The keys in what a terminal in raw mode wrote; sequences we know nothing of are nothing. */
export function readKeys(text: string): Key[] {
  const keys: Key[] = [];
  for (const [word] of text.matchAll(token)) {
    const key = named[word];
    if (key) keys.push(key);
    // oxlint-disable-next-line no-control-regex
    else if (!/^[\x00-\x1f]/.test(word)) {
      const last = keys.at(-1);
      if (last?.name === "text") keys[keys.length - 1] = { name: "text", text: last.text + word };
      else keys.push({ name: "text", text: word });
    }
  }
  return keys;
}
