import { personas } from "./personas.mjs";

export const hookEvents = Object.freeze([
  "SessionStart",
  "UserPromptSubmit",
  "PreToolUse",
  "PostToolUse",
  "PermissionRequest",
  "Stop",
  "Notification",
  "SessionEnd",
]);

const hookFaults = ["never", "late", "twice", "foreign"];

/**
 * Every option of the scripted agent. Kinds: `flag` on|off · `choice` · `count` whole number ·
 * `ms` a number, `A..B` for a random one drawn by the seed, or `off` · `times` the first N times, or
 * with a chance of `P%` · `text` · `path` absolute · `signals` · `faults`. Names may be written with
 * dashes.
 */
export const knobs = Object.freeze({
  persona: choice("completed", Object.keys(personas), "what it does with an unscripted prompt"),
  seed: count(1, "start of everything random"),
  record: path("file of the agent's own record, JSON lines"),
  record_raw: flag("off", "the record holds every byte that was read, too"),

  hooks: flag("on", "hook commands are called"),
  log: flag("on", "the transcript is written"),
  log_dialogs: flag("on", "the transcript tells of dialogs"),
  log_delay_ms: ms("off", "transcript lines come this late"),
  log_split: flag("off", "transcript lines come in two halves"),
  title: flag("on", "the window title is set"),
  answers: choice("approvals", ["approvals", "channel", "keys"], "dialogs a hook may answer"),
  dialog_during_hook: flag("on", "a dialog is drawn while its hook may still answer"),
  stop_always: flag("off", "the Stop hook also follows failed and limited turns"),
  hook_fault: faults("EVENT:never|late|twice|foreign, several with commas, * for all events"),
  hook_late_ms: ms("1000", "how late a late hook is"),

  screen: choice("alt", ["alt", "inline"], "alternate screen, or inline with scrollback"),
  spinner: choice("calm", ["calm", "noisy", "off"], "noisy: 10 a second, random glyph and verb"),
  placeholder: choice("off", ["off", "plain", "rotating"], "hint in the empty input line"),
  suggestion: text("dim suggested text in the empty input line"),
  paste_placeholder_bytes: count(1000, "longer pastes show as a placeholder"),
  flicker: flag("off", "a blank frame before every redraw"),
  prose: flag("off", "every answer also says what looks like a dialog, a limit, an error"),

  pace_ms: ms("20", "time each step takes at least"),
  composer_delay_ms: ms("off", "the input line appears so late"),
  early_input: choice("lost", ["lost", "queued"], "what becomes of input before that"),
  slow_read_ms: ms("off", "stops reading so long after every chunk it read"),
  exit_delay_ms: ms("off", "leaving by command takes so long"),

  lose_pastes: times("pastes vanish"),
  cut_pastes: times("of pastes only the first 88 bytes arrive"),
  swallow_enters: times("Enters at the input line do nothing"),
  swallow_answers: times("keys that would choose in a dialog do nothing"),
  ignore_interrupts: times("interrupts do nothing"),
  paste_burst_ms: ms("off", "Enter within this time after text is a newline"),
  needs_focus: flag("off", "Enter does nothing until the terminal reports focus"),
  busy_input: choice(
    "queue",
    ["queue", "steer", "hold", "ignore"],
    "text sent during a turn: queued, joins the turn, waits in the input line, or is lost",
  ),

  trust: choice("off", ["off", "on", "always"], "trust dialog at start; on: unless told to trust"),
  update: flag("off", "update dialog at start"),
  nudge_ms: ms("off", "a dialog about limits pops up so long after start"),
  dialog_on_paste: times("a dialog pops up after a paste, before its Enter"),
  dialog_on_paste_ms: ms("0", "how long after that paste"),
  dialog_change_ms: ms("off", "every first dialog of a turn becomes another after this time"),
  exit_in_dialog_ms: ms("off", "the process ends with exit_code so long after a dialog opened"),

  exit_code: count(3, "code of a crash"),
  ignore_signals: signals("signals that do nothing, of TERM, HUP, INT"),
  term_exit: choice("code", ["code", "signal"], "ends by 128+n, or by the signal itself"),
  grandchild: flag("off", "keeps a process in a session of its own that ignores signals"),
  auto_continue: flag("off", "goes on by itself when its limit resets"),
  allow_run: flag("off", "`!fake run` really runs commands"),

  long_chars: count(12000, "length of the long_result persona's answer"),
  slow_s: count(5, "duration of the slow persona's answer in seconds"),
  limit_s: count(3600, "time until the limit persona's limit resets, in seconds"),
});

/**
 * The values of all knobs from what was given as text. A persona's own settings stand below what
 * was given.
 * @throws {TypeError} that names the knob and the value; `hint` says what would fit.
 */
export function readKnobs(given) {
  const named = {};
  for (const [name, value] of Object.entries(given)) named[name.replaceAll("-", "_")] = value;
  for (const name of Object.keys(named)) {
    if (!Object.hasOwn(knobs, name)) throw unknown("option", name, Object.keys(knobs));
  }
  const persona = read("persona", named.persona);
  const settings = { ...personas[persona].knobs, ...named };
  return Object.fromEntries(Object.keys(knobs).map((name) => [name, read(name, settings[name])]));
}

function read(name, given) {
  const knob = knobs[name];
  if (given === undefined) return knob.parse(knob.default);
  const value = knob.parse(String(given));
  if (value !== undefined) return value;
  if (knob.choices) throw unknown(name, given, knob.choices);
  throw misfit(`The fake agent's ${name} cannot be "${given}"`, `It takes ${knob.takes}.`);
}

function unknown(what, word, known) {
  const near = known
    .map((name) => ({ name, far: distance(word, name) }))
    .sort((a, b) => a.far - b.far)[0];
  const meant = near.far <= 3 ? `Did you mean "${near.name}"? ` : "";
  return misfit(
    `The fake agent knows no ${what} "${word}"`,
    `${meant}It knows ${known.join(", ")}.`,
  );
}

function misfit(message, hint) {
  return Object.assign(new TypeError(message), { hint });
}

/** Edit distance of two words. */
function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}

function flag(byDefault, about) {
  const parse = (word) => (word === "on" ? true : word === "off" ? false : undefined);
  return { default: byDefault, about, takes: "on or off", choices: ["on", "off"], parse };
}

function choice(byDefault, choices, about) {
  const parse = (word) => {
    const name = word.replaceAll("-", "_");
    return choices.includes(name) ? name : undefined;
  };
  return { default: byDefault, about, takes: choices.join(", "), choices, parse };
}

function count(byDefault, about) {
  const parse = (word) => (/^\d{1,9}$/.test(word) ? Number(word) : undefined);
  return { default: String(byDefault), about, takes: "a whole number", parse };
}

function ms(byDefault, about) {
  const parse = (word) => {
    if (word === "off") return byDefault === "off" ? null : [0, 0];
    const [, from, to] = /^(\d{1,9})(?:\.\.(\d{1,9}))?$/.exec(word) ?? [];
    if (from === undefined) return undefined;
    const range = [Number(from), Number(to ?? from)];
    return range[0] <= range[1] ? range : undefined;
  };
  return { default: byDefault, about, takes: "milliseconds, a range A..B, or off", parse };
}

function times(about) {
  const parse = (word) => {
    const [, number, percent] = /^(\d{1,4})(%?)$/.exec(word) ?? [];
    if (number === undefined) return undefined;
    return percent === "" ? { first: Number(number) } : { percent: Math.min(Number(number), 100) };
  };
  return { default: "0", about, takes: "how often at first, N, or a chance, P%", parse };
}

function text(about) {
  return { default: "", about, takes: "text", parse: (word) => word };
}

function path(about) {
  const parse = (word) => (word === "" || word.startsWith("/") ? word : undefined);
  return { default: "", about, takes: "an absolute path", parse };
}

function signals(about) {
  const parse = (word) => {
    const names = word === "" ? [] : word.split(",").map((name) => name.replace(/^SIG/, ""));
    return names.every((name) => ["TERM", "HUP", "INT"].includes(name)) ? names : undefined;
  };
  return { default: "", about, takes: "a list of TERM, HUP and INT", parse };
}

function faults(about) {
  const parse = (word) => {
    if (word === "") return [];
    const pairs = word.split(",").map((pair) => {
      const [event, fault] = pair.split(":");
      return { event, fault };
    });
    const fits = ({ event, fault }) =>
      (event === "*" || hookEvents.includes(event)) && hookFaults.includes(fault);
    return pairs.every(fits) ? pairs : undefined;
  };
  const takes = `EVENT:FAULT, events ${hookEvents.join(", ")} or *, faults ${hookFaults.join(", ")}`;
  return { default: "", about, takes, parse };
}
