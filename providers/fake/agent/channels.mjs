import { Hooks } from "./hooks.mjs";
import { Transcript } from "./transcript.mjs";

/** What the agent tells the world besides its screen: hooks and transcript, of one conversation. */
export class Channels {
  #agent;
  #hooks;
  #transcript = null;
  #calls;
  /** Tool calls that have begun and not ended. */
  #tools = new Map();

  constructor(agent, { hooks, log, conversation, earlier }) {
    this.#agent = agent;
    this.#calls = earlier?.calls ?? 0;
    this.#hooks = new Hooks(hooks, {
      knobs: agent.knobs,
      record: agent.record,
      delayMs: () => agent.chance.ms("hook_late_ms"),
    });
    this.#open(log, conversation, earlier?.entries);
  }

  get conversation() {
    return this.#transcript.conversation;
  }

  /** A new conversation has a log of its own, beside the old one. */
  begin(conversation) {
    const path = this.#transcript.path.replace(/[^/]*$/, `${conversation}.jsonl`);
    this.#open(path, conversation);
  }

  log(type, details) {
    this.#transcript.add(type, details);
  }

  /** All that was held back is written. */
  flush() {
    this.#transcript.flush();
  }

  /** Calls a hook and waits for it. */
  tell(event, turn, details) {
    return this.#hooks.call(event, this.#payload(turn, details));
  }

  notify(turn, type, message, details = {}) {
    return this.tell("Notification", turn, { notification_type: type, message, ...details });
  }

  nextCall() {
    this.#calls += 1;
    return `c${this.#calls}`;
  }

  async toolStarts(turn, call, name, detail, dialog) {
    this.#tools.set(call, { name, detail });
    this.log("tool_call", { turn: turn.id, call, name, detail });
    const input = dialog ? { detail, ...describe(dialog) } : { detail };
    await this.tell("PreToolUse", turn, {
      tool_use_id: call,
      tool_name: name,
      tool_input: input,
    });
  }

  async toolEnds(turn, call, ok, text) {
    const { name, detail } = this.#tools.get(call);
    this.#tools.delete(call);
    this.#agent.say({ kind: "tool", text: `${name}(${detail})`, result: text });
    this.log("tool_result", { turn: turn.id, call, ok, text });
    await this.tell("PostToolUse", turn, {
      tool_use_id: call,
      tool_name: name,
      ok,
      tool_response: text,
    });
  }

  /** Tells of a dialog that is on the desk, lets a hook answer it, and gives its outcome. */
  async consult(turn, dialog, { name, detail, byHook }) {
    const { desk, knobs } = this.#agent;
    const about = { turn: turn.id, call: dialog.call };
    if (knobs.log_dialogs) this.log("dialog_opened", { ...about, ...describe(dialog) });
    let ask = null;
    // a question is told by its tool call alone, unless hooks may answer questions
    if (byHook || dialog.kind !== "question") {
      ask = await this.#hooks.ask(
        "PermissionRequest",
        this.#payload(turn, {
          tool_use_id: dialog.call,
          tool_name: name,
          tool_input: { detail, ...describe(dialog) },
          dialog_id: dialog.id,
        }),
      );
      void ask.reply.then((printed) => {
        if (byHook) desk.reply(dialog, printed);
        desk.unhide(dialog);
      });
    }
    void this.notify(turn, "permission_prompt", dialog.text);
    const outcome = await dialog.outcome;
    ask?.stop();
    if (knobs.log_dialogs) this.log("dialog_closed", { ...about, how: outcome.how });
    return outcome;
  }

  /** What every hook is told. */
  #payload(turn, details) {
    return {
      session_id: this.conversation,
      turn_id: turn?.id ?? null,
      transcript_path: this.#agent.knobs.log ? this.#transcript.path : null,
      cwd: this.#agent.workPath,
      pid: process.pid,
      ...details,
    };
  }

  #open(path, conversation, entries = 0) {
    const { knobs } = this.#agent;
    this.#transcript?.flush();
    this.#transcript = new Transcript(path, conversation, {
      off: !knobs.log || path === "",
      entries,
      split: knobs.log_split,
      delayMs: () => this.#agent.chance.ms("log_delay_ms") ?? 0,
    });
  }
}

function describe(dialog) {
  return {
    kind: dialog.kind,
    text: [dialog.text, ...dialog.subject].join("\n"),
    subject: dialog.subject[0] ?? null,
    options: dialog.options,
    accepts_text: dialog.acceptsText ?? false,
  };
}
