import { rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Metafile } from "esbuild";
import { afterAll } from "vitest";
import { manifest } from "./manifest.ts";

export interface BuiltChild {
  /** argv of a server that asks the supervisor on this socket. */
  readonly argv: (socketPath: string, ...words: readonly string[]) => [string, string[]];
  readonly metafile: Metafile;
  readonly remove: () => void;
}

const removals: (() => void)[] = [];
afterAll(() => {
  for (const remove of removals) remove();
});

/** The child program with everything in it, built as the package is: what is heavy in a part of its own. */
export async function buildChild(): Promise<BuiltChild> {
  const folder = await mkdtemp(join(tmpdir(), "ap-mcp-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  removals.push(remove);
  const { metafile } = await build({
    entryPoints: [fileURLToPath(new URL("./child.ts", import.meta.url))],
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    absWorkingDir: fileURLToPath(new URL("../../../..", import.meta.url)),
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20.19",
    metafile: true,
    logLevel: "warning",
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
  const manifestFile = join(folder, "mcp.json");
  writeFileSync(manifestFile, JSON.stringify(manifest));
  return {
    argv: (socketPath, ...words) => [
      process.execPath,
      [join(folder, "child.mjs"), manifestFile, socketPath, ...words],
    ],
    metafile,
    remove,
  };
}
