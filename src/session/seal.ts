import { join } from "node:path/posix";
import { redactFile } from "../platform/redact-file.ts";
import type { SessionParts } from "./parts.ts";

/**
 * What is left of a session that is over: the raw terminal log is rewritten without secrets, hook
 * payloads, undelivered texts and environment values go.
 */
export async function sealRawFiles(parts: SessionParts, sessionId: string): Promise<void> {
  const { machine } = parts;
  const folder = parts.home.session(sessionId);
  for (const file of await machine.list(folder.terminal)) {
    if (file.kind !== "file" || !file.name.endsWith(".log")) continue;
    const path = join(folder.terminal, file.name);
    await redactFile(machine, path, path);
  }
  for (const path of [folder.spool, folder.outbox, folder.agent, folder.launch]) {
    await machine.remove(path);
  }
}
