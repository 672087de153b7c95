/** Kinds of things that carry an id, and the prefix each id starts with. */
export const idPrefixes = {
  session: "ap_",
  turn: "tn_",
  delivery: "dl_",
  prompt: "pr_",
  artifact: "af_",
  usage: "us_",
  lease: "ls_",
} as const;

export type IdKind = keyof typeof idPrefixes;

const base32 = "0123456789abcdefghjkmnpqrstvwxyz";

/**
 * Makes an id. Session ids are `ap_` and 12 hex digits, as users of the ancestor know them; the
 * others are sortable: 9 base32 digits of the time in milliseconds, then 8 of randomness, so that
 * ids made later sort later (to the millisecond).
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
