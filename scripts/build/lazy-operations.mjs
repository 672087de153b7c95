import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { slimOperations } from "./slim-operations.mjs";

/**
 * In the light bundle an operation is what a command line needs to know to find it: its words and
 * flags. Its file is run when something of it is called, and holds what a command calls: printing,
 * and the body of what is answered without a supervisor. A start would else run the files of all
 * operations to use one of them.
 */
export function operationsWhenUsed({ root, dist }) {
  const index = join(root, "src", "operations", "index.ts");
  return {
    name: "operations when used",
    setup(setup) {
      const compiled = (file) =>
        import(pathToFileURL(join(dist, relative(root, file)).replace(/\.ts$/, ".js")).href);
      let read;
      const vocabulary = () => (read ??= readVocabulary(index, compiled));
      setup.onLoad({ filter: /operations[\\/].+\.ts$/ }, async ({ path }) => {
        const { operations, places, byFile } = await vocabulary();
        if (path === index) {
          return {
            contents: lazyIndex(operations, places),
            loader: "js",
            resolveDir: dirname(index),
          };
        }
        const defined = byFile.get(path);
        if (!defined && !writesOperations.test(path)) return undefined;
        const runsHere = (name) => defined !== undefined && isRunHere(defined.get(name));
        return {
          contents: slimOperations(readFileSync(path, "utf8"), { runsHere }),
          loader: "ts",
        };
      });
    },
  };
}

/** Files of functions that define operations: what no command line runs goes from them, too. */
const writesOperations = /operations[\\/]run[\\/]run-command\.ts$/;

/** The operations, where each is exported, and by file those it exports. */
async function readVocabulary(index, compiled) {
  const { operations } = await compiled(index);
  const places = new Map();
  const byFile = new Map();
  for (const from of importedFiles(readFileSync(index, "utf8"))) {
    const file = join(dirname(index), from);
    for (const [name, value] of Object.entries(await compiled(file))) {
      if (!operations.includes(value)) continue;
      places.set(value, { from, name });
      byFile.set(file, new Map(byFile.get(file)).set(name, value));
    }
  }
  const lost = operations.find((operation) => !places.has(operation));
  if (lost) throw new Error(`${lost.name} is in the list of operations by no import`);
  return { operations, places, byFile };
}

function importedFiles(source) {
  return [...source.matchAll(/^(?:import|\}) .*?from "(\.[^"]+)";$/gm)]
    .filter(([statement]) => !statement.startsWith("import type"))
    .map(([, from]) => from);
}

function lazyIndex(operations, places) {
  const entries = operations.map((operation) => {
    const { from, name } = places.get(operation);
    const load = `()=>require(${JSON.stringify(from)}).${name}`;
    return `(load=>(${literal(facts(operation), [])}))(${load})`;
  });
  return `export const operations=[${entries.join(",\n")}];`;
}

/** Whether a command line may run its body itself, as src/surface/cli/supervised.ts has it. */
function isRunHere({ fromStore, fromFiles, aboutSupervisor }) {
  return fromStore === true || fromFiles === true || aboutSupervisor === true;
}

/** What pages and tools say was rendered by the build, and only a supervisor tells of errors. */
function facts(operation) {
  const { about: _about, mcp: _mcp, schemas: _schemas, errors: _errors, ...rest } = operation;
  const { run, cli, ...words } = rest;
  const body = isRunHere(words) ? { run } : {};
  if (!cli) return { ...words, ...body };
  return { ...words, ...body, cli: { ...cli, examples: [] } };
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
