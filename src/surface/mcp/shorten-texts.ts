/** Bytes of the texts in a list: what a model can read beside all else it holds. */
const mostOfMany = 48_000;
/** Bytes of the texts of one thing: hosts give up a connection at 10 MB, and an answer has it twice. */
const mostOfOne = 2_500_000;
/** Texts that are shorter are never cut. */
const leastChars = 400;

/**
 * Cuts long texts where an answer would be more than its host can take. Results, messages and bodies
 * may have a megabyte each: in a list of several they share what is left of a model's attention, and
 * what is asked for alone is handed out whole. The longest are cut first.
 */
export function shortenTexts(output: unknown): unknown {
  const sizes: Sizes = { many: [], one: [] };
  walk(output, "one", (text, place) => {
    sizes[place].push(sizeOf(text));
    return text;
  });
  const caps = { many: fairShare(sizes.many, mostOfMany), one: fairShare(sizes.one, mostOfOne) };
  if (caps.many === Infinity && caps.one === Infinity) return output;
  return walk(output, "one", (text, place) => cut(text, caps[place]));
}

type Place = "many" | "one";
type Sizes = Record<Place, number[]>;

function walk(
  value: unknown,
  place: Place,
  change: (text: string, place: Place) => string,
): unknown {
  if (typeof value === "string") return value.length > leastChars ? change(value, place) : value;
  if (Array.isArray(value)) {
    const inside = value.length > 1 ? "many" : place;
    return value.map((one) => walk(one, inside, change));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, walk(one, place, change)]),
  );
}

/** As it goes over the wire: one line break is two bytes there, a letter of another script three. */
function sizeOf(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}

/** How long each may be so that all together keep to the limit; Infinity when they do anyway. */
function fairShare(sizes: readonly number[], limit: number): number {
  let left = limit;
  const ascending = sizes.toSorted((a, b) => a - b);
  for (const [index, size] of ascending.entries()) {
    const share = left / (ascending.length - index);
    if (size > share) return share;
    left -= size;
  }
  return Infinity;
}

function cut(text: string, cap: number): string {
  const size = sizeOf(text);
  if (size <= cap) return text;
  const wanted = Math.max(leastChars, Math.floor((text.length * cap) / size));
  // half a character of two units is none
  const kept = text.slice(0, wanted).replace(/[\uD800-\uDBFF]$/, "");
  const more = text.length - kept.length;
  if (more === 0) return text;
  return `${kept}… [${more} more characters; ask for it alone to have it whole]`;
}
