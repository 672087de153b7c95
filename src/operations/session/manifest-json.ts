import type { Session } from "../../domain/session.ts";
import type { App } from "../app.ts";
import type { ManifestEntry } from "../../session/artifacts/manifest.ts";

export interface ManifestJson {
  session_id: string;
  artifact_dir: string;
  files: FileJson[];
}

export interface FileJson {
  kind: string;
  path: string;
  exists: boolean;
  sha256: string | null;
  size_bytes: number | null;
}

export async function manifest(app: App, session: Session): Promise<ManifestJson> {
  return {
    session_id: session.id,
    artifact_dir: app.home.session(session.id).artifacts,
    files: (await app.sessions.manifest(session)).map(projectFile),
  };
}

export function projectFile(file: ManifestEntry): FileJson {
  return {
    kind: file.kind,
    path: file.path,
    exists: file.exists,
    sha256: file.sha256,
    size_bytes: file.sizeBytes,
  };
}
