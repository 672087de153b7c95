import { showsWhole } from "../../domain/delivery.ts";
import type { Composer } from "../../domain/observation.ts";
import { redact } from "../../platform/redact.ts";
import { plainText } from "../../provider/ansi.ts";
import type { CapturedScreen } from "../../runtime/terminal.ts";

/** Columns beside an input: its mark, a border, a margin. */
const marginColumns = 6;
/** So many times the lines a text needs stand there only when it stands there twice. */
const tooMany = 1.6;

/**
 * How much of a text the composer shows. Blanks are ignored, since composers wrap; a composer
 * that scrolls shows the end of a long text, which counts as whole unless the lines out of sight
 * are more than the text can have.
 */
export function shownOf(
  { draft, pastePlaceholder, hiddenLines = 0 }: Composer,
  text: string,
  columns: number,
): "whole" | "part" | "none" {
  const [shown, meant] = [redact(draft), redact(text)];
  if (pastePlaceholder) return "whole";
  if (showsWhole(shown, meant)) {
    const lines = hiddenLines + draft.split("\n").length;
    return lines > linesOf(text, columns) * tooMany + 2 ? "part" : "whole";
  }
  if (shown.trim() !== "") return "part";
  return meant.trim() === "" ? "whole" : "none";
}

function linesOf(text: string, columns: number): number {
  const room = Math.max(10, columns - marginColumns);
  return text
    .split("\n")
    .reduce((count, line) => count + Math.max(1, Math.ceil(widthOf(line) / room)), 0);
}

/** At most; wide characters take two columns. */
function widthOf(line: string): number {
  return line.length + (line.match(/[\u0250-\u{10ffff}]/gu)?.length ?? 0);
}

/** Whether the beginning of a text stands on screen; blanks and line breaks do not count. */
export function standsOn(screen: CapturedScreen, text: string): boolean {
  const compact = (part: string): string => part.replace(/[\s│┃|]+/g, "");
  const shown = compact(screen.lines.map(plainText).join(""));
  return shown.includes(compact(text).slice(0, 60));
}
