import type { Event } from "../../domain/event.ts";
import { AgentpoolError, messageWithWhy } from "../../domain/errors.ts";
import type { Run } from "../../domain/run.ts";
import { formatTime } from "../../domain/time.ts";
import { redact } from "../../platform/redact.ts";
import { InTurn } from "../../session/in-turn.ts";
import type { SessionParts } from "../../session/parts.ts";
import type { Environment, RunEnvironments } from "./environment.ts";
import { forgetEventFault, keepEventFault, type EventFault } from "./event-fault.ts";
import { keptEvents } from "./kept-events.ts";

const longestMs = 60_000;
const atOnce = 500;
const longestSaid = 500;

/**
 * Gives the events of runs to the commands they were begun with, as lines of JSON on standard input,
 * or posts the same lines to an address: those that came together in one call. What a call was given
 * is remembered after it ended well, so that none is left out, and after a crash some may be given
 * twice.
 */
export class EventCommands {
  readonly #parts: Pick<SessionParts, "store" | "machine" | "log" | "now">;
  readonly #environments: Pick<RunEnvironments, "read">;
  readonly #turns = new InTurn();
  readonly #end = new AbortController();
  /** Those that have not begun, by run: they will tell what there is then. */
  readonly #waiting = new Map<string, Promise<void>>();

  constructor(
    parts: Pick<SessionParts, "store" | "machine" | "log" | "now">,
    environments: Pick<RunEnvironments, "read">,
  ) {
    this.#parts = parts;
    this.#environments = environments;
  }

  /** Tells all that is not told yet; resolves when it is. A command that fails is told again with the next. */
  tell(run: Run): Promise<void> {
    const { id, onEvent } = run;
    if (onEvent === null) return Promise.resolve();
    const waiting = this.#waiting.get(id);
    if (waiting) return waiting;
    const told = this.#turns.run(id, () => {
      this.#waiting.delete(id);
      return this.#tell(run, onEvent);
    });
    this.#waiting.set(id, told);
    return told;
  }

  /**
   * Ends what still runs: what it was given is told again by the next supervisor. Resolves when
   * nothing of it is left.
   */
  async close(): Promise<void> {
    this.#end.abort();
    await this.#turns.over();
  }

  async #tell({ id, repoPath }: Run, command: string): Promise<void> {
    const { store, log, now } = this.#parts;
    const key = `run_events:${id}`;
    const env = await this.#environments.read(id);
    for (;;) {
      const after = Number((await store.meta.get(key)) ?? 0);
      const events = await keptEvents(store.events, after, { runId: id, limit: atOnce });
      const last = events.at(-1);
      if (!last) return forgetEventFault(store, id);
      const input = events.map((event) => `${JSON.stringify(lineOf(event))}\n`).join("");
      const fault = isAddress(command)
        ? await post(command, input, this.#end.signal)
        : await this.#run({ repoPath, env }, command, input);
      this.#end.signal.throwIfAborted();
      if (fault !== null) {
        log("warn", "the command for events of a run failed", { run: id, ...fault });
        const { host = null, status = null, exitCode = null, said = null } = fault;
        const at = now();
        return keepEventFault(store, id, { at, host, status, exitCode, said });
      }
      await forgetEventFault(store, id);
      await store.meta.set(key, String(last.seq));
    }
  }

  async #run(
    { repoPath, env }: { readonly repoPath: string; readonly env: Environment | undefined },
    command: string,
    input: string,
  ): Promise<Fault | null> {
    const ended = await this.#parts.machine
      .exec(["/bin/sh", "-c", command], {
        timeoutMs: longestMs,
        signal: this.#end.signal,
        cwd: repoPath,
        input,
        ...(env ? { env } : {}),
      })
      .catch((thrown: unknown) => ({
        exitCode: null,
        stderr: messageWithWhy(AgentpoolError.from(thrown)),
      }));
    const { exitCode, stderr } = ended;
    return exitCode === 0 ? null : { exitCode, said: tellable(stderr) || null };
  }
}

type Fault = Partial<Omit<EventFault, "at">>;

/** What a command says may hold what it was told in confidence: addresses are secrets of many services. */
function tellable(text: string): string {
  const hosts = text.replace(/\bhttps?:\/\/[^\s"'<>]+/gi, (address) =>
    URL.canParse(address) ? `${new URL(address).host}/...` : "(an address)",
  );
  return redact(hosts).trim().slice(0, longestSaid);
}

/** Events go there and not to a shell. */
export function isAddress(command: string): boolean {
  return /^https?:\/\/\S+$/i.test(command);
}

/** The address may hold a secret: its host alone is told. */
async function post(address: string, body: string, end: AbortSignal): Promise<Fault | null> {
  if (!URL.canParse(address)) return { said: "the address cannot be read" };
  const { host } = new URL(address);
  try {
    const response = await fetch(address, {
      method: "POST",
      headers: { "content-type": "application/x-ndjson" },
      body,
      redirect: "manual",
      signal: AbortSignal.any([end, AbortSignal.timeout(longestMs)]),
    });
    await response.body?.cancel();
    return response.ok ? null : { host, status: response.status };
  } catch (thrown) {
    return { host, said: codeOf(thrown) };
  }
}

/** Why nobody answered, as the system calls it; the message may hold the address. */
function codeOf(thrown: unknown): string {
  const { cause, name = "Error" } = thrown as Partial<Error>;
  return (cause as NodeJS.ErrnoException | undefined)?.code ?? name;
}

function lineOf({ seq, at, runId, sessionId, body }: Event) {
  return { seq, at: formatTime(at), run_id: runId, session_id: sessionId, ...body };
}
