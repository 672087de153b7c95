import type { SessionFolder } from "../platform/home.ts";
import { isSecretName } from "../platform/redact.ts";
import type { LaunchPlan } from "../provider/definition.ts";
import type { Machine } from "../runtime/machine.ts";

/**
 * Everything a start needs and a restart will need: written 0600 before the session's row, so
 * that a start that was cut off can be finished by the next supervisor. Holds environment values;
 * it goes when the session is over.
 */
export interface LaunchRecord extends Omit<LaunchPlan, "env"> {
  readonly cwd: string;
  /** The agent's whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether a hook of this launch waits for answers. */
  readonly hooksReply: boolean;
  /** The delivery that travels as an argument, if one does. */
  readonly launchedDelivery: string | null;
  /** How the worktree is to be made; null when the agent works in an existing folder. */
  readonly worktree: {
    readonly path: string;
    readonly branch: string;
    readonly base: string;
  } | null;
  /** Root of a worktree that is to be made ready before the agent is let into it. */
  readonly prepare?: string | null;
}

/** Values of the environment that must not stand in anything we keep. */
export function secretsOf(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env)
    .filter(([name, value]) => value !== "" && isSecretName(name))
    .map(([, value]) => value);
}

const maxBytes = 8 * 1024 * 1024;

export async function writeLaunch(
  machine: Machine,
  folder: SessionFolder,
  record: LaunchRecord,
): Promise<void> {
  await machine.makeFolder(folder.root);
  await machine.write(folder.launch, JSON.stringify(record));
}

export async function readLaunch(
  machine: Machine,
  folder: SessionFolder,
): Promise<LaunchRecord | undefined> {
  const bytes = await machine.read(folder.launch, 0, maxBytes);
  if (!bytes) return undefined;
  return JSON.parse(Buffer.from(bytes).toString("utf8")) as LaunchRecord;
}
