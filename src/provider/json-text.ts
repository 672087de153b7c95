/** A JSON text that knows where in it each of its values stands. */
export interface JsonText {
  readonly value: unknown;
  /** The line of a field such as `models[2].id`, or of what would hold it where it is missing. */
  readonly lineOf: (path: string) => number;
}

/** Where a text stops being JSON. */
export interface JsonFault {
  readonly line: number;
  /** The field in which that is, else the one that ends before; "" where there is none. */
  readonly field: string;
  readonly reason: string;
}

/** Reads JSON; the engine's own parser tells neither lines nor fields. */
export function readJson(
  text: string,
): { readonly json: JsonText } | { readonly fault: JsonFault } {
  const body = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const scanner = new Scanner(body);
  try {
    scanner.whole();
  } catch (thrown) {
    if (!(thrown instanceof Stop)) throw thrown;
    return {
      fault: { line: lineAt(body, thrown.at), field: thrown.field, reason: thrown.message },
    };
  }
  const lineOf = (path: string): number => {
    for (let inner = path; ; inner = holderOf(inner)) {
      const at = scanner.places.get(inner);
      if (at !== undefined) return lineAt(body, at);
    }
  };
  return { json: { value: JSON.parse(body) as unknown, lineOf } };
}

const deepest = 100;

class Stop extends Error {
  readonly at: number;
  readonly field: string;

  constructor(at: number, field: string, reason: string) {
    super(reason);
    this.at = at;
    this.field = field;
  }
}

/** Walks over a text once and notes where each value begins, an object's entry at its name. */
class Scanner {
  readonly places = new Map<string, number>();
  readonly #text: string;
  #at = 0;
  /** The field that began last. */
  #last = "";

  constructor(text: string) {
    this.#text = text;
  }

  whole(): void {
    this.#blanks();
    this.places.set("", this.#at);
    this.#value("", 0);
    this.#blanks();
    if (this.#at < this.#text.length) this.#stop("", `${this.#found()} follows after its end`);
  }

  #value(path: string, depth: number): void {
    if (depth > deepest) this.#stop(path, `it is nested deeper than ${deepest}`);
    const char = this.#text[this.#at];
    if (char === "{") this.#object(path, depth);
    else if (char === "[") this.#list(path, depth);
    else if (!this.#skip(scalar)) this.#stop(path, `${this.#found()} is no value`);
  }

  #object(path: string, depth: number): void {
    this.#entries(path, "}", () => {
      const at = this.#at;
      if (!this.#skip(string)) this.#stop(path, `${this.#found()} is no name in double quotes`);
      const name = JSON.parse(this.#text.slice(at, this.#at)) as string;
      const inner = path === "" ? name : `${path}.${name}`;
      this.places.set(inner, at);
      this.#last = inner;
      this.#blanks();
      this.#expect(":", inner);
      this.#blanks();
      this.#value(inner, depth + 1);
    });
  }

  #list(path: string, depth: number): void {
    let index = 0;
    this.#entries(path, "]", () => {
      const inner = `${path}[${index}]`;
      index += 1;
      this.places.set(inner, this.#at);
      this.#value(inner, depth + 1);
    });
  }

  #entries(path: string, end: string, entry: () => void): void {
    this.#at += 1;
    this.#blanks();
    if (this.#text[this.#at] === end) {
      this.#at += 1;
      return;
    }
    for (;;) {
      if (this.#text[this.#at] === end) this.#stop(path, `there is a comma before ${end}`);
      entry();
      this.#blanks();
      if (this.#text[this.#at] === end) break;
      this.#expect(",", path, ` or ${end}`);
      this.#blanks();
    }
    this.#at += 1;
  }

  #expect(char: string, path: string, other = ""): void {
    if (this.#text[this.#at] !== char) {
      this.#stop(path, `${this.#found()} stands where ${char}${other} is expected`);
    }
    this.#at += 1;
  }

  #blanks(): void {
    this.#skip(blank);
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }

  #found(): string {
    if (this.#at >= this.#text.length) return "the end of the text";
    word.lastIndex = this.#at;
    return JSON.stringify(word.exec(this.#text)?.[0] ?? this.#text[this.#at]);
  }

  #stop(path: string, reason: string): never {
    throw new Stop(this.#at, path === "" ? this.#last : path, reason);
  }
}

const blank = /[ \t\r\n]*/y;
const word = /[\w./'-]{1,40}/y;
// oxlint-disable-next-line no-control-regex
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;
const scalar = new RegExp(
  `${string.source}|-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?(?![\\w.])|(?:true|false|null)(?!\\w)`,
  "y",
);

function lineAt(text: string, at: number): number {
  let line = 1;
  for (
    let next = text.indexOf("\n");
    next !== -1 && next < at;
    next = text.indexOf("\n", next + 1)
  ) {
    line += 1;
  }
  return line;
}

/** `a.b` of `a.b.c` and of `a.b[3]`; the outermost value of a field. */
function holderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("."), path.lastIndexOf("[")));
}
