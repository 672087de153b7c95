/** A file a session produced, as `collect` wrote it. */
export interface Artifact {
  readonly id: string;
  readonly sessionId: string;
  /** `task`, `result`, `diff`, … the file's role, see docs/reference/artifacts.md. */
  readonly kind: string;
  /** File name inside the session's artifact folder. */
  readonly file: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly collectedAt: number;
}
