import { defineOperation } from "../define.ts";
import { artifactFiles, sessionId } from "../schemas.ts";
import { table } from "../table.ts";
import { manifest, type ManifestJson } from "./manifest-json.ts";

interface Input {
  session_id: string;
}

export const artifacts = defineOperation<Input, ManifestJson>()({
  name: "session.artifacts",
  toolset: "default",
  summary: "List the files of a session, collected or not",
  effect: "read",
  schemas: (z) => ({
    input: z.strictObject({ session_id: sessionId(z) }),
    output: z.looseObject({
      session_id: z.string(),
      artifact_dir: z.string(),
      files: artifactFiles(z),
    }),
  }),
  errors: ["session_not_found", "ambiguous_id"],
  cli: {
    command: "artifacts",
    group: "Files",
    positionals: ["session_id"],
    examples: ["agentpool artifacts @last"],
    render: (output, style) =>
      table(
        ["KIND", "SIZE", "PATH"],
        output.files.map((file) => [
          file.kind,
          file.exists ? String(file.size_bytes ?? "") : "-",
          file.path,
        ]),
        style,
      ),
  },
  mcp: {
    tool: "get_artifact_manifest",
    title: "List a worker's files",
    description:
      "List the artifact files of a worker with paths and hashes, without their content.",
    idempotent: true,
    openWorld: false,
    links: ["transcript", "events"],
  },
  run: async (ctx, input) => manifest(ctx.app, await ctx.app.sessions.resolve(input.session_id)),
});
