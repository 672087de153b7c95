import type { TaskHeadJson } from "./task-json.ts";

export type GraphNode = Pick<TaskHeadJson, "id" | "title" | "state" | "because" | "depends_on">;

/**
 * A tree for reading: what waits stands below what it waits for. A task that waits for several is
 * drawn whole below the last of these, and as a reference below the others, so that the drawing
 * grows with the graph alone. Iterative: chains may be thousands long.
 */
export function drawTree(
  nodes: readonly GraphNode[],
  label: (node: GraphNode) => string = plainLabel,
): string {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const children = new Map<string, GraphNode[]>();
  const roots: GraphNode[] = [];
  for (const node of nodes) {
    const parents = node.depends_on.filter((id) => byId.has(id));
    if (parents.length === 0) roots.push(node);
    for (const id of parents) {
      const list = children.get(id);
      if (list) list.push(node);
      else children.set(id, [node]);
    }
  }
  const lines: string[] = [];
  const drawn = new Set<string>();
  const seen = new Map<string, number>();
  const stack = roots.toReversed().map((node) => ({ node, indent: 0 }));
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { node, indent } = top;
    const times = (seen.get(node.id) ?? 0) + 1;
    seen.set(node.id, times);
    const parents = node.depends_on.filter((id) => byId.has(id)).length;
    const isWhole = times >= parents && !drawn.has(node.id);
    // far down only the depth is told: an indent of thousands of columns helps nobody
    const depth =
      indent > deepestIndent ? `${"  ".repeat(deepestIndent)}[${indent}] ` : "  ".repeat(indent);
    lines.push(isWhole ? `${depth}${label(node)}` : `${depth}${node.id} (see below)`);
    if (!isWhole) continue;
    drawn.add(node.id);
    for (const child of (children.get(node.id) ?? []).toReversed()) {
      stack.push({ node: child, indent: indent + 1 });
    }
  }
  return lines.join("\n");
}

/** For Graphviz. */
export function drawDot(nodes: readonly GraphNode[]): string {
  const ids = new Set(nodes.map(({ id }) => id));
  return [
    "digraph tasks {",
    "  rankdir=LR; node [shape=box, style=filled, fontname=sans];",
    ...nodes.map(
      (node) =>
        `  ${quoted(node.id)} [label=${quoted(`${short(node.title)}\n${node.state}`)}, fillcolor=${quoted(colourOf(node))}];`,
    ),
    ...nodes.flatMap((node) =>
      node.depends_on
        .filter((id) => ids.has(id))
        .map((id) => `  ${quoted(id)} -> ${quoted(node.id)};`),
    ),
    "}",
  ].join("\n");
}

/** For Mermaid, as Markdown viewers draw it. */
export function drawMermaid(nodes: readonly GraphNode[]): string {
  const ids = new Set(nodes.map(({ id }) => id));
  return [
    "flowchart LR",
    ...nodes.map((node) => `  ${node.id}["${entities(short(node.title))}<br>${node.state}"]`),
    ...nodes.flatMap((node) =>
      node.depends_on.filter((id) => ids.has(id)).map((id) => `  ${id} --> ${node.id}`),
    ),
  ].join("\n");
}

const deepestIndent = 40;

function plainLabel({ id, state, title, because }: GraphNode): string {
  return `${id}  ${state}  ${short(title)}${because === null ? "" : ` (${short(because)})`}`;
}

function short(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

/** Mermaid reads some marks even within quotes. */
function entities(text: string): string {
  return text.replace(/["#&<>`[\](){}|\\]/g, (mark) => `#${mark.codePointAt(0)};`);
}

function colourOf({ state, because }: GraphNode): string {
  if (state === "completed") return "palegreen";
  if (state === "failed" || (state === "blocked" && because !== null)) return "lightcoral";
  if (state === "claimed") return "lightskyblue";
  return state === "cancelled" ? "lightgrey" : "white";
}
