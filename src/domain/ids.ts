/** Kinds of things that carry an id, and the prefix each id starts with. */
export const idPrefixes = {
  session: "ap_",
  turn: "tn_",
  delivery: "dl_",
  prompt: "pr_",
  artifact: "af_",
  usage: "us_",
  lease: "ls_",
  task: "tk_",
  note: "nt_",
  run: "rn_",
  message: "ms_",
  thread: "th_",
  approval: "av_",
  decision: "dc_",
  workers: "wk_",
} as const;

export type IdKind = keyof typeof idPrefixes;

/** What an id of each kind is of, in a sentence. */
const nouns: Readonly<Record<IdKind, string>> = {
  session: "a session",
  turn: "a turn",
  delivery: "a delivery",
  prompt: "a dialog",
  artifact: "an artifact",
  usage: "a figure of usage",
  lease: "a lease",
  task: "a task",
  note: "a note",
  run: "a run",
  message: "a message",
  thread: "a thread",
  approval: "an approval",
  decision: "a decision",
  workers: "a group of workers",
};

/** Fewer characters than this after the prefix begin too many ids to mean one of them. */
const leastBeginning = 4;

/** Whether a text is long enough to mean one thing of a kind by the beginning of its id. */
export function isBeginning(kind: IdKind, text: string): boolean {
  const prefix = idPrefixes[kind];
  return text.startsWith(prefix) && text.length >= prefix.length + leastBeginning;
}

/** Says of what an id is that stands where one of another kind belongs; undefined for no id. */
export function otherKind(text: string, wanted: IdKind): string | undefined {
  const kinds = Object.keys(idPrefixes) as IdKind[];
  const kind = kinds.find((one) => text.startsWith(idPrefixes[one]));
  return kind === undefined || kind === wanted ? undefined : `${text} is the id of ${nouns[kind]}.`;
}

const base32 = "0123456789abcdefghjkmnpqrstvwxyz";

/**
 * Makes an id. Session ids are `ap_` and 12 hex digits, as users of the ancestor know them; the
 * others are sortable: 9 base32 digits of the time in milliseconds, then 8 of randomness, so that
 * ids made later sort later (to the millisecond; see `newId`).
 * @param random at least 6 random bytes
 */
export function makeId(kind: IdKind, nowMs: number, random: Uint8Array): string {
  if (kind === "session") {
    const hex = Array.from(random.subarray(0, 6), (byte) => byte.toString(16).padStart(2, "0"));
    return idPrefixes.session + hex.join("");
  }
  let time = "";
  for (let rest = nowMs, i = 0; i < 9; i++, rest = Math.floor(rest / 32)) {
    time = base32.charAt(rest % 32) + time;
  }
  const tail = Array.from(random.subarray(0, 8), (byte) => base32.charAt(byte % 32));
  return idPrefixes[kind] + time + tail.join("");
}
