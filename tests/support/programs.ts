import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Writes an executable file and returns its path. */
export function executable(folder: string, name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o755 });
  return path;
}

/** argv of a program that writes the next bracketed paste to a file and ends. */
export function rawReader(file: string): readonly string[] {
  return [process.execPath, join(import.meta.dirname, "raw-reader.mjs"), file];
}
