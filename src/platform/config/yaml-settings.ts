import * as yaml from "yaml";
import { wrongConfig, type ConfigDocument } from "./document.ts";

/** @throws invalid_config with file and line */
export function parseSettings(text: string, file: string): ConfigDocument {
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: lines });
  const [syntax] = document.errors;
  if (syntax) {
    const what = syntax.message.split("\n")[0] ?? "not YAML";
    throw wrongConfig(file, syntax.linePos?.[0].line, what.replace(/ at line \d.*$/, ""));
  }
  let values: unknown;
  try {
    values = document.toJS() ?? {};
  } catch (thrown) {
    throw wrongConfig(file, undefined, thrown instanceof Error ? thrown.message : String(thrown));
  }
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw wrongConfig(file, 1, "the file holds no settings");
  }
  return {
    file,
    values: values as Record<string, unknown>,
    lineOf: (path) => {
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
        } else return offset === undefined ? undefined : lines.linePos(offset).line;
      }
      return offset === undefined ? undefined : lines.linePos(offset).line;
    },
  };
}

interface Ranged {
  readonly range?: readonly [number, number, number];
}

function keyText(key: unknown): string {
  return String((key as { readonly value?: unknown } | null)?.value ?? key);
}
