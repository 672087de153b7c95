import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * In the light bundle an operation is what a command line needs to know to find it: its words and
 * flags. Its file is run when something of it is called. A start would else run the files of all
 * operations to use one of them.
 */
export function operationsWhenUsed({ root, dist }) {
  const index = join(root, "src", "operations", "index.ts");
  return {
    name: "operations when used",
    setup(setup) {
      setup.onLoad({ filter: /operations[\\/]index\.ts$/ }, async ({ path }) => {
        if (path !== index) return undefined;
        const compiled = (file) =>
          import(pathToFileURL(join(dist, relative(root, file)).replace(/\.ts$/, ".js")).href);
        const { operations } = await compiled(index);
        const places = new Map();
        for (const from of importedFiles(readFileSync(index, "utf8"))) {
          const exported = await compiled(join(dirname(index), from));
          for (const [name, value] of Object.entries(exported)) places.set(value, { from, name });
        }
        return {
          contents: lazyIndex(operations, places),
          loader: "js",
          resolveDir: dirname(index),
        };
      });
    },
  };
}

function importedFiles(source) {
  return [...source.matchAll(/^(?:import|\}) .*?from "(\.[^"]+)";$/gm)]
    .filter(([statement]) => !statement.startsWith("import type"))
    .map(([, from]) => from);
}

function lazyIndex(operations, places) {
  const entries = operations.map((operation) => {
    const place = places.get(operation);
    if (!place) throw new Error(`${operation.name} is in the list of operations by no import`);
    const load = `()=>require(${JSON.stringify(place.from)}).${place.name}`;
    return `(load=>(${literal(facts(operation), [])}))(${load})`;
  });
  return `export const operations=[${entries.join(",\n")}];`;
}

/** What pages and tools say was rendered by the build. */
function facts({ about: _about, mcp: _mcp, schemas: _schemas, cli, ...operation }) {
  if (!cli) return operation;
  const { examples: _examples, ...words } = cli;
  return { ...operation, cli: { ...words, examples: [] } };
}

/** An object as code; its functions load the operation when they are called. */
function literal(value, path) {
  if (typeof value === "function") return `(...args)=>load().${path.join(".")}(...args)`;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return JSON.stringify(value);
  }
  const fields = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .map(([name, one]) => `${JSON.stringify(name)}:${literal(one, [...path, name])}`);
  return `{${fields.join(",")}}`;
}
