import type { McpHost } from "./hosts.ts";

/** What a host is told, with the command of this server filled in. */
export interface FilledHost {
  readonly config: Readonly<Record<string, unknown>>;
  /** The same in the form of the host's file. */
  readonly text: string;
  readonly install: readonly string[] | null;
  readonly link: string | null;
}

/** @param argv the command of the server, program first */
export function fillHost(host: McpHost, argv: readonly [string, ...string[]]): FilledHost {
  const [command, ...args] = argv;
  const values: Readonly<Record<string, unknown>> = { $command: command, $args: args, $argv: argv };
  const config = fill(host.config, values) as Readonly<Record<string, unknown>>;
  return {
    config,
    text: host.format === "toml" ? toml(config) : json(config),
    install: host.install ? fillWords(host.install, argv) : null,
    link: host.link ? linkTo(host.link, values) : null,
  };
}

function fill(value: unknown, values: Readonly<Record<string, unknown>>): unknown {
  if (typeof value === "string") return value in values ? values[value] : value;
  if (Array.isArray(value)) return value.map((one) => fill(one, values));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, fill(one, values)]));
}

function fillWords(
  words: readonly string[],
  argv: readonly [string, ...string[]],
): readonly string[] {
  const [command, ...args] = argv;
  return words.flatMap((word) => {
    if (word === "$argv") return argv;
    return word === "$json" ? [JSON.stringify({ name: "agentpool", command, args })] : [word];
  });
}

function linkTo(
  { form, begin, config }: NonNullable<McpHost["link"]>,
  values: Readonly<Record<string, unknown>>,
): string {
  const text = JSON.stringify(fill(config, values));
  const carried = form === "base64" ? Buffer.from(text, "utf8").toString("base64") : text;
  return `${begin}${encodeURIComponent(carried)}`;
}

/** Indented, with lists of words on one line. */
function json(config: unknown): string {
  return JSON.stringify(config, null, 2).replace(
    /\[\n\s*([^[\]{}]*?)\n\s*\]/g,
    (_, inner: string) => `[${inner.split(/,\n\s*/).join(", ")}]`,
  );
}

/** Tables of texts, lists of texts and numbers: a JSON text is a TOML text too. */
function toml(config: Readonly<Record<string, unknown>>, path: readonly string[] = []): string {
  const entries = Object.entries(config);
  const plain = entries.filter(([, value]) => !isTable(value));
  const tables = entries.filter((one): one is [string, Record<string, unknown>] => isTable(one[1]));
  const head = plain.length > 0 && path.length > 0 ? [`[${path.join(".")}]`] : [];
  const lines = plain.map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return [...head, ...lines, ...tables.map(([name, value]) => toml(value, [...path, name]))].join(
    "\n",
  );
}

function isTable(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
