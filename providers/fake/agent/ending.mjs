const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };

/** All the ways in which the agent's process ends, or refuses to. */
export class Ending {
  #agent;

  constructor(agent) {
    this.#agent = agent;
  }

  listen() {
    for (const signal of Object.keys(signalNumbers)) {
      process.on(signal, () => this.#signalled(signal));
    }
    process.on("uncaughtException", (error) => this.#broken(error));
    process.on("unhandledRejection", (error) => this.#broken(error));
    // the terminal may go away while we write to it
    process.stdout.on("error", () => undefined);
  }

  /** Leaves as asked by a person. */
  async leave(how) {
    const agent = this.#agent;
    if (agent.state === "leaving") return;
    agent.state = "leaving";
    agent.channels.flush();
    await agent.channels.tell("SessionEnd", agent.turn, { reason: how });
    await agent.pause(agent.chance.ms("exit_delay_ms") ?? 0);
    this.die(0, how);
  }

  /** Ends at once. */
  die(code, because) {
    this.#lastWords({ code, signal: null, because });
    process.exit(code);
  }

  /** Resolves never: a signal to oneself need not arrive before the call returns. */
  dieBySignal(signal, because) {
    this.#lastWords({ code: null, signal, because });
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    return new Promise(() => undefined);
  }

  /** The terminal is gone. */
  hungUp() {
    if (!this.#agent.knobs.ignore_signals.includes("HUP")) this.#signalled("SIGHUP");
    // nothing else is left that would keep the process alive
    else setInterval(() => undefined, 60_000);
  }

  #signalled(signal) {
    const { knobs, record } = this.#agent;
    const ignored = knobs.ignore_signals.includes(signal.slice(3));
    record.add("signal", { signal, ignored });
    if (ignored) return;
    if (knobs.term_exit === "signal") void this.dieBySignal(signal, signal);
    else this.die(128 + signalNumbers[signal], signal);
  }

  #lastWords(end) {
    this.#agent.record.add("exit", end);
    this.#agent.drawing.terminal.leave(`fake agent ended (${end.because})`);
  }

  #broken(error) {
    const what = String(error?.stack ?? error);
    this.#agent.drawing.terminal.leave(`fake agent: ${what}`);
    try {
      // which may be what is broken
      this.#agent.record.add("bug", { error: what });
    } finally {
      process.exit(70);
    }
  }
}
