import * as yaml from "yaml";

/** YAML as it was read: its values, and where each stands. */
export interface YamlText {
  readonly value: unknown;
  /** Line of a key, or of an entry of a list; undefined where YAML lost it (an alias). */
  readonly lineOf: (path: readonly (string | number)[]) => number | undefined;
  /** Why it is no YAML; empty when it is. */
  readonly faults: readonly YamlFault[];
}

export interface YamlFault {
  readonly line: number | undefined;
  readonly message: string;
}

/** Reads one document; what is wrong with it is told, not thrown. */
export function readYaml(text: string): YamlText {
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: lines });
  const faults = document.errors.map((error): YamlFault => {
    const what = error.message.split("\n")[0] ?? "not YAML";
    const message = what.replace(/ at line \d.*$/, "");
    const twice = error.code === "DUPLICATE_KEY" ? keyAt(document, error.pos[0]) : undefined;
    return { line: error.linePos?.[0].line, message: twice ? `${message}: ${twice}` : message };
  });
  let value: unknown;
  try {
    if (faults.length === 0) value = document.toJS() as unknown;
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    faults.push({ line: undefined, message });
  }
  const lineOf = (path: readonly (string | number)[]): number | undefined => {
    let node: unknown = document.contents;
    let offset: number | undefined;
    for (const part of path) {
      if (yaml.isMap(node)) {
        const pair = node.items.find(({ key }) => keyText(key) === String(part));
        offset = (pair?.key as Ranged | undefined)?.range?.[0];
        node = pair?.value;
      } else if (yaml.isSeq(node)) {
        node = node.items[Number(part)];
        offset = (node as Ranged | undefined)?.range?.[0];
      } else break;
    }
    return offset === undefined ? undefined : lines.linePos(offset).line;
  };
  return { value, lineOf, faults };
}

interface Ranged {
  readonly range?: readonly [number, number, number];
}

/** The key that begins there, in quotes. */
function keyAt(document: yaml.Document.Parsed, offset: number): string | undefined {
  let found: string | undefined;
  yaml.visit(document, {
    Pair: (_, { key }) => {
      if ((key as Ranged | null)?.range?.[0] !== offset) return undefined;
      found = JSON.stringify(keyText(key).slice(0, longestKey));
      return yaml.visit.BREAK;
    },
  });
  return found && `${found} is there already`;
}

const longestKey = 80;

function keyText(key: unknown): string {
  return String((key as { readonly value?: unknown } | null)?.value ?? key);
}
