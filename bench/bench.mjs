// npm run bench: builds the product and the benchmarks, then measures. See docs/benchmarks.md.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const here = join(root, "bench");

// extra certificates cost every start of Node 20 45 ms, the reference's as well as ours
delete process.env["NODE_EXTRA_CA_CERTS"];

const { status } = spawnSync(process.execPath, [join(root, "scripts", "build.mjs")], {
  stdio: "inherit",
});
if (status !== 0) process.exit(1);

const goals = readdirSync(join(here, "goals")).filter((name) => name.endsWith(".ts"));
// inside node_modules, so that it finds the packages which the sources use
const outdir = join(root, "node_modules", ".cache", "agentpool-bench", String(process.pid));
mkdirSync(outdir, { recursive: true });
process.on("exit", () => rmSync(outdir, { recursive: true, force: true }));
await build({
  absWorkingDir: root,
  entryPoints: ["bench/main.ts", ...goals.map((name) => `bench/goals/${name}`)],
  outbase: "bench",
  outdir,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  splitting: true,
  packages: "external",
  platform: "node",
  format: "esm",
  target: "node20.19",
  logLevel: "warning",
});
const { main } = await import(pathToFileURL(join(outdir, "main.mjs")).href);
process.exitCode = await main(process.argv.slice(2), {
  root,
  goals: goals.map((name) => join(outdir, "goals", name.replace(/\.ts$/, ".mjs"))),
});
