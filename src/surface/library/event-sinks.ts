import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { redact } from "../../platform/redact.ts";
import { toSnake } from "./camel-case.ts";
import { wrong } from "./given.ts";
import type { EventCallback, PoolEvent } from "./pool-event.ts";

export interface EventSinkOptions {
  readonly eventCallback?: EventCallback | undefined;
  /**
   * A line of JSON for each event, redacted; the file is made when it is not there, 0600. When it cannot
   * be written any more, that is a warning of the process and stops nothing.
   */
  readonly logFile?: string | undefined;
}

/** Where the events of one pool or pipeline go: its callback, its file, and loops over them. */
export class EventSinks {
  readonly #callback: EventCallback | undefined;
  readonly #write: (event: PoolEvent) => void;
  readonly #loops = new Set<Loop>();
  #isClosed = false;

  /** @throws Error of the file system when the log file cannot be written */
  constructor({ eventCallback, logFile }: EventSinkOptions) {
    if (eventCallback !== undefined && typeof eventCallback !== "function") {
      throw wrong("AgentPool", "eventCallback", "is no function");
    }
    this.#callback = eventCallback;
    this.#write = logFile === undefined ? () => undefined : writer(logFile);
  }

  tell(event: PoolEvent): void {
    this.#write(event);
    for (const loop of this.#loops) loop.push(event);
    if ("agentId" in event) this.#call(event);
    if (event.type === "run_ended") this.end();
  }

  /** The loops over what was told end. */
  end(): void {
    for (const loop of this.#loops) loop.end();
    this.#loops.clear();
  }

  /** Nothing more is told: loops that are begun later end at once. */
  close(): void {
    this.#isClosed = true;
    this.end();
  }

  /** Everything from now on, to the end of the run that goes on or begins next. */
  events(): AsyncIterableIterator<PoolEvent> {
    const loop = new Loop();
    if (this.#isClosed) loop.end();
    else this.#loops.add(loop);
    return loop.read(() => this.#loops.delete(loop));
  }

  #call({ agentId, type, data }: Extract<PoolEvent, { readonly agentId: string }>): void {
    const warn = (thrown: unknown): void =>
      process.emitWarning(thrown instanceof Error ? thrown : new Error(String(thrown)));
    try {
      Promise.resolve(this.#callback?.(agentId, type, data)).catch(warn);
    } catch (thrown) {
      warn(thrown);
    }
  }
}

function writer(file: string): (event: PoolEvent) => void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // one that cannot be written is told before anything begins
  appendFileSync(file, "", { mode: 0o600 });
  let isBroken = false;
  return ({ type, at: atMs, ...facts }) => {
    const at = new Date(atMs).toISOString();
    const told = { at, level: "info", message: type, ...(toSnake(facts) as object) };
    try {
      // of a line that did not fit anymore the beginning may be there
      const line = `${isBroken ? "\n" : ""}${redact(JSON.stringify(told))}\n`;
      appendFileSync(file, line, { mode: 0o600 });
      isBroken = false;
    } catch (thrown) {
      if (!isBroken) process.emitWarning(`Events are missing in ${file}: ${String(thrown)}`);
      isBroken = true;
    }
  };
}

/** Holds what a slow reader has not read yet. */
class Loop {
  readonly #waiting: PoolEvent[] = [];
  #isOver = false;
  #ring: () => void = () => undefined;

  push(event: PoolEvent): void {
    this.#waiting.push(event);
    this.#ring();
  }

  end(): void {
    this.#isOver = true;
    this.#ring();
  }

  async *read(left: () => void): AsyncGenerator<PoolEvent, undefined> {
    try {
      for (;;) {
        const event = this.#waiting.shift();
        if (event) yield event;
        else if (this.#isOver) return;
        else await new Promise<void>((resolve) => (this.#ring = resolve));
      }
    } finally {
      left();
    }
  }
}
