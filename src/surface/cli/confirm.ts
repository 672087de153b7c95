import { createInterface } from "node:readline/promises";

/** Asks a person yes or no on the terminal; anything but yes is no. */
export async function confirm(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } catch (thrown) {
    // Ctrl-C at the question is a no
    if (thrown instanceof Error && thrown.name === "AbortError") return false;
    throw thrown;
  } finally {
    lines.close();
  }
}
