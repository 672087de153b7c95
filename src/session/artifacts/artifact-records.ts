import type { Artifact } from "../../domain/artifact.ts";
import type { Write } from "../../domain/decision.ts";
import { fileOfKind, type ArtifactName } from "./kinds.ts";
import type { WrittenFile } from "./write-artifact.ts";

/** What the store should know of the files: one record a kind, however often they are collected. */
export function artifactRecords(
  sessionId: string,
  written: ReadonlyMap<ArtifactName, WrittenFile>,
  before: readonly Artifact[],
  make: { readonly now: number; readonly newId: (kind: "artifact") => string },
): { readonly all: readonly Artifact[]; readonly writes: readonly Write[] } {
  const known = new Map(before.map((artifact) => [artifact.kind, artifact]));
  const writes: Write[] = [];
  for (const [kind, { sha256, sizeBytes }] of written) {
    const found = { sha256, sizeBytes, collectedAt: make.now };
    const existing = known.get(kind);
    if (existing) {
      known.set(kind, { ...existing, ...found });
      writes.push({ noun: "artifact", id: existing.id, update: found });
    } else {
      const insert = {
        id: make.newId("artifact"),
        sessionId,
        kind,
        file: fileOfKind(kind),
        ...found,
      };
      known.set(kind, insert);
      writes.push({ noun: "artifact", insert });
    }
  }
  return { all: [...known.values()], writes };
}
