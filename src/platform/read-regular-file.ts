import { readFileSync, statSync } from "node:fs";

/**
 * The text of a file that somebody else may have put there: a pipe or a device under its name would be
 * waited for for ever, and a huge one would fill the memory. Throws what the system says, or why not.
 */
export function readRegularFile(file: string, largestBytes: number): string {
  const facts = statSync(file);
  if (!facts.isFile()) throw new Error("it is no file");
  if (facts.size > largestBytes) throw new Error(`it is larger than ${largestBytes} bytes`);
  return readFileSync(file, "utf8");
}
