/**
 * The id that a text handed over at this time will have. The agent orders its conversation by id
 * and answers only a message that comes after its own last one, so ours are made as it makes its
 * own: the time in 1/4096 ms, cut to 48 bits, then 14 letters and digits.
 */
export function messageId({ deliveryId, at }: { deliveryId: string; at: number }): string {
  const time = ((BigInt(at) << 12n) & 0xffff_ffff_ffffn).toString(16).padStart(12, "0");
  const name = deliveryId.replace(/[^0-9A-Za-z]/g, "").slice(-14);
  return `msg_${time}${name.padStart(14, "0")}`;
}

/** The id of that message's only part; with it, a repeated hand-over writes the same part again. */
export function partIdOf(messageId: string): string {
  return messageId.replace(/^msg_/, "prt_");
}
