import { AgentpoolError } from "../domain/errors.ts";

/** The error for a file or folder of definitions that the system does not hand out. */
export function unreadable(path: string, thrown: unknown): AgentpoolError {
  const code = (thrown as NodeJS.ErrnoException).code ?? "";
  const why: Readonly<Record<string, string>> = {
    ENOENT: "It is a link to something that is not there.",
    ELOOP: "It is a link that leads back to itself.",
    EACCES: "This user may not read it.",
    ENOTDIR: "It is no folder.",
  };
  return new AgentpoolError("invalid_config", `${path} cannot be read`, {
    why: why[code] ?? (thrown instanceof Error ? thrown.message : String(thrown)),
    hint: `Look at it: ls -l ${path}`,
    details: { file: path, line: null },
    cause: thrown,
  });
}
