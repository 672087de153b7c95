import { createContext, Script, type Context } from "node:vm";

/** As long as the longest line the engine hands to a pattern. */
const lineLength = 1_000;
/** What works for so long is slow. */
const patienceMs = 400;
/** Bounds of the tries by the clock: a busy machine may stop us for longer than the first of them. */
const triesMs = [50, 500, 1_000, 2_000, 4_000];

/**
 * Whether a pattern may take so long on one line that it would stop everything else. Only
 * patterns that can be slow at all are tried: with a repetition inside a repetition, or with
 * several open ones after each other. They run in a context of their own, under a clock; but a clock
 * goes on while we are stopped, so that what counts is how long this process worked.
 */
export function isSlowPattern({ source, flags }: RegExp): boolean {
  if (!mayBeSlow(source)) return false;
  const context = createContext({ source, flags, lines: probes(source) });
  for (const timeout of triesMs) {
    const since = process.cpuUsage();
    const isOver = !outlasts(context, timeout);
    const { user, system } = process.cpuUsage(since);
    if (user + system >= patienceMs * 1_000) return true;
    if (isOver) return false;
  }
  return true;
}

const trial = new Script(
  "{ const e = new RegExp(source, flags); for (const line of lines) e.test(line); }",
);

function outlasts(context: Context, timeout: number): boolean {
  try {
    trial.runInContext(context, { timeout });
    return false;
  } catch (thrown) {
    // the error is one of the other context's, so `instanceof Error` does not hold
    const code = typeof thrown === "object" && thrown !== null && "code" in thrown && thrown.code;
    if (code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return true;
    throw thrown;
  }
}

function mayBeSlow(source: string): boolean {
  const plain = source.replaceAll(/\\./g, "x").replaceAll(/\[[^\]]*\]/g, "x");
  let open = 0;
  const groups: boolean[] = [];
  for (let i = 0; i < plain.length; i++) {
    const char = plain.charAt(i);
    if (char === "(") groups.push(false);
    const repeats = /^(?:[*+]|\{\d+,\})/.test(plain.slice(i + 1));
    if (char === ")") {
      const inner = groups.pop() ?? false;
      if (repeats && inner) return true;
      if (inner && groups.length > 0) groups[groups.length - 1] = true;
    }
    const alternates = char === "|";
    if ((repeats || alternates) && groups.length > 0) groups[groups.length - 1] = true;
    if (repeats) open += 1;
  }
  return open >= 3;
}

/**
 * Lines of one character over and over, which almost match and then do not; each also behind the
 * text that the pattern wants first.
 */
function probes(source: string): string[] {
  const literal = /^\^?([^\\^$.*+?()[\]{}|]*)/.exec(source)?.[1] ?? "";
  const characters = new Set(`a1 -_.─${source.replaceAll(/\\[A-Za-z]/g, "")}`.match(/./gsu));
  const repeated = [...characters, "a ", "1.", "ab", "- "];
  return repeated.flatMap((piece) => {
    const line = piece.repeat(Math.floor((lineLength - 1) / piece.length));
    return [`${line}\u0001`, `${literal}${line}`.slice(0, lineLength - 1).concat("\u0001")];
  });
}
