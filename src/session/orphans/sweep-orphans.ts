import { findOrphans } from "./find-orphans.ts";
import type { Orphan, OrphanSearch } from "./orphan.ts";
import { removeOrphan, type RemovalParts } from "./remove-orphan.ts";

export interface SweptOrphan {
  readonly orphan: Orphan;
  readonly removed: boolean;
  /** Why it stayed; null when it is gone, or would go. */
  readonly stays: string | null;
}

/** Finds what nobody looks after, and takes away what may go, one after the other. */
export async function sweepOrphans(
  parts: RemovalParts,
  { dryRun }: { readonly dryRun: boolean },
): Promise<readonly SweptOrphan[]> {
  const swept: SweptOrphan[] = [];
  for (const orphan of await findOrphans(await searchOf(parts))) {
    const stays = dryRun ? orphan.stays : await removeOrphan(parts, orphan);
    swept.push({ orphan, stays, removed: !dryRun && stays === null });
    if (!dryRun && stays === null) {
      const { kind, what, because } = orphan;
      parts.log("info", "removed an orphan", { kind, what, because });
    }
  }
  return swept;
}

async function searchOf(parts: RemovalParts): Promise<OrphanSearch> {
  const { machine, home, store, host } = parts;
  return {
    machine,
    home,
    now: parts.now(),
    session: (id) => store.sessions.get(id),
    repoPaths: () => repoPathsOf(store),
    panes: async () => {
      // none of ours was ever started, or its server is gone: none is started to ask it
      if ((await machine.stat(home.tmuxSocket)) === undefined) return undefined;
      await host.connect();
      return host.list();
    },
  };
}

const page = 500;

/** Every folder that sessions of this store were given to work in. */
export async function repoPathsOf(store: RemovalParts["store"]): Promise<readonly string[]> {
  const paths = new Set<string>();
  for (let offset = 0; ; offset += page) {
    const { sessions } = await store.sessions.list({ limit: page, offset });
    for (const { workspace } of sessions) paths.add(workspace.repoPath);
    if (sessions.length < page) return [...paths];
  }
}
