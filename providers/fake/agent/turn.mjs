import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { longText, parseDirectives } from "../directives.mjs";
import { misleadingProse, personas } from "../personas.mjs";
import { decode } from "./bytes.mjs";
import { approval, overage, plan, question } from "./dialogs.mjs";
import { runCommand } from "./run-command.mjs";

/** How a turn stops before its last step. */
class Stopped extends Error {
  constructor(outcome, details = {}) {
    super(outcome);
    this.outcome = outcome;
    this.details = details;
  }
}

/** One prompt and what the agent does with it, step by step. */
export class Turn {
  #agent;
  #steps;
  #stop;
  #stopped;
  #result = null;
  #answer = "";
  #changeMs;
  #tokens = null;
  #over = false;
  startedAt = Date.now();
  /** What is being streamed at the moment. */
  stream = null;
  background = null;

  constructor(agent, { n, bytes }) {
    this.#agent = agent;
    this.id = agent.turnId(n);
    this.n = n;
    this.text = decode(bytes);
    this.#steps = this.#stepsOf(this.text);
    this.#changeMs = agent.chance.ms("dialog_change_ms");
    this.#stopped = new Promise((_, reject) => (this.#stop = reject));
    this.#stopped.catch(() => undefined);
  }

  /** Gives `{outcome, result, tokens}` and what went wrong once nothing is left to do. */
  async run() {
    const agent = this.#agent;
    agent.channels.log("user", { turn: this.id, text: this.text });
    try {
      await this.#until(agent.channels.tell("UserPromptSubmit", this, { prompt: this.text }));
      const leftMs = agent.limitedUntil - Date.now();
      if (leftMs > 0) throw new Stopped("limited", { ms: leftMs, text: "Usage limit reached" });
      while (this.#steps.length > 0) {
        await this.#until(agent.pause(agent.chance.ms("pace_ms")));
        await this.#take(this.#steps.shift());
      }
      return this.#end("completed", {});
    } catch (thrown) {
      if (!(thrown instanceof Stopped)) throw thrown;
      return this.#end(thrown.outcome, thrown.details);
    } finally {
      this.#over = true;
    }
  }

  /** Nothing can join or stop it any more; its end is still being told. */
  get over() {
    return this.#over;
  }

  /** A text that joins the running turn. */
  steer(bytes) {
    const text = decode(bytes);
    const agent = this.#agent;
    agent.channels.log("user", { turn: this.id, text, delivery: "steering" });
    void agent.channels.tell("UserPromptSubmit", this, { prompt: text });
    this.#steps.push(...this.#stepsOf(text));
  }

  /** The interrupt key. Gives false when it does nothing. */
  interrupt() {
    if (this.#over) return false;
    if (this.#agent.ignoresInterrupts.strikes()) return false;
    this.#stop(new Stopped("interrupted"));
    return true;
  }

  #stepsOf(text) {
    const scripted = parseDirectives(text);
    const { knobs, prompts } = this.#agent;
    const steps =
      scripted.length > 0
        ? scripted
        : personas[knobs.persona].steps({
            prompt: text,
            n: this.n,
            before: prompts,
            knobs,
            hasTools: this.#agent.tools.given,
          });
    return knobs.prose ? [{ verb: "prose" }, ...steps] : [...steps];
  }

  /** What is awaited here ends at once when the turn is stopped. */
  #until(promise) {
    return Promise.race([promise, this.#stopped]);
  }

  async #take(step) {
    const agent = this.#agent;
    switch (step.verb) {
      case "say":
        return this.#say(step.text.replaceAll("{answer}", () => this.#answer));
      case "long":
        return this.#say(longText(step.chars));
      case "prose":
        return this.#say(misleadingProse);
      case "stream":
        return this.#streamFor(step.ms);
      case "sleep":
        return this.#until(agent.pause(step.ms));
      case "ask":
        return this.#ask(step);
      case "approve":
        return this.#approve(step);
      case "plan":
        return this.#plan(step);
      case "overage":
        return this.#overage(step);
      case "change":
        this.#changeMs = step.ms;
        return undefined;
      case "tool": {
        const call = agent.channels.nextCall();
        await this.#toolStarts(call, step.name, step.detail ?? "");
        await this.#until(agent.pause(agent.chance.ms("pace_ms")));
        return this.#toolEnds(call, true, "ok");
      }
      case "edit":
        return this.#change("Write", step.path, (path) => {
          const content = step.text === undefined ? "" : `${step.text}\n`;
          mkdirSync(dirname(path), { recursive: true });
          writeFileSync(path, content);
          return `wrote ${Buffer.byteLength(content)} bytes`;
        });
      case "delete":
        return this.#change("Delete", step.path, (path) => {
          rmSync(path);
          return "deleted";
        });
      case "run":
        return this.#run(step);
      case "mcp":
        await this.#callTool(step);
        return undefined;
      case "work":
        return this.#work(step);
      case "complete":
        return this.#complete(step);
      case "usage":
        this.#tokens = { input: step.input, output: step.output, cached: step.cached ?? 0 };
        return undefined;
      case "background":
        this.background = { count: step.count, ms: step.ms };
        return undefined;
      case "warn": {
        const message = step.text ?? "Server is busy, retrying (attempt 1 of 10)";
        agent.say({ kind: "note", text: message });
        agent.channels.log("limit_warning", { turn: this.id, message });
        return agent.channels.notify(this, "limit_warning", message);
      }
      case "limit":
        throw new Stopped("limited", { ms: step.ms, text: step.text ?? "Usage limit reached" });
      case "fail":
        throw new Stopped("failed", { error: step.text ?? "The request failed" });
      case "wrong":
        throw new Stopped("failed", { error: `bad directive "${step.line}": ${step.because}` });
      case "exit":
        return agent.ending.die(step.code, "directive");
      case "crash":
        return agent.ending.dieBySignal(step.signal ?? "SIGKILL", "directive");
      case "hang":
        agent.drawing.freeze();
        await (step.ms === undefined ? new Promise(() => undefined) : agent.pause(step.ms));
        return agent.drawing.thaw();
      case "bell":
        return agent.drawing.terminal.bell();
      default:
        throw new Error(`no step ${step.verb}`);
    }
  }

  #say(text) {
    this.#result = text;
    this.#agent.say({ kind: "assistant", text });
    this.#agent.channels.log("assistant", { turn: this.id, text });
  }

  async #streamFor(ms) {
    const agent = this.#agent;
    const words = Math.max(1, Math.round(ms / 200));
    this.stream = "";
    try {
      for (let word = 0; word < words; word++) {
        this.stream += `${word === 0 ? "" : " "}chunk${word}`;
        agent.redraw();
        await this.#until(agent.pause(Math.min(200, ms)));
      }
    } finally {
      const text = this.stream;
      this.stream = null;
      this.#say(text);
    }
  }

  async #ask({ text, options = [] }) {
    const tool = { name: "AskUserQuestion", detail: text };
    const { dialog, outcome } = await this.#decide(tool, question(text, options), "channel");
    this.#answer = outcome.text ?? outcome.option.label;
    await this.#toolEnds(dialog.call, true, `${dialog.text} ${this.#answer}`);
  }

  async #approve({ command }) {
    const agent = this.#agent;
    if (agent.alwaysAllowed.has(command)) {
      this.#answer = "approved";
      const call = agent.channels.nextCall();
      await this.#toolStarts(call, "Bash", command);
      return this.#toolEnds(call, true, "ran (allowed before)");
    }
    const tool = { name: "Bash", detail: command };
    const { dialog, outcome } = await this.#decide(tool, approval(command), "approvals");
    const allowed = outcome.option.role !== "deny";
    if (outcome.option.role === "allow_always") agent.alwaysAllowed.add(dialog.subject[0]);
    this.#answer = allowed ? "approved" : "denied";
    return this.#toolEnds(dialog.call, allowed, allowed ? "ran" : "not allowed");
  }

  async #plan({ items }) {
    const tool = { name: "ExitPlanMode", detail: items.join("; ") };
    const { dialog, outcome } = await this.#decide(tool, plan(items), "approvals");
    const allowed = outcome.option.role === "allow";
    this.#answer = allowed ? "carried out" : "kept in planning";
    await this.#toolEnds(dialog.call, allowed, this.#answer);
  }

  /** No channel of any real CLI tells of these; neither does ours. */
  async #overage({ text }) {
    const outcome = await this.#agent.desk.show(overage(text), { turn: this.id });
    if (outcome.how === "aborted") throw new Stopped("interrupted");
    this.#answer = outcome.option.label;
    if (outcome.option.role === "deny") {
      throw new Stopped("limited", { ms: this.#agent.knobs.limit_s * 1000, text: "Usage limit" });
    }
  }

  /**
   * Shows a dialog about a tool call until somebody answered it or the one that took its place.
   * `level` is the least setting of the knob `answers` with which a hook may answer it.
   */
  async #decide(tool, dialog, level) {
    const agent = this.#agent;
    const { answers } = agent.knobs;
    const byHook = answers === "channel" || (answers === "approvals" && level === "approvals");
    let shown = dialog;
    let { name, detail } = tool;
    let call = agent.channels.nextCall();
    const changeMs = this.#changeMs;
    this.#changeMs = null;
    for (;;) {
      const hidden = shown === dialog && byHook && !agent.knobs.dialog_during_hook;
      await this.#toolStarts(call, name, detail, shown);
      if (shown === dialog) {
        void agent.desk.show(dialog, { turn: this.id, call, changeMs, hidden });
      }
      const outcome = await this.#outcomeOf(shown, { name, detail, byHook });
      if (outcome.how === "answered") return { dialog: shown, outcome };
      await agent.channels.toolEnds(this, call, false, outcome.how);
      if (outcome.how === "aborted") throw new Stopped("interrupted");
      shown = outcome.by;
      ({ call } = shown);
      detail = shown.subject[0] ?? shown.text;
    }
  }

  async #outcomeOf(dialog, tool) {
    try {
      return await this.#until(this.#agent.channels.consult(this, dialog, tool));
    } catch (stopped) {
      this.#agent.desk.withdraw(dialog);
      throw stopped;
    }
  }

  async #change(name, path, change) {
    const agent = this.#agent;
    const target = resolve(agent.workPath, path);
    const call = agent.channels.nextCall();
    await this.#toolStarts(call, name, path);
    const inside = !relative(agent.workPath, target).startsWith("..");
    if (agent.readOnly || !inside) {
      const why = agent.readOnly ? "refused: read-only" : "refused: outside the work folder";
      return this.#toolEnds(call, false, why);
    }
    try {
      const done = change(target);
      agent.record.add("changed", { tool: name, path: target });
      return this.#toolEnds(call, true, done);
    } catch (error) {
      return this.#toolEnds(call, false, error.message);
    }
  }

  async #run({ command }) {
    const agent = this.#agent;
    if (!agent.knobs.allow_run) {
      throw new Stopped("failed", { error: "`!fake run` needs the option allow_run=on" });
    }
    const call = agent.channels.nextCall();
    await this.#toolStarts(call, "Bash", command);
    if (agent.readOnly) return this.#toolEnds(call, false, "refused: read-only");
    const { code, output } = await this.#until(runCommand(command, agent.workPath));
    agent.record.add("ran", { command, code });
    return this.#toolEnds(call, code === 0, `exit ${code}\n${output}`.trim());
  }

  /** A tool that fails is the agent's to deal with, as with real ones. */
  async #callTool({ name, json = "" }) {
    const agent = this.#agent;
    const call = agent.channels.nextCall();
    await this.#toolStarts(call, `mcp__agentpool__${name}`, json);
    const { ok, args, result, text } = await this.#until(
      agent.tools.call(name, json).catch((error) => ({ ok: false, text: error.message })),
    );
    agent.record.add("tool", { tool: name, args, ok, result, text });
    this.#answer = text;
    await this.#toolEnds(call, ok, text.split("\n").slice(0, 20).join("\n"));
    return { ok, result, text };
  }

  /** Takes a task; what its text says, its completion and the next one stand before all else. */
  async #work({ done }) {
    const { ok, result, text } = await this.#callTool({ name: "claim_task", json: "{}" });
    if (!ok) return this.#say(`No task could be taken: ${text}`);
    const { task } = result;
    if (task === null) return this.#say(`Nothing is left. Tasks done: ${done}.`);
    this.#result = null;
    const claim = { task_id: task.id, token: task.claim.token };
    const steps = parseDirectives(`${task.title}\n${task.body}`);
    const failure = steps.findIndex(({ verb }) => verb === "fail" || verb === "wrong");
    const failed = steps[failure];
    this.#steps.unshift(
      ...(failed ? steps.slice(0, failure) : steps),
      failed
        ? { verb: "complete", claim, error: failed.text ?? failed.because ?? "It cannot be done" }
        : { verb: "complete", claim },
      { verb: "work", done: done + 1 },
    );
    return undefined;
  }

  async #complete({ claim, error }) {
    // two braces would mean an earlier result
    const plain = (text) => text.slice(0, 10_000).replaceAll("{{", "{ {");
    const result = plain(this.#result ?? "done");
    const [name, args] =
      error === undefined
        ? ["complete_task", { ...claim, result }]
        : ["fail_task", { ...claim, error: plain(error) }];
    await this.#callTool({ name, json: JSON.stringify(args) });
  }

  #toolStarts(call, name, detail, dialog) {
    return this.#until(this.#agent.channels.toolStarts(this, call, name, detail, dialog));
  }

  #toolEnds(call, ok, text) {
    return this.#until(this.#agent.channels.toolEnds(this, call, ok, text));
  }

  #end(outcome, details) {
    const input = Math.ceil(this.text.length / 4) + 100;
    const output = Math.ceil((this.#result ?? "").length / 4);
    const tokens = this.#tokens ?? { input, output, cached: 0 };
    return { outcome, result: this.#result, tokens, ...details };
  }
}
