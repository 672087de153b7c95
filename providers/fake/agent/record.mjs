import { appendFileSync } from "node:fs";
import { createHash } from "node:crypto";

/**
 * What the agent really experienced, one JSON line a fact, in the order in which it happened.
 * Each line is written before the agent goes on, so that a kill loses nothing that counts.
 */
export class Record {
  #path;
  #n = 0;

  constructor(path) {
    this.#path = path;
  }

  add(fact, details = {}) {
    if (this.#path === "") return;
    this.#n += 1;
    const line = JSON.stringify({ n: this.#n, at: Date.now(), fact, ...details });
    appendFileSync(this.#path, `${line}\n`, { mode: 0o600 });
  }
}

/** Length, hash and text of bytes; the bytes themselves when they are no text. */
export function exactly(bytes) {
  const buffer = Buffer.from(bytes, "latin1");
  const text = buffer.toString("utf8");
  const sha256 = createHash("sha256").update(buffer).digest("hex");
  const isText = Buffer.from(text, "utf8").equals(buffer);
  return { bytes: buffer.length, sha256, text: isText ? text : null, ...base64(isText, buffer) };
}

function base64(isText, buffer) {
  return isText ? {} : { base64: buffer.toString("base64") };
}
