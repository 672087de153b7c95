/**
 * A file in which nothing can be changed, taken out or put in unseen: each line holds the hash of
 * the line before and its own, over both. It shows changes; it does not show who made the file.
 */

/** SHA-256 as hex. */
export type Hash = (text: string) => string;

export type ChainRecord = Readonly<Record<string, unknown>>;

/** What stands before the first line. */
export const chainStart = "0".repeat(64);

/** One line, and the hash that the next one names. */
export function chainLine(
  record: ChainRecord,
  previous: string,
  hash: Hash,
): { readonly line: string; readonly sha256: string } {
  const told = { ...record, previous };
  const sha256 = hash(previous + canonical(told));
  return { line: JSON.stringify({ ...told, sha256 }), sha256 };
}

export interface Broken {
  /** From 1. */
  readonly line: number;
  readonly why: string;
}

/** Reads a file line by line, and says what is wrong with it first. */
export class ChainReader {
  readonly #hash: Hash;
  #previous = chainStart;
  #line = 0;
  #seq = 0;
  #events = 0;
  #ended: number | undefined;

  constructor(hash: Hash) {
    this.#hash = hash;
  }

  /** Events so far. */
  get events(): number {
    return this.#events;
  }

  get sha256(): string {
    return this.#previous;
  }

  /** What is wrong with the next line, or null. */
  read(text: string): Broken | null {
    this.#line += 1;
    if (this.#ended !== undefined) return this.#broken("it stands behind the last line");
    const record = parse(text);
    if (!record) return this.#broken("it is no JSON object");
    const { sha256, ...told } = record;
    if (told["previous"] !== this.#previous) {
      return this.#broken(
        this.#line === 1
          ? "it is not the first line of the file it is from"
          : `it does not follow line ${this.#line - 1}: one between was taken out or put in, or the order changed`,
      );
    }
    if (sha256 !== this.#hash(this.#previous + canonical(told))) {
      return this.#broken("it was changed: its hash is another");
    }
    this.#previous = sha256;
    return this.#judge(told);
  }

  /** What is wrong with a file that ends here, or null. */
  end(): Broken | null {
    if (this.#ended !== undefined) return null;
    this.#line += 1;
    return this.#broken("the last line is missing: the file was cut");
  }

  #judge(record: ChainRecord): Broken | null {
    const { line, seq } = record;
    const isFirst = this.#line === 1;
    if (isFirst !== (line === "begin")) return this.#broken("a file has one first line");
    if (line === "event") {
      if (typeof seq !== "number" || seq <= this.#seq) {
        return this.#broken(`its event is not after ${this.#seq}`);
      }
      this.#seq = seq;
      this.#events += 1;
    } else if (line === "end") {
      if (record["events"] !== this.#events) {
        return this.#broken(`it tells of ${String(record["events"])} events, not ${this.#events}`);
      }
      this.#ended = this.#line;
    }
    return null;
  }

  #broken(why: string): Broken {
    return { line: this.#line, why };
  }
}

/** One text for one value, whatever the order its keys came in. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`);
  return `{${entries.join(",")}}`;
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
