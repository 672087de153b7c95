import { plainText } from "../../domain/plain-text.ts";

/**
 * A text as it may be shown to a person. Names, reasons and results can hold what a worker wrote,
 * and that must not steer the terminal; only colours stay, and only where colours are wanted.
 */
export function printable(text: string, options: { readonly colour: boolean }): string {
  if (!options.colour) return plainText(text);
  return text
    .split(colours)
    .map((part) => (colours.test(part) ? part : plainText(part)))
    .join("");
}

// oxlint-disable-next-line no-control-regex
const colours = /(\u001b\[[\d;]*m)/;
