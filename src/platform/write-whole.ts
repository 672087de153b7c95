import { randomBytes } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";

/** Writes a file of the person's alone (0600), aside first: nobody ever sees half of it. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const aside = `${path}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    writeFileSync(aside, content, { mode: 0o600, flag: "wx" });
    renameSync(aside, path);
  } catch (thrown) {
    rmSync(aside, { force: true });
    throw thrown;
  }
}
