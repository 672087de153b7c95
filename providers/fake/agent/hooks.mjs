/** As a hidden helper conversation of a real CLI reports itself. */
const foreignConversation = {
  session_id: "00000000-0000-4000-8000-000000000000",
  turn_id: "x1",
  source: "subagent",
};

/**
 * Calls the hook commands the agent was started with, as the real CLIs do: through a shell, the
 * payload as JSON on standard input. Faults make a hook silent, late, double or foreign.
 */
export class Hooks {
  #commands;
  #knobs;
  #record;
  #delayMs;
  #spawn = null;
  #last = Promise.resolve();

  /** `commands`: `{command, timeoutMs}` by event. `delayMs()` draws the delay of a late hook. */
  constructor(commands, { knobs, record, delayMs }) {
    this.#commands = knobs.hooks ? commands : {};
    this.#knobs = knobs;
    this.#record = record;
    this.#delayMs = delayMs;
  }

  /** Calls a hook after those before it and waits until it is done or its time is up. */
  call(event, payload) {
    this.#last = this.#last.then(async () => {
      const run = await this.#start(event, payload);
      await run?.done;
    });
    return this.#last;
  }

  /**
   * Calls a hook that may answer. Gives `{reply, stop}`: `reply` becomes what it printed, `null`
   * when it has nothing to say; `stop` ends it because nobody waits any more.
   */
  async ask(event, payload) {
    const run = await this.#start(event, payload);
    return run ? { reply: run.done, stop: run.stop } : { reply: Promise.resolve(null), stop() {} };
  }

  /** How the commands are started is loaded when one is needed: it costs memory. */
  async #start(event, payload) {
    const hook = this.#commands[event];
    const faults = this.#knobs.hook_fault
      .filter((fault) => fault.event === event || fault.event === "*")
      .map(({ fault }) => fault);
    if (!hook) return undefined;
    this.#spawn ??= (await import("node:child_process")).spawn;
    const body = { hook_event_name: event, ...payload };
    if (faults.includes("foreign")) {
      const foreign = { ...body, ...foreignConversation };
      this.#record.add("hook", { event, how: "foreign" });
      await this.#run(hook, foreign).done;
    }
    if (faults.includes("never")) {
      this.#record.add("hook", { event, how: "never" });
      return undefined;
    }
    if (faults.includes("late")) {
      setTimeout(() => {
        this.#record.add("hook", { event, how: "late" });
        this.#run(hook, body);
      }, this.#delayMs());
      return undefined;
    }
    this.#record.add("hook", { event, how: "called" });
    const run = this.#run(hook, body);
    if (!faults.includes("twice")) return run;
    await run.done;
    this.#record.add("hook", { event, how: "twice" });
    return this.#run(hook, body);
  }

  #run(hook, body) {
    const child = this.#spawn("/bin/sh", ["-c", hook.command], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    const printed = [];
    const done = new Promise((resolve) => {
      const timer = setTimeout(() => child.kill("SIGTERM"), hook.timeoutMs);
      child.stdout.on("data", (chunk) => printed.push(chunk));
      child.on("error", () => resolve(null));
      child.on("close", () => {
        clearTimeout(timer);
        resolve(printed.length === 0 ? null : Buffer.concat(printed).toString("utf8").trim());
      });
    });
    // a hook may end without reading what it is told
    child.stdin.on("error", () => undefined);
    child.stdin.end(JSON.stringify(body));
    return { done, stop: () => child.kill("SIGTERM") };
  }
}
