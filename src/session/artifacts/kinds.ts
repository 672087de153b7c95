/** A file that `collect` writes for a session. */
export interface ArtifactKind {
  readonly kind: string;
  readonly file: string;
  /** Other words for it, as users of the ancestors know them. */
  readonly aliases: readonly string[];
}

/** In the order in which they are listed. */
export const artifactKinds = [
  { kind: "task", file: "task.md", aliases: ["prompt"] },
  { kind: "result", file: "result.md", aliases: [] },
  { kind: "summary", file: "summary.md", aliases: ["summary_partial"] },
  { kind: "transcript", file: "transcript.txt", aliases: [] },
  { kind: "transcript_jsonl", file: "transcript.jsonl", aliases: [] },
  { kind: "events", file: "events.jsonl", aliases: [] },
  { kind: "diff", file: "diff.patch", aliases: ["patch"] },
  { kind: "changed_files", file: "changed-files.json", aliases: [] },
  { kind: "git_status", file: "git-status.txt", aliases: [] },
  { kind: "screen", file: "screen.txt", aliases: [] },
  { kind: "metadata", file: "metadata.json", aliases: [] },
  { kind: "manifest", file: "manifest.json", aliases: [] },
] as const satisfies readonly ArtifactKind[];

export type ArtifactName = (typeof artifactKinds)[number]["kind"];

/** The kind a word means: its name, an alias, or the file's name. */
export function findArtifactKind(word: string): ArtifactKind | undefined {
  const wanted = word.trim().toLowerCase();
  const known: readonly ArtifactKind[] = artifactKinds;
  return known.find(
    ({ kind, file, aliases }) => kind === wanted || file === wanted || aliases.includes(wanted),
  );
}

export function fileOfKind(name: ArtifactName): string {
  return artifactKinds.find(({ kind }) => kind === name)?.file ?? name;
}
