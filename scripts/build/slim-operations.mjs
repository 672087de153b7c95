/**
 * The text of an operation's file as the command line needs it. What pages, tools and schemas say was
 * rendered by the build, and what a supervisor does for the operation is never done by the command:
 * both go, and esbuild then leaves out what only they used.
 *
 * Read as text, which works because every file is written by the formatter: a property of an
 * operation begins two spaces deeper than its first line, and its end is the next line that is no
 * deeper. What several operations share is written by a function that defines each: of those
 * (`runCommand`) what only a supervisor does goes in both places.
 */
export function slimOperations(source, { runsHere }) {
  const kept = [];
  let open;
  let isDropped = false;
  for (const line of source.split("\n")) {
    const [, indent, name] = opening.exec(line) ?? [];
    if (indent !== undefined) open = { name: name ?? "an operation", indent };
    if (open === undefined) {
      kept.push(line);
      continue;
    }
    if (line === `${open.indent}});`) {
      open = undefined;
      isDropped = false;
    } else if (line.startsWith(`${open.indent}  `)) {
      const property = /^(?:async )?(\w+)\b/.exec(line.slice(open.indent.length + 2))?.[1];
      if (property !== undefined) isDropped = isSpare(property, runsHere(open.name));
    }
    if (!isDropped) kept.push(line);
  }
  if (open !== undefined) throw new Error(`${open.name} is not written as this script reads it`);
  return kept.join("\n");
}

const opening = /^(\s*)(?:export const (\w+) = )?(?:defineOperation|runCommand)</;

/** Words of pages and tools, and of what they are made of. */
const rendered = new Set(["about", "schemas", "fields", "mcp"]);
/** What answers a call. */
const bodies = new Set(["run", "ready"]);

function isSpare(property, runsHere) {
  return rendered.has(property) || (bodies.has(property) && !runsHere);
}
