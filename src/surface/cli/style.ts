import type { Style } from "../../operations/define.ts";

/** Whether standard output (or error) may carry colours. */
export function wantsColour(
  env: Readonly<Record<string, string | undefined>>,
  terminal: boolean,
): boolean {
  if (env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "") return false;
  if (env["FORCE_COLOR"] !== undefined && env["FORCE_COLOR"] !== "0") return true;
  return terminal && env["TERM"] !== "dumb";
}

export function createStyle(
  colour: boolean,
  width: number | undefined,
  { wide = false }: { readonly wide?: boolean } = {},
): Style {
  const paint =
    (open: number, close: number) =>
    (text: string): string =>
      colour && text !== "" ? `\x1b[${open}m${text}\x1b[${close}m` : text;
  return {
    colour,
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
    columns: width,
    wide,
    nowMs: Date.now(),
  };
}
