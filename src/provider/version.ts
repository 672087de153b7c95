/**
 * Whether a version lies in a range: comparators with blanks between them that must all hold
 * (`>=1.2 <2`), alternatives with `||`. `1.2` means any 1.2.x, `*` anything. A pre-release counts
 * as the version it leads to: what a vendor changes in 2.0.0 is in its betas too.
 */
export function isInRange(version: string, range: string): boolean {
  const parts = numbersOf(version);
  const alternatives = parseRange(range);
  if (!parts || !alternatives) return false;
  return alternatives.some((all) => all.every((comparator) => holds(parts, comparator)));
}

/** Why a range cannot be understood, or undefined when it can. */
export function rangeProblem(range: string): string | undefined {
  return parseRange(range) ? undefined : `"${range}" is no range of versions such as ">=1.2 <2"`;
}

/** What to say about a version nobody has tried the definition with; null when it was tried. */
export function untriedWarning(
  provider: { readonly id: string; readonly tried: readonly string[] },
  version: string | null,
): string | null {
  const { id, tried } = provider;
  const known = tried.length === 0 ? "none so far" : tried.join(", ");
  if (version === null) {
    return `the version of ${id} could not be told; tried: ${known}`;
  }
  if (tried.includes(version)) return null;
  return `${id} ${version} has not been tried with this agentpool (tried: ${known}); its screens and logs may read differently`;
}

interface Comparator {
  readonly operator: "<" | "<=" | ">" | ">=" | "=";
  readonly numbers: readonly number[];
}

function parseRange(range: string): Comparator[][] | undefined {
  const alternatives = range.split("||").map((alternative) => {
    const words = alternative.trim().split(/\s+/);
    return words.map((word): Comparator | undefined => {
      if (word === "*") return { operator: ">=", numbers: [0] };
      const match = /^(<=|>=|<|>|=)?v?(\d+(?:\.\d+)*)$/.exec(word);
      if (!match) return undefined;
      const operator = (match[1] ?? "=") as Comparator["operator"];
      return { operator, numbers: (match[2] ?? "").split(".").map(Number) };
    });
  });
  const whole = alternatives.map((all) => all.filter((entry) => entry !== undefined));
  const understood = whole.every((all, index) => all.length === alternatives[index]?.length);
  return understood ? whole : undefined;
}

function holds(version: readonly number[], { operator, numbers }: Comparator): boolean {
  // `=1.2` and `<=1.2` take in all of 1.2.x, so the rest of the version is not looked at
  const short = operator === "=" || operator === "<=" || operator === ">";
  const order = compare(short ? version.slice(0, numbers.length) : version, numbers);
  switch (operator) {
    case "=":
      return order === 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
  }
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function numbersOf(version: string): number[] | undefined {
  const match = /^v?(\d+(?:\.\d+)*)/.exec(version.trim());
  return match?.[1]?.split(".").map(Number);
}
