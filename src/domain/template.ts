/** What a placeholder stands for; undefined leaves it as the text it is. */
export type Lookup = (name: string) => string | undefined;

const placeholder = /\{([A-Za-z_][\w.-]*)\}/g;

/**
 * Puts values in the place of `{name}`, each once: what was put in is not read again, so that a
 * placeholder in an agent's answer stays text. What `lookup` does not know stays as well; prompts
 * are full of braces that mean something else.
 */
export function fillTemplate(template: string, lookup: Lookup): string {
  return template.replaceAll(placeholder, (whole, name: string) => {
    const value = lookup(name);
    return value === undefined ? whole : typable(value);
  });
}

/** Names in braces, each once, in the order of the text. */
export function placeholdersIn(template: string): string[] {
  return [...new Set([...template.matchAll(placeholder)].map(([, name = ""]) => name))];
}

/** A text without what would steer a terminal or cannot be written as UTF-8. */
export function typable(text: string): string {
  return (
    text
      // oxlint-disable-next-line no-control-regex
      .replaceAll(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]/g, "")
      .replaceAll(/\p{Surrogate}/gu, "\u{FFFD}")
  );
}

/** An entry of a list as `{item}`, its fields as `{item.name}`, its place from 1 as `{index}`. */
export function itemLookup(item: unknown, index: number): Lookup {
  return (name) => {
    if (name === "index") return String(index + 1);
    if (name === "item") return asText(item);
    if (!name.startsWith("item.")) return undefined;
    let at = item;
    for (const part of name.slice("item.".length).split(".")) {
      if (typeof at !== "object" || at === null || !Object.hasOwn(at, part)) return undefined;
      at = (at as Record<string, unknown>)[part];
    }
    return asText(at);
  };
}

/** A text as it is, everything else as JSON. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "");
}
