/**
 * Input is kept byte for byte as it came from the terminal: in strings of which every character
 * is one byte. Only what is drawn or logged is decoded.
 */

/** Text of a byte string; what is no UTF-8 shows as the replacement character. */
export function decode(bytes) {
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** The byte string of a text. */
export function encode(text) {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** Removes the last character, which may be several bytes. */
export function dropLast(bytes) {
  let end = bytes.length - 1;
  while (end > 0 && (bytes.charCodeAt(end) & 0xc0) === 0x80) end--;
  return bytes.slice(0, Math.max(end, 0));
}
