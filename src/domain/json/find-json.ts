/** So many places of a text are tried as the beginning of a value, */
const mostTries = 200;
/** and so many characters looked at for their ends: whoever waits for the answer is not held up. */
const mostCharacters = 2_000_000;

/**
 * Every JSON value in an agent's answer that could be the one that was asked for, the likeliest
 * first: the whole text, then fenced blocks, the last of them first, then objects and lists that
 * stand in prose, the longest first. Agents put words around what they were asked for; whoever asked
 * knows its shape and takes the first that has it.
 */
export function jsonCandidates(text: string): unknown[] {
  const whole = parse(text);
  if (whole) return [whole.value];
  const fenced = fencedBlocks(text)
    .toReversed()
    .flatMap((block) => parse(block) ?? inProse(block));
  return [...fenced, ...inProse(text)].map(({ value }) => value);
}

interface Found {
  readonly value: unknown;
  readonly length: number;
}

function parse(text: string): Found | null {
  try {
    return { value: JSON.parse(text) as unknown, length: text.length };
  } catch {
    return null;
  }
}

/** Contents of blocks between lines of three or more backticks or tildes; an open one reaches to the end. */
function fencedBlocks(text: string): string[] {
  const blocks: string[] = [];
  let fence: string | null = null;
  let lines: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1] ?? null;
    if (fence === null) {
      if (mark !== null) [fence, lines] = [mark, []];
    } else if (mark?.startsWith(fence)) {
      blocks.push(lines.join("\n"));
      fence = null;
    } else lines.push(line);
  }
  if (fence !== null) blocks.push(lines.join("\n"));
  return blocks;
}

/** Objects and lists that stand between words, the longest first. */
function inProse(text: string): Found[] {
  const found: Found[] = [];
  const opening = /[[{]/g;
  let left = mostCharacters;
  for (let tries = 0; tries < mostTries && left > 0; tries++) {
    const at = opening.exec(text)?.index;
    if (at === undefined) break;
    const end = endOfValue(text, at);
    left -= (end ?? text.length) - at;
    const value = end === null ? null : parse(text.slice(at, end));
    if (value && end !== null) {
      found.push(value);
      opening.lastIndex = end;
    }
  }
  return found.toSorted((a, b) => b.length - a.length);
}

/** Where the brackets that open at `from` are closed again, strings left out; null for nowhere. */
function endOfValue(text: string, from: number): number | null {
  let depth = 0;
  let inString = false;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (inString) {
      if (character === "\\") at++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") {
      if (--depth === 0) return at + 1;
    }
  }
  return null;
}
