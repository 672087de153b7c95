import { join } from "node:path/posix";
import { AgentpoolError } from "../domain/errors.ts";
import { isLive, type Session, type TerminalPlace } from "../domain/session.ts";
import { formatTimeOrNull } from "../domain/time.ts";
import { redact } from "../platform/redact.ts";
import { plainText } from "../provider/ansi.ts";
import type { TerminalInfo } from "../runtime/terminal.ts";
import { InTurn } from "./in-turn.ts";
import { Accounts } from "./accounts.ts";
import type { LaunchRecord } from "./launch-record.ts";
import { LiveSession, loadView } from "./live-session.ts";
import type { SessionParts } from "./parts.ts";
import { sealRawFiles } from "./seal.ts";
import { LookQueue } from "./sources/look-queue.ts";
import { Worker } from "./worker.ts";

/** The exit code may come a moment after the death; after this it counts as unknown. */
const exitCodeWithinMs = 3_000;
/** A dead pane stays to be looked at for so long. */
const deadPaneKeepMs = 600_000;
/** And so many of them: whoever looks for the dead, or for all panes, reads each of them. */
const deadPanesAtMost = 16;

/** All workers of this supervisor, and what the terminals say about them. */
export class Workers {
  readonly #parts: SessionParts;
  readonly #workers = new Map<string, Worker>();
  readonly #output = new Map<string, Set<() => void>>();
  readonly #anyOutput = new Set<(id: string) => void>();
  readonly #sealing = new Set<Promise<void>>();
  /** Of one session either the files of its end are sealed, or it begins again. */
  readonly #turning = new InTurn();
  readonly #looks = new LookQueue();
  readonly #ending = new Map<string, Promise<void>>();
  readonly #deadPanes = new Set<TerminalPlace>();
  readonly #unlisten: (() => void)[];
  readonly accounts: Accounts;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.accounts = new Accounts(parts, () => this.all);
    const { host } = parts;
    this.#unlisten = [
      host.on("output", (id, text) => this.#wrote(id, text)),
      host.on("resynced", (id) => this.#wrote(id)),
      host.on("title", (id, title) => this.#workers.get(id)?.title(title)),
      host.on("died", (id) => void this.ended(id)),
      host.on("closed", (id) => void this.ended(id)),
    ];
  }

  get all(): readonly Worker[] {
    return [...this.#workers.values()];
  }

  get(id: string): Worker | undefined {
    return this.#workers.get(id);
  }

  /** The live worker of a session. @throws session_ended, session_busy, terminal_failed */
  require(session: Session): Worker {
    const worker = this.#workers.get(session.id);
    if (worker) return worker;
    if (isLive(session)) throw notPicked(session);
    if (session.timedOutAt !== null && session.maxRuntimeMs !== null) throw timedOut(session);
    throw new AgentpoolError("session_ended", `Session ${session.id} is over`, {
      why: `It ended ${session.state}: ${session.stateBecause}.`,
      hint: `Its result: agentpool collect ${session.id}; to go on with it: agentpool resume ${session.id}`,
    });
  }

  /** Makes the session known here, before it has a pane. */
  async load(id: string): Promise<LiveSession> {
    const view = await loadView(this.#parts, id);
    return new LiveSession(this.#parts, await this.#parts.provider(view.session.providerId), view);
  }

  /** Begins to listen to and type into a session whose pane runs. */
  add(live: LiveSession, record: LaunchRecord): Worker {
    const worker = new Worker(this.#parts, live, record, {
      looks: this.#looks,
      accounts: this.accounts,
    });
    this.#workers.set(live.id, worker);
    worker.start();
    return worker;
  }

  /** Calls back when the pane of a session writes. Returns the undo. */
  onOutput(id: string, listener: () => void): () => void {
    const listeners = this.#output.get(id) ?? new Set();
    listeners.add(listener);
    this.#output.set(id, listeners);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#output.delete(id);
    };
  }

  /** Calls back when the pane of any session writes. Returns the undo. */
  onAnyOutput(listener: (id: string) => void): () => void {
    this.#anyOutput.add(listener);
    return () => this.#anyOutput.delete(listener);
  }

  /** Takes in that a session's process is over, with its real exit code. Repeated calls share one run. */
  ended(id: string): Promise<void> {
    const worker = this.#workers.get(id);
    if (!worker) return this.#ending.get(id) ?? Promise.resolve();
    let ending = this.#ending.get(id);
    if (!ending) {
      ending = this.#end(worker)
        .catch((thrown: unknown) => {
          this.#parts.log("error", "the end of a session could not be taken in", {
            session: id,
            error: String(thrown),
          });
        })
        .finally(() => this.#ending.delete(id));
      this.#ending.set(id, ending);
    }
    return ending;
  }

  /** Takes in that a pane is gone and nobody can tell how its process ended. */
  async gone(worker: Worker, because: string): Promise<void> {
    await worker.drain();
    await worker.live.observe([{ source: "process", claim: { kind: "process_gone", because } }]);
    this.#remove(worker);
  }

  /** Stops listening and typing; resolves when what ended is in order. */
  async close(): Promise<void> {
    for (const undo of this.#unlisten) undo();
    this.accounts.close();
    for (const worker of this.#workers.values()) {
      worker.close();
      worker.live.close();
    }
    this.#workers.clear();
    await Promise.all([...this.#ending.values(), ...this.#sealing]);
  }

  #wrote(id: string, text?: string): void {
    this.#workers.get(id)?.screen.touched(text);
    for (const listener of this.#output.get(id) ?? []) listener();
    for (const listener of this.#anyOutput) listener(id);
  }

  async #end(worker: Worker): Promise<void> {
    const { id } = worker.live;
    const info = await this.#exitOf(id);
    if (info && !info.dead) return;
    await worker.drain();
    if (info) {
      await this.keepLastScreen(worker);
      await worker.live.observe([
        {
          source: "process",
          claim: { kind: "process_exited", exitCode: info.exitCode, signal: info.exitSignal },
        },
      ]);
      this.#keepPane(info.place);
    } else {
      await worker.live.observe([
        {
          source: "process",
          claim: { kind: "process_gone", because: "its window was closed from outside" },
        },
      ]);
    }
    if (!isLive(worker.live.session)) this.#remove(worker);
  }

  #keepPane(place: TerminalPlace): void {
    const close = (one: TerminalPlace | undefined): void => {
      if (one === undefined || !this.#deadPanes.delete(one)) return;
      this.#parts.host.close(one).catch((thrown: unknown) => {
        this.#parts.log("warn", "a dead pane could not be closed", { error: String(thrown) });
      });
    };
    this.#deadPanes.add(place);
    setTimeout(() => close(place), deadPaneKeepMs).unref();
    if (this.#deadPanes.size > deadPanesAtMost) close(this.#deadPanes.values().next().value);
  }

  #remove(worker: Worker): void {
    worker.close();
    worker.live.close();
    const { id } = worker.live;
    if (this.#workers.get(id) === worker) this.#workers.delete(id);
    const sealing = this.seal(id).finally(() => this.#sealing.delete(sealing));
    this.#sealing.add(sealing);
  }

  /** Seals the files of a session that is over; what fails is for the next supervisor. */
  async seal(id: string): Promise<void> {
    await this.betweenRuns(id, async () => {
      const session = await this.#parts.store.sessions.get(id);
      // it may have been begun again meanwhile
      if (!session || !isLive(session)) await sealRawFiles(this.#parts, id);
    }).catch((thrown: unknown) => {
      this.#parts.log("warn", "raw files could not be sealed", {
        session: id,
        error: String(thrown),
      });
    });
  }

  /** Runs what must not meet the sealing of this session's files, nor itself. */
  betweenRuns<T>(id: string, task: () => Promise<T>): Promise<T> {
    return this.#turning.run(id, task);
  }

  /** The pane's facts once its exit code is known; undefined when the pane is gone. */
  async #exitOf(id: string): Promise<TerminalInfo | undefined> {
    const until = this.#parts.now() + exitCodeWithinMs;
    for (let waitMs = 2; ; waitMs = Math.min(waitMs * 2, 200)) {
      const info = (await this.#parts.host.list()).find((one) => one.sessionId === id);
      const told = info !== undefined && (info.exitCode !== null || info.exitSignal !== null);
      if (!info || !info.dead || told || this.#parts.now() >= until) return info;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  /** Keeps the last screen as redacted text, for after the pane is gone. */
  async keepLastScreen(worker: Worker): Promise<void> {
    const place = worker.live.session.terminal;
    const screen = place ? await this.#parts.host.capture(place) : undefined;
    if (!screen) return;
    const text = screen.lines.map(plainText).join("\n").trimEnd();
    const folder = this.#parts.home.session(worker.live.id).root;
    await this.#parts.machine.write(
      join(folder, "last-screen.txt"),
      redact(`${text}\n`, worker.secrets),
      {
        sync: false,
      },
    );
  }
}

function timedOut({ id, maxRuntimeMs, timedOutAt }: Session): AgentpoolError {
  const seconds = (maxRuntimeMs ?? 0) / 1_000;
  return new AgentpoolError("session_timeout", `Session ${id} was ended after ${seconds} s`, {
    why: "It was started with --max-runtime-seconds, or policy.max_runtime_seconds says so.",
    hint: `agentpool resume ${id}`,
    details: {
      session_id: id,
      max_runtime_seconds: seconds,
      timed_out_at: formatTimeOrNull(timedOutAt),
    },
  });
}

/** It lives, as far as is known, and nobody listens to it yet. */
export function notPicked(session: Session): AgentpoolError {
  if (!session.reachable.value) {
    return new AgentpoolError("terminal_failed", `Session ${session.id} cannot be reached`, {
      why: session.reachable.because,
      hint: "agentpool doctor",
    });
  }
  return new AgentpoolError("session_busy", `Session ${session.id} is still being started`, {
    why: `Its state is ${session.state}: ${session.stateBecause}.`,
    hint: `Wait for it: agentpool observe ${session.id} --wait-for idle --timeout 60s`,
  });
}
