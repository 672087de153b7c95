import { readdir, readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import { exec } from "../../platform/exec.ts";
import type { ProcessIdentity } from "../machine.ts";
import { findProcess } from "./processes.ts";

const lsofTimeoutMs = 5_000;

/** Paths of the regular files a process holds open; empty when it is gone or that cannot be told. */
export async function openFilesOf(process: ProcessIdentity): Promise<readonly string[]> {
  const paths =
    globalThis.process.platform === "linux"
      ? await fromProc(process.pid)
      : await fromLsof(process.pid);
  // the pid may have passed to another process while its files were read
  const after = await findProcess(process.pid);
  return after?.startToken === process.startToken ? paths : [];
}

async function fromProc(pid: number): Promise<readonly string[]> {
  const folder = `/proc/${pid}/fd`;
  // gone, or another user's
  const numbers = await readdir(folder).catch(() => []);
  const paths = await Promise.all(
    numbers.map(async (number) => {
      try {
        const path = await readlink(join(folder, number));
        return path.startsWith("/") && (await stat(path)).isFile() ? path : undefined;
      } catch {
        // closed or removed meanwhile
        return undefined;
      }
    }),
  );
  return [...new Set(paths.filter((path) => path !== undefined))];
}

async function fromLsof(pid: number): Promise<readonly string[]> {
  const argv = ["lsof", "-w", "-n", "-P", "-p", String(pid), "-Ftn"];
  // without lsof it cannot be told
  const found = await exec(argv, { timeoutMs: lsofTimeoutMs }).catch(() => undefined);
  return found ? parseLsof(found.stdout) : [];
}

/** Reads `lsof -Ftn`: a line per field, `t` the type of the file and then `n` its name. */
export function parseLsof(text: string): readonly string[] {
  const paths = new Set<string>();
  let type = "";
  for (const line of text.split("\n")) {
    if (line.startsWith("f")) type = "";
    else if (line.startsWith("t")) type = line.slice(1);
    else if (line.startsWith("n/") && type === "REG") paths.add(line.slice(1));
  }
  return [...paths];
}
