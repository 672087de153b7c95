import { AgentpoolError } from "../../domain/errors.ts";

/**
 * The words of a command line as a shell reads them: quotes and backslashes hold a word together,
 * nothing is expanded.
 * @param flag names it in errors
 * @throws invalid_input for a quote that is not closed
 */
export function shellWords(text: string, flag: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (quote === "'") {
      if (character === "'") quote = undefined;
      else word = (word ?? "") + character;
    } else if (character === "\\" && (quote === undefined || /["\\$`]/.test(text.charAt(i + 1)))) {
      i += 1;
      word = (word ?? "") + text.charAt(i);
    } else if (quote === '"') {
      if (character === '"') quote = undefined;
      else word = (word ?? "") + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= "";
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + character;
  }
  if (quote !== undefined) {
    throw new AgentpoolError("invalid_input", `${flag}: a quote (${quote}) is not closed`);
  }
  return word === undefined ? words : [...words, word];
}
