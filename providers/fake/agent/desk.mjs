import { decode, dropLast } from "./bytes.mjs";
import { another } from "./dialogs.mjs";

/**
 * The dialogs that wait for an answer; the oldest one has the screen and the keys. Whoever shows a
 * dialog gets its outcome: `{how: "answered", option, text, by}`, `{how: "aborted"}` or
 * `{how: "replaced", by}` with the dialog that took its place.
 */
export class Desk {
  #agent;
  #waiting = [];
  #ids = 0;
  #swallows;

  constructor(agent) {
    this.#agent = agent;
    this.#swallows = agent.chance.times("swallow_answers");
  }

  /** The dialog that has the keys. */
  get open() {
    const first = this.#waiting[0];
    return first && !first.hidden ? first : null;
  }

  /** `changeMs` is the time until it becomes another one; a `hidden` one is not drawn yet. */
  show(dialog, { turn = null, call = null, changeMs = null, hidden = false } = {}) {
    this.#ids += 1;
    Object.assign(dialog, { id: `d${this.#ids}`, turn, call, changeMs, hidden });
    Object.assign(dialog, { cursor: 0, draft: "", timers: [] });
    dialog.outcome = new Promise((resolve) => (dialog.settle = resolve));
    this.#waiting.push(dialog);
    const first = this.#waiting.length === 1;
    this.#agent.record.add("dialog", {
      dialog: dialog.id,
      kind: dialog.kind,
      turn,
      call,
      text: [dialog.text, ...dialog.subject].join("\n"),
      options: dialog.options.map((option) => option.label),
      drawn: first && !hidden,
    });
    if (first) this.#reveal(dialog);
    return dialog.outcome;
  }

  /** The turn that asked is over. */
  withdraw(dialog) {
    if (this.#waiting.includes(dialog)) this.#close(dialog, "withdrawn", { how: "aborted" });
  }

  /** A dialog that was not drawn while its hook was asked is drawn now. */
  unhide(dialog) {
    if (!dialog.hidden || !this.#waiting.includes(dialog)) return;
    dialog.hidden = false;
    if (this.open === dialog) this.#drawn(dialog);
  }

  /** What a hook printed for this dialog. Anything but a choice for exactly it is left alone. */
  reply(dialog, printed) {
    const { record } = this.#agent;
    const open = this.#waiting.includes(dialog);
    if (printed === null || printed === "") return;
    const choice = readChoice(dialog, printed);
    if (!open || choice === undefined) {
      const because = open ? "the reply fits no option" : "the dialog was over";
      record.add("reply_ignored", { dialog: dialog.id, because, reply: printed });
      return;
    }
    this.#answer(dialog, choice, null, { by: "channel" });
  }

  /** A key while a dialog has the keys. Letters choose only where no text is asked for. */
  key(name) {
    const dialog = this.open;
    switch (name) {
      case "up":
      case "down": {
        const size = Math.max(dialog.options.length, 1);
        dialog.cursor = (dialog.cursor + (name === "up" ? size - 1 : 1)) % size;
        break;
      }
      case "backspace":
        dialog.draft = dropLast(dialog.draft);
        break;
      case "enter":
        if (this.#swallow("enter")) return;
        if (dialog.draft !== "") this.#answer(dialog, null, dialog.draft, { by: "key", key: name });
        else if (dialog.options.length > 0) {
          this.#answer(dialog, dialog.cursor, null, { by: "key", key: name });
        }
        return;
      case "escape":
        if (this.#swallow("escape")) return;
        if (dialog.escape === null) this.#abort(dialog, name);
        else this.#answer(dialog, dialog.escape, null, { by: "key", key: name });
        return;
      case "ctrl-c":
        this.#abort(dialog, name);
        return;
      default:
    }
    this.#agent.redraw();
  }

  /** One typed character, as bytes. */
  char(bytes) {
    const dialog = this.open;
    const digit = Number(bytes);
    if (dialog.draft === "" && digit >= 1 && digit <= dialog.options.length) {
      if (!this.#swallow(bytes)) this.#answer(dialog, digit - 1, null, { by: "key", key: bytes });
      return;
    }
    if (dialog.acceptsText) {
      dialog.draft += bytes;
      this.#agent.redraw();
      return;
    }
    const role = { y: "allow", p: "allow_always", n: "deny" }[bytes.toLowerCase()];
    const option = dialog.options.findIndex((candidate) => candidate.role === role);
    if (option < 0) this.#agent.record.add("lost_text", { dialog: dialog.id, text: decode(bytes) });
    else if (!this.#swallow(bytes)) this.#answer(dialog, option, null, { by: "key", key: bytes });
  }

  paste(bytes) {
    const dialog = this.open;
    if (!dialog.acceptsText) {
      this.#agent.record.add("lost_text", { dialog: dialog.id, text: decode(bytes) });
      return;
    }
    dialog.draft += bytes;
    this.#agent.redraw();
  }

  #reveal(dialog) {
    const { knobs } = this.#agent;
    if (dialog.changeMs !== null) {
      dialog.timers.push(setTimeout(() => this.#replace(dialog), dialog.changeMs));
    }
    if (knobs.exit_in_dialog_ms !== null && dialog.turn !== null) {
      const die = () => this.#agent.ending.die(knobs.exit_code, "exit_in_dialog_ms");
      dialog.timers.push(setTimeout(die, this.#agent.chance.ms("exit_in_dialog_ms")));
    }
    this.#agent.redraw();
  }

  /** The other one is in its place in the same frame; hooks and log learn of it afterwards. */
  #replace(dialog) {
    const next = another(dialog);
    const later = this.#waiting.splice(0);
    const call = dialog.call === null ? null : this.#agent.channels.nextCall();
    this.#end(dialog, "replaced");
    void this.show(next, { turn: dialog.turn, call });
    this.#waiting.push(...later.filter((waiting) => waiting !== dialog));
    dialog.settle({ how: "replaced", by: next });
  }

  #abort(dialog, key) {
    this.#agent.record.add("answer", {
      dialog: dialog.id,
      kind: dialog.kind,
      option: null,
      index: null,
      text: null,
      by: "key",
      key,
      aborts: true,
    });
    this.#close(dialog, "aborted", { how: "aborted" });
  }

  #answer(dialog, option, text, { by, key = null }) {
    this.#agent.record.add("answer", {
      dialog: dialog.id,
      kind: dialog.kind,
      option: option === null ? null : dialog.options[option].label,
      index: option === null ? null : option + 1,
      text: text === null ? null : decode(text),
      by,
      key,
      aborts: false,
    });
    this.#close(dialog, "answered", {
      how: "answered",
      option: option === null ? null : dialog.options[option],
      text: text === null ? null : decode(text),
      by,
    });
  }

  #end(dialog, because) {
    for (const timer of dialog.timers) clearTimeout(timer);
    this.#agent.record.add("dialog_closed", { dialog: dialog.id, because });
  }

  #close(dialog, because, outcome) {
    const wasFirst = this.#waiting[0] === dialog;
    this.#waiting.splice(this.#waiting.indexOf(dialog), 1);
    this.#end(dialog, because);
    dialog.settle(outcome);
    const next = this.#waiting[0];
    if (wasFirst && next) {
      this.#reveal(next);
      if (!next.hidden) this.#drawn(next);
    }
    this.#agent.redraw();
  }

  #drawn(dialog) {
    this.#agent.record.add("dialog_drawn", { dialog: dialog.id });
    this.#agent.redraw();
  }

  #swallow(key) {
    if (!this.#swallows.strikes()) return false;
    this.#agent.record.add("answer_swallowed", { dialog: this.open.id, key });
    return true;
  }
}

/**
 * Index of the option that a hook's output chooses: `{"dialog": "d3", "option": "Yes"}` for one
 * dialog alone, or `{"behavior": "allow" | "deny"}`. Undefined when it chooses nothing here.
 */
function readChoice(dialog, printed) {
  let reply;
  try {
    reply = Object(JSON.parse(printed));
  } catch {
    return undefined;
  }
  if (reply.dialog !== undefined && reply.dialog !== dialog.id) return undefined;
  const index = dialog.options.findIndex(
    (option) => option.label === reply.option || option.role === reply.behavior,
  );
  return index < 0 ? undefined : index;
}
