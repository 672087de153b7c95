import { commandIn, commands } from "../commands.mjs";
import { decode, encode } from "./bytes.mjs";
import { Chance } from "./chance.mjs";
import { Channels } from "./channels.mjs";
import { Composer } from "./composer.mjs";
import { Conversation } from "./conversation.mjs";
import { Desk } from "./desk.mjs";
import { approval, nudge, trust, update } from "./dialogs.mjs";
import { Drawing } from "./drawing.mjs";
import { Ending } from "./ending.mjs";
import { spawnGrandchild } from "./grandchild.mjs";
import { Input } from "./input.mjs";
import { exactly, Record } from "./record.mjs";
import { Tools } from "./tools.mjs";
import { Turn } from "./turn.mjs";

/** Node fires a longer timer at once. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * The scripted agent: one conversation in one terminal. States: `starting`, then `asking` while
 * dialogs stand before the input line, `ready`, at last `leaving`.
 */
export class Agent {
  state = "starting";
  /** A view that covers everything else. */
  viewer = false;
  turn = null;
  turns;
  limitedUntil = 0;
  composer = new Composer();
  conversation = new Conversation();
  /** Prompts of earlier turns, cut. */
  prompts;
  /** Submitted during a turn: `{bytes, text, prompt}`. */
  queue = [];
  alwaysAllowed = new Set();
  #promptsTaken = 0;
  #backgroundJobs = 0;
  #config;

  /**
   * `config` as `../agent.mjs` reads it; `knobs` are values, not texts; `earlier` is the conversation
   * to go on with.
   */
  constructor(config) {
    this.#config = config;
    this.turns = config.earlier?.turns ?? 0;
    this.prompts = config.earlier?.prompts.map(cut) ?? [];
    this.knobs = config.knobs;
    this.model = config.model;
    this.readOnly = config.readOnly;
    this.workPath = process.cwd();
    this.chance = new Chance(this.knobs);
    this.record = new Record(this.knobs.record);
    this.ignoresInterrupts = this.chance.times("ignore_interrupts");
    this.channels = new Channels(this, config);
    this.tools = new Tools(config.server ?? null);
    this.drawing = new Drawing(this);
    this.ending = new Ending(this);
    this.desk = new Desk(this);
    this.input = new Input(this);
  }

  async start() {
    const { record, knobs, drawing } = this;
    const { terminal } = drawing;
    const { version, prompt, earlier } = this.#config;
    record.add("start", {
      version,
      conversation: this.channels.conversation,
      ...(earlier ? { resumed: earlier.prompts } : {}),
      pid: process.pid,
      columns: terminal.columns,
      rows: terminal.rows,
      cwd: this.workPath,
    });
    this.ending.listen();
    process.stdout.on("resize", () => this.#resized());
    terminal.enter();
    this.say({ kind: "note", text: `fake agent ${version} · ${this.model}\n${this.workPath}` });
    for (const entry of earlier?.said ?? []) this.say(entry);
    if (earlier) this.channels.log("resumed", { turns: earlier.turns });
    await this.#openInput();
    this.state = "asking";
    await this.#startDialogs();
    this.state = "ready";
    terminal.takeInput();
    record.add("ready");
    if (knobs.grandchild) record.add("grandchild", { pid: await spawnGrandchild() });
    this.redraw();
    await this.channels.tell("SessionStart", null, { source: earlier ? "resume" : "startup" });
    const nudgeMs = this.chance.ms("nudge_ms");
    if (nudgeMs !== null) setTimeout(() => void this.desk.show(nudge()), nudgeMs);
    if (prompt !== null) this.submit(encode(prompt), "argument");
  }

  // --- prompts -------------------------------------------------------------------------------

  /** Whether there is an input line to take text. */
  get takesText() {
    return this.state === "ready" && !(this.turn && this.knobs.busy_input === "ignore");
  }

  /** A text was submitted. This is the moment at which the agent has it. */
  submit(bytes, via) {
    const text = decode(bytes);
    const command = via === "keys" ? commandIn(text) : undefined;
    if (command !== undefined) {
      this.record.add("command", { command });
      this.#obey(command);
      return;
    }
    const joins = this.knobs.busy_input === "steer" && this.turn?.over === false;
    const taken = this.turn === null ? "now" : joins ? "steered" : "queued";
    this.#promptsTaken += 1;
    this.recordBytes("prompt", bytes, { prompt: this.#promptsTaken, via, taken });
    if (taken === "now") {
      void this.#begin(bytes, this.#promptsTaken);
    } else if (taken === "steered") {
      this.say({ kind: "user", text });
      this.turn.steer(bytes);
    } else {
      this.queue.push({ bytes, text, prompt: this.#promptsTaken });
      this.channels.log("queued", { text });
      this.redraw();
    }
  }

  /** The interrupt key. Gives false when there was nothing to interrupt. */
  interrupt() {
    if (this.turn === null) return false;
    const { id } = this.turn;
    this.record.add("interrupt", { turn: id, obeyed: this.turn.interrupt() });
    return true;
  }

  /** The log of a process that was killed may lack its last turn, whose name must not come again. */
  turnId(n) {
    const { earlier } = this.#config;
    return earlier ? `t${n}.${earlier.resumes + 1}` : `t${n}`;
  }

  async #begin(bytes, prompt) {
    this.turns += 1;
    const turn = new Turn(this, { n: this.turns, bytes });
    this.turn = turn;
    this.record.add("turn_start", { turn: turn.id, prompt });
    this.say({ kind: "user", text: turn.text });
    this.drawing.status.start();
    const ended = await turn.run();
    this.prompts.push(cut(turn.text));
    await this.#finish(turn, ended);
    this.turn = null;
    this.drawing.status.stop();
    this.redraw();
    const next = this.queue.shift();
    if (next && this.state === "ready") void this.#begin(next.bytes, next.prompt);
  }

  async #finish(turn, { outcome, result, error = null, tokens, ms = 0, text = null }) {
    const { channels, record } = this;
    const seconds = Math.round((Date.now() - turn.startedAt) / 1000);
    const resetsAt = outcome === "limited" ? Date.now() + ms : null;
    const message = resetsAt === null ? error : `${text} · resets at ${iso(resetsAt)}`;
    if (outcome === "completed") this.say({ kind: "note", text: `Worked for ${seconds}s` });
    else if (outcome === "interrupted") {
      this.say({ kind: "error", text: "Interrupted · what should I do instead?" });
    } else this.say({ kind: "error", text: message });
    if (resetsAt !== null) {
      channels.log("limit", { turn: turn.id, message, resets_at: iso(resetsAt) });
      this.#limit(resetsAt, message);
    }
    if (turn.background) this.#runInBackground(turn);
    channels.log("usage", { turn: turn.id, ...tokens });
    const failed = outcome === "failed" || outcome === "limited";
    if (outcome === "completed" || (failed && this.knobs.stop_always)) {
      const jobs = this.#backgroundJobs;
      await channels.tell("Stop", turn, { last_assistant_message: result, background_jobs: jobs });
    }
    channels.log("turn_end", { turn: turn.id, outcome, last_message: result, error: message });
    record.add("turn_end", { turn: turn.id, outcome, result });
  }

  #limit(resetsAt, message) {
    // a refusal during a limit repeats it, it doesn't begin another
    if (this.limitedUntil > Date.now()) return;
    this.limitedUntil = resetsAt;
    this.drawing.status.limit = message;
    const leftMs = resetsAt - Date.now();
    if (leftMs > longestTimerMs) return;
    setTimeout(() => {
      this.drawing.status.limit = null;
      this.record.add("limit_lifted");
      if (this.knobs.auto_continue && this.turn === null) this.submit("continue", "auto");
      this.redraw();
    }, leftMs);
  }

  #runInBackground(turn) {
    const { count, ms } = turn.background;
    const report = (change) => {
      this.#backgroundJobs += change;
      this.drawing.status.backgroundJobs = this.#backgroundJobs;
      this.channels.log("background", { count: this.#backgroundJobs });
      this.redraw();
    };
    report(count);
    setTimeout(() => {
      report(-count);
      const jobs = { background_jobs: this.#backgroundJobs };
      void this.channels.notify(turn, "background_jobs", "Background jobs ended", jobs);
    }, ms);
  }

  #obey(command) {
    if (command === "/help") this.say({ kind: "note", text: commands.join(" ") });
    else if (command !== "/clear") void this.ending.leave("command");
    else if (this.turn === null) {
      this.channels.begin(`${this.#config.conversation}-${this.turns + 1}`);
      this.prompts = [];
      this.say({ kind: "note", text: "New conversation" });
      void this.channels.tell("SessionStart", null, { source: "clear" });
    }
  }

  // --- start ---------------------------------------------------------------------------------

  /** Until the input is opened, the terminal itself echoes and holds what is typed. */
  async #openInput() {
    const delayMs = this.chance.ms("composer_delay_ms") ?? 0;
    const late = this.knobs.early_input === "queued";
    if (!late) this.input.open();
    if (delayMs > 0) await this.pause(delayMs);
    if (late) this.input.open();
  }

  async #startDialogs() {
    const { knobs, ending } = this;
    if (knobs.update) {
      const outcome = await this.desk.show(update(this.#config.version));
      if (outcome.how === "aborted" || outcome.option.role === "allow") ending.die(0, "update");
    }
    if (knobs.trust === "always" || (knobs.trust === "on" && !this.#config.trusted)) {
      const outcome = await this.desk.show(trust(this.workPath));
      if (outcome.how === "aborted" || outcome.option.role === "deny") ending.die(1, "trust");
    }
  }

  /** A dialog of no turn, which comes between a paste and its Enter. */
  popUp(delayMs) {
    const show = () => void this.desk.show(approval("npm install left-pad"));
    if (delayMs === 0) show();
    else setTimeout(show, delayMs);
  }

  #resized() {
    const { columns, rows } = this.drawing.terminal;
    this.record.add("resize", { columns, rows });
    this.drawing.terminal.forget();
    this.redraw();
  }

  // --- what all parts need -------------------------------------------------------------------

  /** Adds to the conversation on screen. */
  say(entry) {
    this.conversation.add(entry);
    this.redraw();
  }

  redraw() {
    this.drawing.redraw();
  }

  recordBytes(fact, bytes, details = {}) {
    this.record.add(fact, { ...details, ...exactly(bytes) });
  }

  pause(ms) {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }
}

function cut(prompt) {
  return prompt.slice(0, 300);
}

function iso(at) {
  return new Date(at).toISOString();
}
