import { AgentpoolError } from "../domain/errors.ts";

/** The error of a home that cannot be written, told by what the system threw. */
export function unwritableHome(root: string, thrown: unknown): AgentpoolError {
  const { code } = thrown as NodeJS.ErrnoException;
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  const parts = { why, details: { home: root }, cause: thrown };
  if (code !== undefined && full.includes(code)) {
    return new AgentpoolError("disk_full", `No space is left in agentpool's home ${root}`, {
      ...parts,
      hint: `Free some space: df -h ${root}`,
    });
  }
  return new AgentpoolError(
    code !== undefined && forbidden.includes(code) ? "store_read_only" : "store_failed",
    `agentpool's home ${root} cannot be written`,
    { ...parts, hint: "Make it writable, or name another folder: AGENTPOOL_HOME" },
  );
}

/** That error, where what was thrown is the system's refusal to write somewhere in the home. */
export function asUnwritableHome(root: string, thrown: unknown): AgentpoolError | undefined {
  if (thrown instanceof AgentpoolError || !(thrown instanceof Error)) return undefined;
  const { code, path } = thrown as NodeJS.ErrnoException;
  if (code === undefined || ![...full, ...forbidden, ...broken].includes(code)) return undefined;
  const isInside = path === root || path?.startsWith(`${root}/`) === true;
  // a path above is the home that could not be made
  const isAbove = path !== undefined && root.startsWith(`${path}/`);
  return isInside || isAbove ? unwritableHome(root, thrown) : undefined;
}

const full: readonly string[] = ["ENOSPC", "EDQUOT"];
const forbidden: readonly string[] = ["EACCES", "EPERM", "EROFS"];
const broken: readonly string[] = ["ENOTDIR", "EIO"];
