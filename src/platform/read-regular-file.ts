import { isUtf8 } from "node:buffer";
import { readFileSync, statSync } from "node:fs";

/**
 * The text of a file that somebody else may have put there: a pipe or a device under its name would be
 * waited for for ever, a huge one would fill the memory, and bytes in another encoding would become
 * other words. Throws what the system says, or why not.
 */
export function readRegularFile(file: string, largestBytes: number): string {
  const facts = statSync(file);
  if (!facts.isFile()) throw new Error("it is no file");
  if (facts.size > largestBytes) throw new Error(`it is larger than ${largestBytes} bytes`);
  const bytes = readFileSync(file);
  if (!isUtf8(bytes)) throw new Error("it is no UTF-8 text: iconv -f LATIN1 -t UTF-8 makes one");
  return bytes.toString("utf8");
}
