import { AgentpoolError } from "../domain/errors.ts";
import type { Pattern } from "./definition.ts";

export function matches(pattern: Pattern, text: string): boolean {
  return compile(pattern).plain.test(text);
}

/** The first match with the places of its groups (`indices`). */
export function findMatch(pattern: Pattern, text: string): RegExpExecArray | null {
  const { located } = compile(pattern);
  located.lastIndex = 0;
  return located.exec(text);
}

/** Every match in one line, with the places of its groups. */
export function findMatches(pattern: Pattern, text: string): RegExpExecArray[] {
  const { located } = compile(pattern);
  const found: RegExpExecArray[] = [];
  located.lastIndex = 0;
  for (let match = located.exec(text); match; match = located.exec(text)) {
    found.push(match);
    if (match[0] === "") located.lastIndex += 1;
  }
  return found;
}

/** Why a source cannot be compiled, or undefined when it can. */
export function patternProblem(source: string): string | undefined {
  try {
    void RegExp(source, "u");
    return undefined;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

interface Compiled {
  readonly plain: RegExp;
  /** Tells where groups lie, which `plain` does not for the sake of speed. */
  readonly located: RegExp;
}

const fromExpressions = new WeakMap<RegExp, Compiled>();
const fromSources = new Map<string, Compiled>();

/**
 * Each pattern is compiled once per process.
 * @throws invalid_config when a source is no regular expression; the check of a definition has
 *   said so before.
 */
function compile(pattern: Pattern): Compiled {
  const known =
    typeof pattern === "string" ? fromSources.get(pattern) : fromExpressions.get(pattern);
  if (known) return known;
  if (typeof pattern !== "string") {
    // g and y make an expression remember where it stopped, so that it fails every other time
    const compiled = both(pattern.source, pattern.flags.replace(/[dgy]/g, ""));
    fromExpressions.set(pattern, compiled);
    return compiled;
  }
  const problem = patternProblem(pattern);
  if (problem !== undefined) {
    throw new AgentpoolError("invalid_config", `/${pattern}/ is no pattern`, { why: problem });
  }
  const compiled = both(pattern, "u");
  fromSources.set(pattern, compiled);
  return compiled;
}

function both(source: string, flags: string): Compiled {
  return { plain: new RegExp(source, flags), located: new RegExp(source, `${flags}dg`) };
}
