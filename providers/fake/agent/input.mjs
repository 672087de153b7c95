import { decode } from "./bytes.mjs";
import { KeyReader } from "./keys.mjs";

/** Time after which a lone Escape is the key itself and not the beginning of a sequence. */
const escapeMs = 25;

/** What an agent in the field was left with of a prompt of 2 kB. */
const cutToBytes = 88;

/**
 * Takes what the terminal sends to where it belongs at that instant: the open dialog, the input
 * line, or nowhere. Faults of the keyboard side live here.
 */
export class Input {
  #agent;
  #reader = new KeyReader();
  #escapeTimer = null;
  #lastTextAt = 0;
  #focused = false;
  #exitAskedAt = 0;
  #swallows;
  #loses;
  #cuts;
  #popsUp;

  constructor(agent) {
    this.#agent = agent;
    this.#swallows = agent.chance.times("swallow_enters");
    this.#loses = agent.chance.times("lose_pastes");
    this.#cuts = agent.chance.times("cut_pastes");
    this.#popsUp = agent.chance.times("dialog_on_paste");
  }

  /** Before this the terminal echoes and holds input itself, as it does for any program. */
  open() {
    const { stdin } = process;
    stdin.setRawMode(true);
    stdin.on("data", (chunk) => this.#take(chunk));
    for (const event of ["end", "error", "close"])
      stdin.on(event, () => this.#agent.ending.hungUp());
    stdin.resume();
  }

  #take(chunk) {
    const agent = this.#agent;
    const bytes = chunk.toString("latin1");
    if (agent.knobs.record_raw) agent.record.add("input", { base64: chunk.toString("base64") });
    if (agent.state === "starting") {
      agent.record.add("lost_text", { dialog: null, text: decode(bytes), because: "too early" });
      return;
    }
    clearTimeout(this.#escapeTimer);
    for (const event of this.#reader.push(bytes)) this.#handle(event);
    if (this.#reader.pending) {
      this.#escapeTimer = setTimeout(() => {
        for (const event of this.#reader.flush()) this.#handle(event);
      }, escapeMs);
    }
    if (agent.knobs.slow_read_ms !== null) {
      process.stdin.pause();
      setTimeout(() => {
        if (!agent.drawing.frozen) process.stdin.resume();
      }, agent.chance.ms("slow_read_ms"));
    }
  }

  #handle(event) {
    const agent = this.#agent;
    if (event.kind === "key") {
      this.#key(event.name);
    } else if (event.kind === "paste") {
      this.#paste(event.bytes);
    } else if (agent.desk.open || agent.viewer) {
      // one key may close the dialog, and the rest then goes elsewhere
      for (const char of event.bytes) this.#char(char);
    } else {
      this.#text(event.bytes);
    }
    agent.redraw();
  }

  #char(char) {
    const agent = this.#agent;
    if (agent.viewer) {
      if (char === "q") agent.viewer = false;
    } else if (agent.desk.open) {
      agent.desk.char(char);
    } else {
      this.#text(char);
    }
  }

  #text(bytes) {
    const agent = this.#agent;
    this.#lastTextAt = Date.now();
    if (!this.#reachesComposer) {
      const because = agent.viewer ? "viewer" : agent.state;
      agent.record.add("lost_text", { dialog: null, text: decode(bytes), because });
      return;
    }
    agent.composer.addText(bytes);
  }

  #paste(bytes) {
    const agent = this.#agent;
    const dialog = agent.desk.open?.id ?? null;
    const forComposer = dialog === null && this.#reachesComposer;
    const arrived = forComposer ? this.#whatArrives(bytes) : bytes;
    agent.recordBytes("paste", bytes, { dialog, arrived: arrived.length });
    if (dialog !== null) agent.desk.paste(bytes);
    else if (!forComposer) this.#text(bytes);
    else this.#compose(arrived);
  }

  get #reachesComposer() {
    return this.#agent.takesText && !this.#agent.viewer;
  }

  #compose(pasted) {
    const agent = this.#agent;
    this.#lastTextAt = Date.now();
    agent.composer.addPaste(pasted, agent.knobs.paste_placeholder_bytes);
    if (this.#popsUp.strikes()) agent.popUp(agent.chance.ms("dialog_on_paste_ms"));
  }

  #whatArrives(bytes) {
    if (this.#loses.strikes()) return "";
    return this.#cuts.strikes() ? bytes.slice(0, cutToBytes) : bytes;
  }

  #key(name) {
    const agent = this.#agent;
    if (name === "focus-in" || name === "focus-out") this.#focused = name === "focus-in";
    else if (agent.viewer) agent.viewer = !["escape", "ctrl-c", "ctrl-t"].includes(name);
    else if (name === "ctrl-t") agent.viewer = true;
    else if (name === "ctrl-l") agent.drawing.terminal.forget();
    else if (agent.desk.open) agent.desk.key(name);
    else this.#composerKey(name);
  }

  #composerKey(name) {
    const agent = this.#agent;
    const { composer } = agent;
    switch (name) {
      case "enter":
        this.#enter();
        return;
      case "newline":
        if (agent.takesText) composer.addText("\n");
        return;
      case "backspace":
        composer.backspace();
        return;
      case "ctrl-u":
        this.#clear();
        return;
      case "escape":
        agent.interrupt();
        return;
      case "ctrl-c":
        if (agent.interrupt()) return;
        if (composer.empty) this.#askedToExit();
        else this.#clear();
        return;
      case "ctrl-d":
        if (composer.empty && agent.turn === null) this.#askedToExit();
        return;
      default:
    }
  }

  #enter() {
    const agent = this.#agent;
    const { composer, knobs } = agent;
    const burstMs = agent.chance.ms("paste_burst_ms") ?? 0;
    const acted = (how) => agent.record.add("enter", { how });
    if (knobs.needs_focus && !this.#focused) {
      acted("unfocused");
    } else if (composer.empty) {
      acted("empty");
    } else if (this.#swallows.strikes()) {
      acted("swallowed");
    } else if (Date.now() - this.#lastTextAt < burstMs) {
      composer.addSoftNewline();
      acted("newline");
    } else if (agent.turn && knobs.busy_input === "hold") {
      acted("held");
    } else {
      acted("submitted");
      agent.submit(composer.take(), "keys");
    }
  }

  #clear() {
    const agent = this.#agent;
    const bytes = agent.composer.take();
    if (bytes !== "") agent.recordBytes("cleared", bytes);
  }

  #askedToExit() {
    const agent = this.#agent;
    const now = Date.now();
    if (now - this.#exitAskedAt < 2000) {
      void agent.ending.leave("keys");
      return;
    }
    this.#exitAskedAt = now;
    agent.drawing.hint("Press Ctrl-C again to exit");
  }
}
