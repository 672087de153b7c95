import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { AgentpoolError } from "../../domain/errors.ts";
import type { SessionFolder } from "../../platform/home.ts";

/**
 * The exact bytes of texts on their way, one 0600 file each, from before the delivery's row is
 * committed until the delivery is over. The database holds only the redacted form. They lie where
 * the supervisor runs: the text leaves for the agent's machine only through the terminal.
 */
export interface Outbox {
  /** Writes at once; the row that names the text is committed right after. @throws disk_full */
  putNow(deliveryId: string, text: string): void;
  read(deliveryId: string): Promise<string | undefined>;
  remove(deliveryId: string): Promise<void>;
  /** Removes texts whose delivery is over. */
  keepOnly(deliveryIds: readonly string[]): Promise<void>;
}

export function openOutbox(folder: Pick<SessionFolder, "outbox">): Outbox {
  const path = (id: string): string => join(folder.outbox, `${id}.txt`);
  return {
    putNow: (id, text) => {
      try {
        mkdirSync(folder.outbox, { recursive: true, mode: 0o700 });
        writeFileSync(`${path(id)}.part`, text, { mode: 0o600 });
        renameSync(`${path(id)}.part`, path(id));
      } catch (thrown) {
        throw isFull(thrown) ? diskFull(path(id), thrown) : thrown;
      }
    },
    read: (id) => readFile(path(id), "utf8").catch(() => undefined),
    remove: (id) => rm(path(id), { force: true }),
    keepOnly: async (ids) => {
      const keep = new Set(ids.map((id) => `${id}.txt`));
      const names = await readdir(folder.outbox).catch(() => []);
      await Promise.all(
        names
          .filter((name) => !keep.has(name))
          .map((name) => rm(join(folder.outbox, name), { force: true })),
      );
    },
  };
}

function isFull(thrown: unknown): boolean {
  const { code } = thrown as NodeJS.ErrnoException;
  return code === "ENOSPC" || code === "EDQUOT";
}

function diskFull(file: string, cause: unknown): AgentpoolError {
  return new AgentpoolError("disk_full", `No space is left to keep the text in ${file}`, {
    why: "Nothing was sent.",
    hint: `Free some space: df -h ${file}`,
    cause,
  });
}
