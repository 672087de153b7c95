import { dirname, join } from "node:path/posix";
import type { EventBody } from "../domain/event.ts";
import type { Session } from "../domain/session.ts";
import { isSecretName } from "../platform/redact.ts";
import type { Machine } from "../runtime/machine.ts";
import { secretsOf, type LaunchRecord } from "./launch-record.ts";
import type { SessionParts } from "./parts.ts";
import { copyIncluded } from "./workspace/include-files.ts";
import { runScript, scriptFailed, type ScriptEnd } from "./workspace/run-script.ts";
import { endUnfinished, isPrepared, markPrepared, worktreeMarker } from "./workspace/worktree.ts";

type PrepareParts = Pick<SessionParts, "config" | "home" | "now">;

const listedAtMost = 100;

/**
 * Makes a new worktree ready to work in: files that git ignores are copied, then the person's setup
 * script is run. Cut off anywhere, it is done anew, script and all.
 * @throws worktree_script_failed with the end of its output; invalid_config
 */
export async function prepareWorktree(
  parts: PrepareParts,
  machine: Machine,
  options: {
    readonly session: Session;
    readonly record: LaunchRecord;
    /** Nobody can have tried before. */
    readonly first: boolean;
    readonly tell: (body: EventBody) => Promise<void>;
  },
): Promise<void> {
  const { session, record, tell } = options;
  const path = record.prepare;
  if (path === undefined || path === null || (await isPrepared(machine, path))) return;
  if (!options.first) await endUnfinished(machine, path);
  const { repoPath } = session.workspace;
  const top = await rootOf(machine, repoPath);
  const files = top === null ? [] : await copyIncluded(machine, top, path);
  if (files.length > 0) {
    const listed = files.slice(0, listedAtMost);
    await tell({ type: "worktree_files_included", files: listed, total: files.length });
  }
  const config = await parts.config(repoPath);
  const script = config.get("worktree.setup");
  if (script !== null) {
    const env = Object.entries(record.env).filter(([name]) => !isSecretName(name));
    const end = await runWorktreeScript(parts, machine, {
      which: "setup",
      script,
      session,
      path,
      timeoutMs: config.get("worktree.script_timeout_seconds") * 1000,
      env: Object.fromEntries(env),
      secrets: secretsOf(record.env),
      tell,
    });
    if (end.failedBecause !== null) {
      throw scriptFailed("The setup script of the worktree", end, logOf(parts, session, "setup"));
    }
  }
  await markPrepared(machine, path);
}

/** Runs the person's script before a worktree goes. Undefined where there is none. */
export async function tearDownWorktree(
  parts: PrepareParts,
  machine: Machine,
  options: {
    readonly session: Session;
    readonly path: string;
    readonly tell: (body: EventBody) => Promise<void>;
  },
): Promise<(ScriptEnd & { readonly log: string }) | undefined> {
  const config = await parts.config(options.session.workspace.repoPath);
  const script = config.get("worktree.teardown");
  if (script === null) return undefined;
  const end = await runWorktreeScript(parts, machine, {
    ...options,
    which: "teardown",
    script,
    timeoutMs: config.get("worktree.script_timeout_seconds") * 1000,
  });
  return { ...end, log: logOf(parts, options.session, "teardown") };
}

async function runWorktreeScript(
  parts: PrepareParts,
  machine: Machine,
  options: {
    readonly which: "setup" | "teardown";
    readonly script: string;
    readonly session: Session;
    readonly path: string;
    readonly timeoutMs: number;
    readonly env?: Readonly<Record<string, string>>;
    readonly secrets?: readonly string[];
    readonly tell: (body: EventBody) => Promise<void>;
  },
): Promise<ScriptEnd> {
  const { which, session, path, env, secrets } = options;
  const log = logOf(parts, session, which);
  await machine.makeFolder(parts.home.session(session.id).root);
  const startedAt = parts.now();
  const end = await runScript(machine, {
    text: options.script,
    cwd: path,
    names: {
      [worktreeMarker]: path,
      AGENTPOOL_REPOSITORY: session.workspace.repoPath,
      AGENTPOOL_BRANCH: session.workspace.branch ?? "",
    },
    timeoutMs: options.timeoutMs,
    log,
    ...(env === undefined ? {} : { env }),
    ...(secrets === undefined ? {} : { secrets }),
  });
  await options.tell({
    type: "worktree_script_ended",
    script: which,
    ok: end.failedBecause === null,
    exit_code: end.exitCode,
    duration_ms: parts.now() - startedAt,
    log,
  });
  return end;
}

/** Root of the work tree a folder lies in; without git, which every start would wait for. */
async function rootOf(machine: Machine, folder: string): Promise<string | null> {
  for (let at = folder; ; at = dirname(at)) {
    if ((await machine.stat(join(at, ".git"))) !== undefined) return at;
    if (at === dirname(at)) return null;
  }
}

function logOf({ home }: Pick<SessionParts, "home">, { id }: Session, which: string): string {
  return join(home.session(id).root, `worktree-${which}.log`);
}
