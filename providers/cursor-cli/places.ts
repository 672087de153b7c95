type Environment = Readonly<Record<string, string>>;

/**
 * Where the transcripts of a work folder's conversations lie. A long path is cut there and gets a
 * digest; such a folder is only known from what the hooks say.
 */
export function transcriptsFolder(env: Environment, workPath: string): string {
  const slug = workPath.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "");
  return `${dataFolder(env)}/projects/${slug}/agent-transcripts`;
}

function dataFolder(env: Environment): string {
  const moved = (env["CURSOR_DATA_DIR"] ?? "").replace(/\/+$/, "");
  return moved === "" ? `${env["HOME"] ?? ""}/.cursor` : moved;
}
