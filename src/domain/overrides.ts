import { isStructured, type Source } from "./source.ts";

/** Facts about a session that several sources speak about. */
export type Disputed =
  | "turn_running"
  | "turn_absent"
  | "dialog_open"
  | "composer_ready"
  | "queue_holds";

interface Override {
  readonly fact: Disputed;
  /** Who established the fact. */
  readonly heldBy: "structured" | "seen";
  /** Who now says the opposite. */
  readonly challenger: "structured" | "seen";
  /** How long the challenger must say so, without pause, before the fact yields, in ms. */
  readonly afterMs: number | "idle_hold";
  readonly why: string;
}

/**
 * Which source may override which, and for how long the standing fact holds. `structured` is the
 * agent's own hook, API or log; `seen` is title and screen. What is not listed never happens: an
 * event of a structured source (a turn's end, a dialog's end) needs no row, it is taken at once.
 */
export const overrides: readonly Override[] = [
  {
    fact: "turn_running",
    heldBy: "structured",
    challenger: "structured",
    afterMs: 1_500,
    why: "a status of idle may be a moment older than the prompt, or a moment ahead of the end",
  },
  {
    fact: "turn_running",
    heldBy: "structured",
    challenger: "seen",
    afterMs: 5_000,
    why: "a screen without a spinner is common between two tool calls; only a long one means that the end went unheard",
  },
  {
    fact: "turn_running",
    heldBy: "seen",
    challenger: "seen",
    afterMs: "idle_hold",
    why: "nobody but the screen can tell; the provider says how long it pauses at most",
  },
  {
    fact: "turn_running",
    heldBy: "seen",
    challenger: "structured",
    afterMs: 0,
    why: "the agent knows better than its screen",
  },
  {
    fact: "turn_absent",
    heldBy: "structured",
    challenger: "structured",
    afterMs: 1_000,
    why: "a status of busy may be older than the end it follows",
  },
  {
    fact: "turn_absent",
    heldBy: "structured",
    challenger: "seen",
    afterMs: 2_000,
    why: "the last frame of a spinner outlives the turn",
  },
  {
    fact: "turn_absent",
    heldBy: "seen",
    challenger: "seen",
    afterMs: 0,
    why: "the screen is the only witness",
  },
  {
    fact: "turn_absent",
    heldBy: "seen",
    challenger: "structured",
    afterMs: 0,
    why: "the agent knows better than its screen",
  },
  {
    fact: "dialog_open",
    heldBy: "seen",
    challenger: "seen",
    afterMs: 300,
    why: "a redraw may blank the dialog for one frame",
  },
  {
    fact: "dialog_open",
    heldBy: "structured",
    challenger: "seen",
    afterMs: 3_000,
    why: "the dialog may not be drawn yet, and its end is usually reported",
  },
];

/**
 * How long `challenger` must contradict a fact held by `heldBy` before the fact yields.
 * @param idleHoldMs the provider's own patience with a quiet screen
 */
export function holdMs(
  fact: Disputed,
  heldBy: Source,
  challenger: Source,
  idleHoldMs: number,
): number | undefined {
  const side = (source: Source): "structured" | "seen" =>
    isStructured(source) || source === "operation" || source === "process" ? "structured" : "seen";
  const row = overrides.find(
    (entry) =>
      entry.fact === fact && entry.heldBy === side(heldBy) && entry.challenger === side(challenger),
  );
  if (!row) return undefined;
  return row.afterMs === "idle_hold" ? idleHoldMs : row.afterMs;
}
