/**
 * The rows of the table of events, read from the union in the source: one for each type, with the
 * fields it has of its own and those it shares with others. Throws when a type is not found.
 *
 * @param {string} source of src/domain/event.ts
 * @param {readonly string[]} deliveryStates for the type that stands for one of each
 */
export function eventRows(source, deliveryStates) {
  const from = source.indexOf("export type EventBody =");
  const union = source.slice(from, source.indexOf(";\n\n", from) + 1);
  const shared = new Map(
    [...source.matchAll(/\ninterface (\w+) \{([^}]*)\}/g)].map(([, name, body]) => [
      name,
      fieldsOf(body),
    ]),
  );
  const rows = union
    .split(/\n {2}\| /)
    .slice(1)
    .flatMap((member) => {
      const fields = fieldsOf(member);
      const more = [...member.matchAll(/\} & (\w+)/g)].flatMap(([, name]) => shared.get(name));
      const type = fields.find(({ name }) => name === "type")?.type ?? "";
      const others = [...more, ...fields.filter(({ name }) => name !== "type")]
        .map(
          (field) => `\`${field.name}\`: ${field.type.replaceAll('"', "").replaceAll("|", "or")}`,
        )
        .join("; ");
      const names = type.startsWith("`delivery_")
        ? deliveryStates.map((state) => `delivery_${state}`)
        : type.split("|").map((name) => name.trim().replaceAll('"', ""));
      return names.map((name) => ({ name, row: `| \`${name}\` | ${others} |` }));
    });
  const written = new Set(
    [...source.matchAll(/readonly type:([^;}]+)/g)].flatMap(([, types]) =>
      [...types.matchAll(/"(\w+)"/g)].map(([, name]) => name),
    ),
  );
  const missing = [...written].filter((name) => !rows.some((one) => one.name === name));
  if (missing.length > 0 || rows.length !== written.size + deliveryStates.length) {
    throw new Error(
      `src/domain/event.ts is not written as this script reads it: ${missing.join(", ")}`,
    );
  }
  return rows.map(({ row }) => row);
}

/** `readonly name: type`, also over several lines, without comments. */
function fieldsOf(text) {
  const code = text.replaceAll(/\/\*\*[^]*?\*\//g, "").replaceAll(/\/\/.*/g, "");
  return [...code.matchAll(/readonly (\w+)\??: ([^;}]+?)\s*[;}]/g)].map(([, name, type]) => ({
    name,
    type: type.replaceAll(/\s+/g, " ").replace(/^\| /, ""),
  }));
}
