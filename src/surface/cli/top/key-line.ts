/** One key of the table, with what it does in more and in fewer words. */
interface KeyHelp {
  readonly key: string;
  readonly does: string;
  readonly short: string;
}

export const topKeys: readonly KeyHelp[] = [
  { key: "enter", does: "look in", short: "look" },
  { key: "w", does: "type in", short: "type" },
  { key: "r", does: "answer", short: "answer" },
  { key: "y", does: "approve", short: "yes" },
  { key: "n", does: "deny", short: "no" },
  { key: "i", does: "interrupt", short: "stop" },
  { key: "up/down", does: "choose", short: "pick" },
  { key: "?", does: "keys", short: "keys" },
  { key: "q", does: "quit", short: "quit" },
];

/** What goes first where not all keys fit; `?` tells of them. */
const dropped = ["up/down", "w", "i", "enter", "n", "y", "r", "?"];

/** The longest line of keys, whole words only, that so many columns hold. */
export function keyLine(columns: number): string {
  const lines = [
    topKeys.map(({ key, does }) => `${key} ${does}`).join("  "),
    topKeys.map(({ key, short }) => `${key} ${short}`).join("  "),
    ...dropped.map((_, i) => {
      const gone = new Set(dropped.slice(0, i + 1));
      return topKeys
        .filter(({ key }) => !gone.has(key))
        .map(({ key, short }) => `${key} ${short}`)
        .join("  ");
    }),
  ];
  return lines.find((line) => line.length <= columns) ?? "q";
}

/** A page of all keys. */
export const keyPage: readonly string[] = [
  "enter, a   look into the session's pane",
  "w          look into it, and type",
  "r          answer what it asks",
  "y          approve what it asks",
  "n          deny what it asks",
  "i          interrupt its turn",
  "up, k      the session above",
  "down, j    the session below",
  "q, Ctrl-C  leave; sessions live on",
];
