import type { StyledLine } from "./ansi.ts";
import type { Region } from "./definition.ts";

/** Lines `from` (included) to `to` (excluded) of a screen. */
export interface Extent {
  readonly lines: readonly StyledLine[];
  readonly from: number;
  readonly to: number;
}

/** A screen that can be asked for its parts. */
export interface Regions {
  readonly lines: readonly StyledLine[];
  /** Where the cursor stands; may be below the last line that is not empty. */
  readonly cursorLine: number;
  readonly cols: number | undefined;
  /** Undefined when that part is not there at all. */
  region(region: Region): Extent | undefined;
}

export function textAt(extent: Extent, index: number): string {
  return extent.lines[index]?.text ?? "";
}
