import { AgentpoolError } from "../../domain/errors.ts";
import { nearest } from "../../domain/nearest.ts";

/**
 * What programs without types hand over. A field that nobody knows is refused: left aside, it would
 * look as if it did something.
 * @throws invalid_input
 */
export function checkFields(what: string, given: unknown, known: readonly string[]): void {
  if (typeof given !== "object" || given === null) throw wrong(what, "options", "are no object");
  for (const [field, value] of Object.entries(given)) {
    if (value === undefined || known.includes(field)) continue;
    const near = nearest(field, known);
    throw wrong(what, field, `is not known${near === undefined ? "" : `; did you mean ${near}?`}`);
  }
}

/** @throws invalid_input unless it is a text with something in it */
export function checkText(what: string, field: string, value: unknown): void {
  if (typeof value !== "string" || value.trim() === "") throw wrong(what, field, "is no text");
}

/** @throws invalid_input unless it is absent or a number within the bounds */
export function checkNumber(
  what: string,
  field: string,
  bounds: { readonly value: unknown; readonly min: number; readonly max: number; whole?: boolean },
): void {
  const { value, min, max, whole = false } = bounds;
  if (value === undefined) return;
  const isNumber = typeof value === "number" && value >= min && value <= max;
  if (isNumber && (!whole || Number.isInteger(value))) return;
  const noun = whole ? "a whole number" : "a number";
  const range = max === Infinity ? "above 0" : `from ${min} to ${max}`;
  throw wrong(what, field, `is ${JSON.stringify(value)}; it is ${noun} ${range}`);
}

export function wrong(what: string, field: string, why: string): AgentpoolError {
  return new AgentpoolError("invalid_input", `${what}: ${field} ${why}`, {
    hint: "Nothing was started.",
    details: { fields: [field] },
  });
}
