/** Random numbers from 0 to 1 that are the same for the same seed. */
export { seededRandom } from "../../src/detection/random.ts";

/** In an order that the random numbers say. */
export function shuffled<T>(all: readonly T[], random: () => number): readonly T[] {
  return all
    .map((one) => ({ one, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ one }) => one);
}
