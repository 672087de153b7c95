import { findTrespasses, type Trespasses } from "../../domain/trespass.ts";
import { sessionHolder } from "../../domain/hold.ts";
import type { Session } from "../../domain/session.ts";
import type { SessionParts } from "../parts.ts";
import { keysOfFiles } from "./place.ts";

const mostLeases = 10_000;

/**
 * What a session changed without a lease, or outside of what it may change.
 * @param paths as git names them from the root of the work tree
 */
export async function trespassesOf(
  parts: Pick<SessionParts, "machine" | "store" | "config">,
  session: Session,
  paths: readonly string[],
): Promise<Trespasses> {
  const { machine, store } = parts;
  const { workPath, repoPath } = session.workspace;
  const holder = sessionHolder(session.id);
  const [own, book, config] = await Promise.all([
    store.leases.list({ holder, all: true, limit: mostLeases }),
    store.leases.book(),
    parts.config(repoPath),
  ]);
  const asksLeases = config.get("leases.report_uncovered");
  const judged = own.length > 0 || asksLeases || book.leases.length > 0;
  const keys = judged ? await keysOfFiles(machine, workPath, paths) : paths;
  return findTrespasses(
    paths.map((path, index) => ({ path, key: keys[index] ?? path })),
    { own, active: book.leases, holder, allowed: session.allowedFiles, asksLeases },
  );
}
