import { sizes, type Size } from "./scenarios.ts";
import type { Told } from "./take.ts";

/** The size of the next pane, and everything that any source says of the session that runs in it. */
export const stage: { size: Size; told: Told[] } = { size: sizes[0], told: [] };
