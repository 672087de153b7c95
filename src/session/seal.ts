import { join } from "node:path/posix";
import { redactFile } from "../platform/redact-file.ts";
import { readLaunch, secretsOf } from "./launch-record.ts";
import type { SessionParts } from "./parts.ts";
import { removeSnapshot } from "./workspace/snapshot.ts";

/**
 * What is left of a session that is over: raw logs are rewritten without secrets, hook
 * payloads, undelivered texts and environment values go.
 */
export async function sealRawFiles(parts: SessionParts, sessionId: string): Promise<void> {
  const { machine } = parts;
  const folder = parts.home.session(sessionId);
  const record = await readLaunch(machine, folder);
  const known = record ? secretsOf(record.env) : [];
  for (const logs of [folder.terminal, folder.conversations]) {
    for (const file of await machine.list(logs)) {
      if (file.kind !== "file" || !/\.(?:log|jsonl)$/.test(file.name)) continue;
      const path = join(logs, file.name);
      await redactFile(machine, path, path, { known });
    }
  }
  const lastScreen = join(folder.root, "last-screen.txt");
  await redactFile(machine, lastScreen, lastScreen, { known });
  for (const { name } of await machine.list(parts.home.tokens)) {
    if (name.startsWith(`${sessionId}.`)) await machine.remove(join(parts.home.tokens, name));
  }
  // the launch record goes last: while it is there, this is still to be done
  for (const path of [folder.spool, folder.outbox, folder.agent, folder.launch]) {
    await machine.remove(path);
  }
}

/** Seals what a supervisor that was killed left open. */
export async function sealLeftovers(
  parts: Pick<SessionParts, "machine" | "home">,
  workers: { readonly seal: (sessionId: string) => Promise<void> },
): Promise<void> {
  for (const { name } of await parts.machine.list(join(parts.home.root, "sessions"))) {
    if (await parts.machine.stat(parts.home.session(name).launch)) await workers.seal(name);
  }
}

/**
 * Removes what the diffs of sessions that ended before were compared with: it holds files as they
 * were when the session began, secrets and all.
 */
export async function forgetOldBases(
  parts: Pick<SessionParts, "store" | "machine" | "home">,
  endedBefore: number,
): Promise<void> {
  for (const { name } of await parts.machine.list(join(parts.home.root, "sessions"))) {
    const { objects } = parts.home.session(name);
    if (!(await parts.machine.stat(objects))) continue;
    const session = await parts.store.sessions.get(name);
    if (!session || session.endedAt === null || session.endedAt > endedBefore) continue;
    await removeSnapshot(parts.machine, objects);
  }
}
