import { readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { build } from "esbuild";
import { writeBundle } from "./write-bundle.mjs";

/**
 * dist/supervisor.cjs: all that a supervisor is made of in one file, libraries included. To find and
 * compile a thousand files takes most of a start; besides, what is on disk may be replaced while it
 * lives. Names stay and lines are short, so that the traces of faults can be read.
 */
export async function bundleSupervisor({ root, dist }) {
  const result = await build({
    absWorkingDir: root,
    entryPoints: ["src/supervisor/detached.ts"],
    write: false,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20.19",
    minifyWhitespace: true,
    lineLimit: 120,
    legalComments: "none",
    logLevel: "warning",
    banner: {
      js: 'const placeOf=(file)=>require("node:url").pathToFileURL(__dirname+"/"+file).href;',
    },
    plugins: [filesInTheirPlaces(root), onlyEnglish()],
  });
  const [{ text }] = result.outputFiles;
  if (text.split("bringIn(").length !== 2) {
    throw new Error("src/provider/load-definition.ts imports in another way than this build reads");
  }
  writeBundle(join(dist, "supervisor.cjs"), inAscii(text));
}

/** Each source finds what lies beside it in dist/, and what a definition is comes from its own file. */
function filesInTheirPlaces(root) {
  return {
    name: "files in their places",
    setup(setup) {
      setup.onLoad({ filter: /[\\/]src[\\/].+\.ts$/ }, ({ path }) => {
        const place = relative(root, path).replace(/\.ts$/, ".js");
        const contents = readFileSync(path, "utf8")
          .replaceAll("import.meta.url", `placeOf(${JSON.stringify(place)})`)
          // cached machine code cannot import() by itself; bin/run-bundle.cjs does it in its place
          .replace("import(/* @vite-ignore */", "bringIn(");
        return { contents, loader: "ts" };
      });
    },
  };
}

/** Zod brings its words in fifty languages. */
function onlyEnglish() {
  return {
    name: "only English",
    setup(setup) {
      setup.onResolve({ filter: /\/locales\/index\.js$/ }, ({ path, resolveDir }) => ({
        path: resolve(resolveDir, path, "..", "en.js"),
      }));
    },
  };
}

/** esbuild leaves other letters in regular expressions. */
function inAscii(text) {
  return text.replace(
    // eslint-disable-next-line no-control-regex
    /[^\x00-\x7f]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
