/** What the command was asked for. */
export interface Asked {
  /** Ids in upper case; all goals when none is named. */
  readonly goals: readonly string[];
  readonly quick: boolean;
  readonly json: string | null;
  readonly write: boolean;
  /** Measures although others keep the machine busy. */
  readonly busy: boolean;
  readonly node: string;
  readonly help: boolean;
}

export const usage = `npm run bench -- [goals] [options]

  G4 G12           only these goals; all when none is named
  --quick          few samples, a first look
  --json <file>    the whole report, with all summaries
  --write          puts the figures into docs/benchmarks.md
  --busy           measures although the machine is busy; the figures are worth little then
  --node <path>    the Node that the product and the limits of cold starts run on
`;

const known = ["--quick", "--write", "--busy", "--help", "-h"];

/** @throws {TypeError} that says what is wrong with the line */
export function readArguments(words: readonly string[]): Asked {
  const goals: string[] = [];
  const flags = new Set<string>();
  let json: string | null = null;
  let node = process.execPath;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (word === "--json" || word === "--node") {
      const value = words[++i];
      if (value === undefined) throw new TypeError(`${word} needs a path`);
      if (word === "--json") json = value;
      else node = value;
    } else if (known.includes(word)) flags.add(word);
    else if (/^[A-Za-z]+\d*$/.test(word)) goals.push(word.toUpperCase());
    else throw new TypeError(`"${word}" is neither a goal nor an option`);
  }
  return {
    goals,
    json,
    node,
    quick: flags.has("--quick"),
    write: flags.has("--write"),
    busy: flags.has("--busy"),
    help: flags.has("--help") || flags.has("-h"),
  };
}
