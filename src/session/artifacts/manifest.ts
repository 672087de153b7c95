import { join } from "node:path/posix";
import type { Artifact } from "../../domain/artifact.ts";
import type { Machine } from "../../runtime/machine.ts";
import { artifactKinds } from "./kinds.ts";

export interface ManifestEntry {
  readonly kind: string;
  readonly path: string;
  readonly exists: boolean;
  /** As it was collected; null when it was never recorded, or changed since. */
  readonly sha256: string | null;
  readonly sizeBytes: number | null;
}

/**
 * Every file a session may have, there or not. Costs one look at the folder.
 * @param artifacts what the store knows of the session
 */
export async function manifestOf(
  machine: Machine,
  folder: string,
  artifacts: readonly Artifact[],
): Promise<ManifestEntry[]> {
  const present = new Map((await machine.list(folder)).map((file) => [file.name, file]));
  const known = new Map(artifacts.map((artifact) => [artifact.kind, artifact]));
  return artifactKinds.map(({ kind, file }) => {
    const found = present.get(file);
    const record = known.get(kind);
    const isSame = found !== undefined && record?.sizeBytes === found.sizeBytes;
    return {
      kind,
      path: join(folder, file),
      exists: found !== undefined,
      sha256: isSame ? record.sha256 : null,
      sizeBytes: found?.sizeBytes ?? null,
    };
  });
}
