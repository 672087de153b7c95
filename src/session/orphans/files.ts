import { join } from "node:path/posix";
import { isLive } from "../../domain/session.ts";
import { sessionIdAtEnd, type FileOrphan, type OrphanSearch } from "./orphan.ts";

/** What lives as long as its session: hook payloads, undelivered texts, environment values. */
const shortLived = ["spool", "outbox", "agent", "launch.json"];
/** The end of a session seals its files by itself, which takes as long as its logs are large. */
const sealingForMs = 60_000;

/** Folders of sessions that are over or unknown and still hold what was to go with the session. */
export async function findFiles(search: OrphanSearch): Promise<FileOrphan[]> {
  const { machine, home, now } = search;
  const root = join(home.root, "sessions");
  const found: FileOrphan[] = [];
  for (const { name, kind, mtimeMs } of await machine.list(root)) {
    if (kind !== "folder") continue;
    const path = join(root, name);
    const sessionId = sessionIdAtEnd.exec(name)?.[0] === name ? name : null;
    const session = sessionId === null ? undefined : await search.session(sessionId);
    if (session && isLive(session)) continue;
    // of a start that is under way the folder is there before the row
    const since = session ? session.endedAt : mtimeMs;
    if (since !== null && now - since < sealingForMs) continue;
    const names = (await machine.list(path)).map((entry) => entry.name);
    const going = names.filter((one) => shortLived.includes(one));
    const kept = names.filter((one) => !shortLived.includes(one));
    if (session && going.length === 0) continue;
    const because = session
      ? `its session is over (${session.state}): ${going.join(", ")}`
      : "the store has no such session";
    found.push({
      kind: "files",
      sessionId,
      what: path,
      because,
      stays:
        sessionId === null
          ? "nothing of agentpool has such a name"
          : going.length === 0 && kept.length > 0
            ? `it may be somebody's only copy: ${kept.join(", ")}`
            : null,
      wholeFolder: !session && kept.length === 0,
    });
  }
  return found;
}
