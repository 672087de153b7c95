import { formatTime } from "../../domain/time.ts";
import { isEndState, type Session } from "../../domain/session.ts";
import type { SessionFolder } from "../../platform/home.ts";
import type { Machine } from "../../runtime/machine.ts";
import type { Store } from "../../store/store.ts";
import { readSnapshot } from "../workspace/snapshot.ts";
import type { Collected } from "./collect.ts";
import { lastEnded } from "./documents.ts";
import { fileOfKind, type ArtifactName } from "./kinds.ts";
import { manifestOf } from "./manifest.ts";

const maxDocumentBytes = 64 * 1024 * 1024;

/** The parts of changed-files.json that are read again. */
interface ChangedFiles {
  readonly notes: readonly string[];
  readonly missing_because: string | null;
  /** Absent in files of earlier versions. */
  readonly uncovered_files?: readonly string[] | null;
  readonly not_allowed_files?: readonly string[] | null;
  readonly files: readonly { readonly path: string; readonly committed: boolean }[];
}

/**
 * What was collected of a session that is over and whose beginning is not kept any more: it can
 * not change, and its diff cannot be taken again. Undefined while it can.
 */
export async function collectedBefore(
  parts: { readonly machine: Machine; readonly store: Pick<Store, "artifacts" | "turns"> },
  session: Session,
  folder: SessionFolder,
): Promise<Omit<Collected, "diffOf" | "writes" | "events"> | undefined> {
  const { machine, store } = parts;
  if (!isEndState(session.state) || session.workspace.baseTree === null) return undefined;
  if (await readSnapshot(machine, folder.objects)) return undefined;
  const recorded = await store.artifacts.ofSession(session.id);
  const diff = recorded.find((artifact) => artifact.kind === "diff");
  const changes = await readDocument<ChangedFiles>(machine, folder, "changed_files");
  if (!diff || !changes) return undefined;
  const manifest = await readDocument<{ notes: string[] }>(machine, folder, "manifest");
  return {
    files: await manifestOf(machine, folder.artifacts, recorded),
    failures: [],
    git: {
      isRepo: true,
      dirty: changes.files.some((file) => !file.committed),
      changedFiles: changes.files.map((file) => file.path),
      note: changes.missing_because ?? changes.notes[0] ?? null,
      uncoveredFiles: changes.uncovered_files ?? null,
      notAllowedFiles: changes.not_allowed_files ?? null,
    },
    warnings: [
      ...(manifest?.notes ?? []),
      `these are the files of ${formatTime(diff.collectedAt)}; what the diff was compared with is not kept any more`,
    ],
    result: lastEnded(await store.turns.ofSession(session.id))?.result ?? null,
  };
}

async function readDocument<T>(
  machine: Machine,
  folder: SessionFolder,
  kind: ArtifactName,
): Promise<T | undefined> {
  const bytes = await machine.read(`${folder.artifacts}/${fileOfKind(kind)}`, 0, maxDocumentBytes);
  return bytes && (JSON.parse(Buffer.from(bytes).toString()) as T);
}
