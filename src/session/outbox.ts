import { join } from "node:path/posix";
import type { SessionFolder } from "../platform/home.ts";
import type { Machine } from "../runtime/machine.ts";

/**
 * The exact bytes of texts on their way, one 0600 file each, from before the delivery's row is
 * committed until the delivery is over. The database holds only the redacted form.
 */
export interface Outbox {
  put(deliveryId: string, text: string): Promise<void>;
  read(deliveryId: string): Promise<string | undefined>;
  remove(deliveryId: string): Promise<void>;
  /** Removes texts whose delivery is over. */
  keepOnly(deliveryIds: readonly string[]): Promise<void>;
}

const maxBytes = 4 * 1024 * 1024;

export function openOutbox(machine: Machine, folder: SessionFolder): Outbox {
  const path = (id: string): string => join(folder.outbox, `${id}.txt`);
  return {
    put: async (id, text) => {
      await machine.makeFolder(folder.outbox);
      await machine.write(path(id), text);
    },
    read: async (id) => {
      const bytes = await machine.read(path(id), 0, maxBytes);
      return bytes ? Buffer.from(bytes).toString("utf8") : undefined;
    },
    remove: (id) => machine.remove(path(id)),
    keepOnly: async (ids) => {
      const keep = new Set(ids.map((id) => `${id}.txt`));
      for (const file of await machine.list(folder.outbox)) {
        if (!keep.has(file.name)) await machine.remove(join(folder.outbox, file.name));
      }
    },
  };
}
