import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { waitFor } from "./wait.ts";

/** A folder of this test's own, gone when the test is over. Short, since sockets live in it. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "ap-"));
  onTestFinished(() => removeFolder(folder));
  return folder;
}

/**
 * Removes a folder in which a process that is just ending may still make a file. `maxRetries` of
 * rmSync does not help there: it tries again to remove the folder, but not what is new in it.
 */
export async function removeFolder(folder: string): Promise<void> {
  await waitFor(() => isRemoved(folder), { what: `the end of writing in ${folder}` });
}

function isRemoved(folder: string): boolean {
  try {
    rmSync(folder, { recursive: true, force: true });
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOTEMPTY") return false;
    throw thrown;
  }
}
