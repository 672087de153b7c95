import { basename } from "node:path";
import { marks } from "./frame.mjs";

const verbs = ["Working", "Pondering", "Fluttering", "Brewing", "Reticulating", "Noodling"];
const noise = "✢✳✶✻✽·∗⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";

/** The line above the input line and the window title: what the agent is doing. */
export class Status {
  /** @type {string | null} */
  limit = null;
  backgroundJobs = 0;
  #agent;
  #timer = null;
  #tick = 0;
  #glyph = marks.working[0];
  #verb = verbs[0];

  constructor(agent) {
    this.#agent = agent;
  }

  start() {
    const { spinner } = this.#agent.knobs;
    clearInterval(this.#timer);
    if (spinner === "off") return;
    this.#timer = setInterval(() => this.#turnOver(spinner), spinner === "noisy" ? 100 : 500);
  }

  stop() {
    clearInterval(this.#timer);
  }

  get line() {
    const { turn, knobs } = this.#agent;
    if (turn) {
      const seconds = Math.floor((Date.now() - turn.startedAt) / 1000);
      const time = knobs.spinner === "off" ? "" : `${seconds}s · `;
      return `${this.#glyph} ${this.#verb}… (${time}esc to interrupt)`;
    }
    if (this.limit !== null) return `◷ ${this.limit}`;
    if (this.backgroundJobs > 0) return `◌ ${this.backgroundJobs} background job(s)`;
    return "";
  }

  get title() {
    const name = `fake · ${basename(this.#agent.workPath)}`;
    if (this.#agent.desk.open) return `[ ! ] ${name}`;
    return this.#agent.turn ? `${this.#titleGlyph} ${name}` : name;
  }

  get #titleGlyph() {
    return marks.working[this.#tick % marks.working.length];
  }

  #turnOver(spinner) {
    this.#tick += 1;
    this.#glyph = this.#titleGlyph;
    if (spinner === "noisy") {
      this.#glyph = this.#agent.chance.pick("glyph", noise);
      this.#verb = this.#agent.chance.pick("verb", verbs);
    }
    this.#agent.redraw();
  }
}
