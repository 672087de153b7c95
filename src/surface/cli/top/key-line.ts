/** What a key of the table does: in the line below it, where that is narrow, and on the page of keys. */
interface KeyHelp {
  readonly key: string;
  /** With its other names. */
  readonly keys: string;
  readonly does: string;
  readonly short: string;
  readonly means: string;
  /** Goes before those of a higher number where not all fit; one without stays. */
  readonly goes?: number;
}

const topKeys: readonly KeyHelp[] = [
  {
    key: "enter",
    keys: "enter, a",
    does: "look in",
    short: "look",
    means: "look into the session's pane",
    goes: 4,
  },
  { key: "w", keys: "w", does: "type in", short: "type", means: "look into it, and type", goes: 2 },
  { key: "r", keys: "r", does: "answer", short: "answer", means: "answer what it asks", goes: 7 },
  { key: "y", keys: "y", does: "approve", short: "yes", means: "approve what it asks", goes: 6 },
  { key: "n", keys: "n", does: "deny", short: "no", means: "deny what it asks", goes: 5 },
  { key: "i", keys: "i", does: "interrupt", short: "stop", means: "interrupt its turn", goes: 3 },
  {
    key: "up/down",
    keys: "up/k, down/j",
    does: "choose",
    short: "pick",
    means: "the session above, or below",
    goes: 1,
  },
  { key: "?", keys: "?", does: "keys", short: "keys", means: "this page", goes: 8 },
  { key: "q", keys: "q, Ctrl-C", does: "quit", short: "quit", means: "leave; sessions live on" },
];

/** The longest line of keys, whole words only, that so many columns hold. */
export function keyLine(columns: number): string {
  const shortened = topKeys.map((_, gone) =>
    topKeys
      .filter(({ goes = Infinity }) => goes > gone)
      .map(({ key, short }) => `${key} ${short}`)
      .join("  "),
  );
  const lines = [topKeys.map(({ key, does }) => `${key} ${does}`).join("  "), ...shortened];
  return lines.find((line) => line.length <= columns) ?? "q";
}

/** A page of all keys. */
export const keyPage: readonly string[] = topKeys.map(
  ({ keys, means }) =>
    `${keys.padEnd(Math.max(...topKeys.map((one) => one.keys.length)))}  ${means}`,
);
