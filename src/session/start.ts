import { dirname, join } from "node:path/posix";
import { moveDelivery } from "../domain/delivery-rules.ts";
import { AgentpoolError } from "../domain/errors.ts";
import type { TerminalPlace } from "../domain/session.ts";
import { FirstStarts } from "./first-starts.ts";
import type { LaunchRecord } from "./launch-record.ts";
import type { LiveSession } from "./live-session.ts";
import type { SessionParts } from "./parts.ts";
import type { Worker } from "./worker.ts";
import type { Workers } from "./workers.ts";
import type { SessionFolder } from "../platform/home.ts";
import type { Machine } from "../runtime/machine.ts";
import { prepareWorktree } from "./prepare-worktree.ts";
import { closeStarting, stoppable, stopped, takeBackWorktree } from "./stop-start.ts";
import { inspectRepo, type Repo } from "./workspace/repo.ts";
import { createWorktree } from "./workspace/worktree.ts";
import { takeSnapshot } from "./workspace/snapshot.ts";

interface UnderWay {
  readonly live: LiveSession;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** Size of an agent's pane, whatever the terminals of people who look at it. */
const cols = 200;
const rows = 50;

/**
 * Brings a session whose row stands to a running agent: worktree, base snapshot, files, pane. Each
 * step may have been done before by a supervisor that was killed; it is then recognised.
 */
export class Starter {
  readonly #parts: SessionParts;
  readonly #workers: Workers;

  readonly #underWay = new Map<string, UnderWay>();
  readonly #firstStarts = new FirstStarts();

  constructor(parts: SessionParts, workers: Workers) {
    this.#parts = parts;
    this.#workers = workers;
  }

  /** Ends when the start of this session that is under way has, well or badly; undefined for none. */
  underWay(sessionId: string): Promise<void> | undefined {
    return this.#underWay.get(sessionId)?.ended;
  }

  /**
   * Stops the start of this session that is under way: what it runs is killed, and what it made of
   * a worktree removed. Resolves when the start has ended; the agent runs all the same when it was
   * just being launched. False when no start is under way.
   */
  async stop(sessionId: string, by: string): Promise<boolean> {
    const start = this.#underWay.get(sessionId);
    if (!start) return false;
    await start.live.change((draft, ctx) => closeStarting(draft, ctx, by));
    start.stop.abort();
    await start.ended;
    return true;
  }

  /**
   * Starts the agent; why it could not is recorded before it is thrown. One start of a session at
   * a time is the caller's to see to.
   * @param found the folder the session was asked for, as it was found a moment ago; without it
   *   an earlier attempt may have left something, which is looked for
   */
  finish(live: LiveSession, record: LaunchRecord, found?: Repo): Promise<Worker> {
    const stop = new AbortController();
    const finishing = this.#finish(live, record, { found, signal: stop.signal }).catch(
      async (thrown: unknown) => {
        const error = AgentpoolError.from(thrown);
        await live.observe([
          {
            source: "operation",
            claim: { kind: "start_failed", because: error.why ?? error.message },
          },
        ]);
        live.close();
        // no worker will end, who would see to it; if it fails, the next supervisor does
        await this.#workers.seal(live.id);
        throw error;
      },
    );
    const ended = finishing.then(
      () => undefined,
      () => undefined,
    );
    this.#underWay.set(live.id, { live, stop, ended });
    return finishing.finally(() => this.#underWay.delete(live.id));
  }

  async #finish(
    live: LiveSession,
    record: LaunchRecord,
    { found, signal }: { readonly found: Repo | undefined; readonly signal: AbortSignal },
  ): Promise<Worker> {
    const { home, host } = this.#parts;
    const folder = home.session(live.id);
    const machine = stoppable(this.#parts.machine, signal);
    try {
      await all([
        this.#prepareWorkspace(machine, live, record, found),
        this.#writeFiles(folder, record),
        host.connect(),
      ]);
    } catch (thrown) {
      if (!live.session.closing) {
        const isScript = AgentpoolError.from(thrown).code === "worktree_script_failed";
        if (isScript) await this.#takeBack(live, record, found !== undefined);
        throw thrown;
      }
    }
    if (!live.session.closing) await this.#writeWorkFiles(live, record);
    const open = (): Promise<Worker> => this.#open(live, record, { first: found !== undefined });
    return this.#firstStarts.run(record.preparesOnce, open, { live, signal });
  }

  async #open(
    live: LiveSession,
    record: LaunchRecord,
    { first }: { readonly first: boolean },
  ): Promise<Worker> {
    const { home, host } = this.#parts;
    const { closing } = live.session;
    if (closing) {
      await this.#takeBack(live, record, first);
      throw stopped(live.id, closing.because);
    }
    const place = await host.open({
      sessionId: live.id,
      argv: record.argv,
      cwd: record.cwd,
      env: record.env,
      cols,
      rows,
      logFolder: home.session(live.id).terminal,
    });
    await live.change((draft, ctx) => {
      draft.setSession({
        terminal: place,
        process: {
          value: "alive",
          source: "process",
          at: ctx.now,
          because: "the agent's process was started",
        },
      });
      draft.emit(ctx.now, { type: "session_started", pid: place.pid, pane: place.pane });
      if (record.launchedDelivery !== null) {
        moveDelivery(draft, ctx, record.launchedDelivery, "submitted", null);
      }
    });
    return this.#workers.add(live, record);
  }

  /** The log writer of a pane died; what the pane wrote since is not in the log. */
  async relog(live: LiveSession, place: TerminalPlace): Promise<void> {
    await live.observe([
      {
        source: "process",
        claim: { kind: "output_gap", because: "the writer of the terminal log had stopped" },
      },
    ]);
    await this.#parts.host.relog(place, this.#parts.home.session(live.id).terminal);
  }

  async #writeFiles(folder: SessionFolder, { files }: LaunchRecord): Promise<void> {
    const { machine, home } = this.#parts;
    const folders = [folder.spool, folder.agent, folder.terminal, home.tokens, home.programs];
    await Promise.all(folders.map((path) => machine.makeFolder(path)));
    await Promise.all(
      files.map((file) =>
        machine.write(file.path, file.content, {
          mode: file.executable ? 0o700 : 0o600,
          // they are of use to the agent's process only
          sync: false,
        }),
      ),
    );
  }

  /** What the person's project has there stays as it is, and the agent does without ours. */
  async #writeWorkFiles(live: LiveSession, { cwd, workFiles = [] }: LaunchRecord): Promise<void> {
    const { machine, home, log } = this.#parts;
    const paths = workFiles.map(({ path }) => join(cwd, path));
    const ours = await machine.stat(home.workFiles(live.id));
    for (const path of ours ? [] : paths) {
      if (!(await machine.stat(path))) continue;
      log("warn", "the project has a file where one for the agent would go", {
        session: live.id,
        path,
      });
      return;
    }
    if (paths.length === 0) return;
    // first, so that a start that is cut off knows its own files again
    await machine.write(home.workFiles(live.id), `${paths.join("\n")}\n`);
    for (const [index, { content }] of workFiles.entries()) {
      const path = paths[index] ?? "";
      await machine.makeFolder(dirname(path), 0o755);
      await machine.write(path, content, { sync: false });
    }
  }

  /** A failure here leaves the worktree to `worktrees cleanup`; the session ends all the same. */
  async #takeBack(live: LiveSession, { worktree }: LaunchRecord, first: boolean): Promise<void> {
    if (!worktree) return;
    const { machine, log } = this.#parts;
    const { repoPath } = live.session.workspace;
    try {
      const gone = await takeBackWorktree(machine, repoPath, worktree, { first });
      if (!gone) return;
      await live.change((draft, ctx) => {
        const { path, branchRemoved } = gone;
        draft.emit(ctx.now, { type: "worktree_removed", path, branch_removed: branchRemoved });
      });
    } catch (thrown) {
      log("warn", "the worktree of a stopped start could not be removed", {
        session: live.id,
        error: String(thrown),
      });
    }
  }

  async #prepareWorkspace(
    machine: Machine,
    live: LiveSession,
    record: LaunchRecord,
    found: Repo | undefined,
  ): Promise<void> {
    const { workspace } = live.session;
    if (record.worktree) {
      await createWorktree(machine, workspace.repoPath, record.worktree, {
        first: found !== undefined,
      });
      await live.change((draft, ctx) => {
        draft.emit(ctx.now, {
          type: "worktree_created",
          path: record.worktree?.path ?? "",
          branch: record.worktree?.branch ?? "",
        });
      });
    }
    await prepareWorktree(this.#parts, machine, {
      session: live.session,
      record,
      first: found !== undefined,
      tell: (body) => live.change((draft, ctx) => draft.emit(ctx.now, body)),
    });
    if (workspace.baseTree !== null) return;
    const { objects } = this.#parts.home.session(live.id);
    // a worktree that was just made is clean, which spares recording it
    const fresh = found && record.worktree ? await inspectRepo(machine, workspace.workPath) : found;
    const snapshot = await takeSnapshot(machine, workspace.workPath, {
      objects,
      ...(fresh ? { found: fresh } : {}),
    });
    await live.change((draft) => {
      draft.setSession({
        workspace: {
          ...draft.session.workspace,
          baseCommit: snapshot.commit,
          baseTree: snapshot.tree,
        },
      });
    });
  }
}

/** Waits for the end of each, so that nothing goes on after a failure was told. */
async function all(steps: readonly Promise<unknown>[]): Promise<void> {
  const ended = await Promise.allSettled(steps);
  const failed = ended.find((end) => end.status === "rejected");
  if (failed) throw failed.reason;
}
