import { buildSync } from "esbuild";
import { join } from "node:path";

/**
 * Bundles a TypeScript module so that a separate Node process, one that a test may kill, can run
 * it. Returns the path of the bundle.
 */
export function bundle(folder: string, source: string): string {
  const outfile = join(folder, "bundle.mjs");
  buildSync({
    stdin: { contents: source, resolveDir: join(import.meta.dirname, "../.."), loader: "ts" },
    bundle: true,
    platform: "node",
    format: "esm",
    outfile,
    logLevel: "error",
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
  return outfile;
}
