import { elapsedMs } from "../../platform/clock.ts";
import type { Database } from "./database.ts";

/** How long one transaction removes, in ms; writing down what it changed takes as long again. */
const sliceMs = 1;

/**
 * Does steps of work in short transactions between which everything else goes on.
 * @param fence called first in each transaction
 * @param afterwards called after each transaction that was committed
 */
export async function inSlices(
  database: Database,
  work: Iterator<void>,
  fence: () => void,
  afterwards: () => void = () => undefined,
): Promise<void> {
  for (;;) {
    const done = await database.write(() => {
      fence();
      const end = elapsedMs() + sliceMs;
      do {
        if (work.next().done === true) return true;
      } while (elapsedMs() < end);
      return false;
    }, afterwards);
    if (done) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
