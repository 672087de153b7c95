import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative, resolve } from "node:path";
import { build } from "esbuild";
import { operationsWhenUsed } from "./lazy-operations.mjs";
import { writeBundle } from "./write-bundle.mjs";

/** Rooms that commands load only when they need them; they stay files of their own in dist/. */
const loadedWhenNeeded = [
  /^src\/supervisor\//,
  /^src\/store\/sqlite\/prepare-for-writing\.ts$/,
  /^src\/provider\/load-definition\.ts$/,
  /^src\/platform\/config\/yaml-(settings|text)\.ts$/,
  /^src\/orchestration\/(spec|profiles)\//,
  /^src\/orchestration\/kinds\/index\.ts$/,
  /^src\/surface\/mcp\/server\.ts$/,
  /^src\/surface\/cli\/commands\/(config|doctor|try-out|provider-test|provider-new)\.ts$/,
  /^src\/surface\/cli\/commands\/(init|setup|smoke)\.ts$/,
  /^src\/surface\/cli\/commands\/(detect-read|detect-eval|provider-capture)\.ts$/,
];

/** Built-in modules that cost a start something and that few commands use. */
const lazyBuiltins = [
  "node:child_process",
  "node:crypto",
  "node:fs/promises",
  "node:net",
  "node:tty",
];

/**
 * dist/cli.cjs: everything that light commands need in one file, about as quick to start as Node
 * alone. See docs/decisions/0001-one-bundle-for-the-command-line.md.
 */
export async function bundleCommandLine({ root, dist, version, fields }) {
  const result = await build({
    absWorkingDir: root,
    entryPoints: ["src/surface/cli/main.ts"],
    outfile: join(dist, "cli.cjs"),
    write: false,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20.19",
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
    define: {
      BUILT_FIELDS: JSON.stringify(fields),
      BUILT_VERSION: JSON.stringify(version),
      "import.meta.url": "bundleUrl",
    },
    banner: { js: 'const bundleUrl=require("node:url").pathToFileURL(__filename).href;' },
    plugins: [
      roomsWhenNeeded(root),
      operationsWhenUsed({ root, dist }),
      builtinsWhenUsed(),
      sqliteInside(root),
    ],
  });
  forbidHeavyModules(result.metafile);
  const text = importsBroughtIn(result.outputFiles[0].text);
  writeBundle(join(dist, "cli.cjs"), text);
}

/** Cached machine code cannot import() by itself; bin/run-bundle.cjs does it in its place. */
function importsBroughtIn(text) {
  const changed = text.replace(/\bimport\((?=")/g, "bringIn(");
  if (changed.split("bringIn(").length < 5 || /\bimport\(/.test(changed)) {
    throw new Error("esbuild writes import() in another way than this build reads it");
  }
  return changed;
}

function roomsWhenNeeded(root) {
  return {
    name: "rooms when needed",
    setup(setup) {
      setup.onResolve({ filter: /.*/ }, ({ path, resolveDir, kind }) => {
        if (kind !== "dynamic-import") return undefined;
        if (!path.startsWith(".")) return { path, external: true };
        const source = relative(root, resolve(resolveDir, path));
        if (!loadedWhenNeeded.some((pattern) => pattern.test(source))) return undefined;
        return { path: `./${source.replace(/\.ts$/, ".js")}`, external: true };
      });
    },
  };
}

/** Makes each of these modules load at its first use instead of at the start. */
function builtinsWhenUsed() {
  return {
    name: "builtins when used",
    setup(setup) {
      const filter = new RegExp(`^(${lazyBuiltins.join("|")})$`);
      setup.onResolve({ filter }, ({ path, importer }) =>
        importer.startsWith("lazy:") ? undefined : { path, namespace: "lazy" },
      );
      setup.onLoad({ filter: /.*/, namespace: "lazy" }, ({ path }) => {
        const names = Object.keys(createRequire(import.meta.url)(path)).filter((name) =>
          /^[a-z]\w*$/.test(name),
        );
        const lines = names.map(
          (name) => `export const ${name} = (...args) => load().${name}(...args);`,
        );
        const load = `const load = () => process.getBuiltinModule(${JSON.stringify(path)});`;
        return { contents: [load, ...lines].join("\n"), loader: "js" };
      });
    },
  };
}

/**
 * The JavaScript of the SQLite driver goes into the bundle: loading its twelve small files costs a
 * third of a start. It is used only with the version it came with; its binary stays where it is.
 */
function sqliteInside(root) {
  const manifest = join(root, "node_modules", "better-sqlite3", "package.json");
  // optional: where it could not be installed, Node's own driver is used
  const version = existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).version;
  return {
    name: "sqlite inside",
    setup(setup) {
      if (version === false) return;
      setup.onResolve({ filter: /^node:module$/ }, ({ namespace }) =>
        namespace === "file" ? { path: "module", namespace: "sqlite" } : undefined,
      );
      setup.onResolve({ filter: /^bindings$/ }, () => ({ path: "bindings", external: true }));
      setup.onLoad({ filter: /.*/, namespace: "sqlite" }, () => ({
        resolveDir: root,
        contents: `
          // that of bin/run-bundle.cjs: making another would load Node's module for it
          const real = require;
          export function createRequire() {
            const load = (name) =>
              name === "better-sqlite3" &&
              real("better-sqlite3/package.json").version === ${JSON.stringify(version)}
                ? inside()
                : real(name);
            return Object.assign(load, { resolve: real.resolve });
          }
          const inside = () => require("better-sqlite3");
        `,
      }));
    },
  };
}

/** What must never be in the light bundle; found here rather than by a slow start. */
function forbidHeavyModules(metafile) {
  const heavy = /node_modules\/(zod|yaml|@modelcontextprotocol)\//;
  const found = Object.keys(metafile.outputs)
    .flatMap((output) => Object.keys(metafile.outputs[output].inputs))
    .filter((input) => heavy.test(input));
  if (found.length > 0) {
    throw new Error(`the command line would load ${found[0]} at its start`);
  }
}
