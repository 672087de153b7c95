import { bottomLines } from "./frame.mjs";
import { Status } from "./status.mjs";
import { Terminal } from "./terminal.mjs";

/** Keeps the screen and the window title as the agent is. */
export class Drawing {
  #agent;
  #hint = null;
  #due = null;
  /** While frozen, a timer that does nothing: without input nothing else keeps the process. */
  #frozen = null;

  constructor(agent) {
    this.#agent = agent;
    const { screen, flicker, needs_focus: focus } = agent.knobs;
    this.terminal = new Terminal({ alternate: screen === "alt", flicker, focus });
    this.status = new Status(agent);
  }

  /** Nothing is drawn and nothing is read. */
  get frozen() {
    return this.#frozen !== null;
  }

  freeze() {
    this.#frozen = setInterval(() => undefined, 60_000);
    this.#agent.record.add("frozen");
    this.status.stop();
    process.stdin.pause();
  }

  thaw() {
    clearInterval(this.#frozen);
    this.#frozen = null;
    this.#agent.record.add("thawed");
    process.stdin.resume();
    this.status.start();
    this.redraw();
  }

  /** Shows a remark in the footer for a while. */
  hint(text) {
    this.#hint = text;
    setTimeout(() => {
      this.#hint = null;
      this.redraw();
    }, 2000);
    this.redraw();
  }

  /** Draws soon; several changes at once become one frame. */
  redraw() {
    if (this.frozen || this.#due !== null) return;
    this.#due = setImmediate(() => {
      this.#due = null;
      if (!this.frozen && this.#agent.state !== "leaving") this.#paint();
    });
  }

  #paint() {
    const { terminal, status } = this;
    const { turn, desk, knobs, composer, conversation, queue, viewer, state } = this.#agent;
    if (knobs.title) terminal.title(status.title);
    const hidesComposer = turn !== null && knobs.busy_input === "ignore";
    const view = {
      stream: turn?.stream ?? null,
      status: desk.open ? "" : status.line,
      queued: queue.map(({ text }) => text),
      viewer,
      dialog: desk.open,
      starting: state === "starting",
      composer: state === "ready" && !hidesComposer,
      draft: shorten(composer.display),
      suggestion: turn ? "" : knobs.suggestion,
      placeholder: this.#placeholder(),
      footer: this.#hint ?? `? for help · ${this.#agent.model} · ${knobs.persona}`,
    };
    terminal.paint(conversation, bottomLines(view, terminal.columns, terminal.rows));
  }

  #placeholder() {
    const { knobs, turns } = this.#agent;
    switch (knobs.placeholder) {
      case "plain":
        return "Ask the fake agent anything";
      case "rotating":
        return `Try "${["fix the failing test", "explain this file", "add a flag"][turns % 3]}"`;
      default:
        return "";
    }
  }
}

function shorten(text) {
  return text.length <= 4000 ? text : `${text.slice(0, 2000)} … ${text.slice(-2000)}`;
}
