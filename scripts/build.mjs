// Builds dist/: tsc for the library, the supervisor and the providers; files that are no
// TypeScript are copied; help pages and tools are rendered from the operations; the command
// line becomes one CommonJS file, and so does the supervisor. Does nothing when nothing changed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleCommandLine } from "./build/bundle.mjs";
import { writeProviderFacts } from "./build/facts.mjs";
import { renderProviderSchema } from "./build/provider-schema.mjs";
import { renderFromOperations } from "./build/render.mjs";
import { bundleSupervisor } from "./build/supervisor.mjs";
import { warmCommandLine } from "./build/warm.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
const stamp = join(dist, ".built");

const sources = [...files(join(root, "src")), ...files(join(root, "providers"))];
const inputs = [
  ...sources,
  ...files(join(root, "scripts", "build")),
  ...["package.json", "tsconfig.json", "tsconfig.build.json", "scripts/build.mjs"].map((one) =>
    join(root, one),
  ),
];
const state = fingerprint(inputs);
const isBuilt = () => existsSync(stamp) && readFileSync(stamp, "utf8") === state;
if (isBuilt()) process.exit(0);
mkdirSync(dist, { recursive: true });
await withLock(join(dist, ".building"));
if (isBuilt()) process.exit(0);

const startedAt = Date.now();
rmSync(stamp, { force: true });
compile();
const expected = new Set(sources.flatMap(outputsOf));
for (const file of [...files(join(dist, "src")), ...files(join(dist, "providers"))]) {
  if (!expected.has(file)) rmSync(file);
}
for (const source of sources.filter((one) => !isTypeScript(one) && isNeeded(one))) copy(source);
await writeProviderFacts({ dist });
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
await renderProviderSchema({ root, dist });
const rendered = await renderFromOperations({ dist, version });
await bundleCommandLine({ root, dist, version, fields: rendered.fields });
await bundleSupervisor({ root, dist });
await warmCommandLine({ root, dist });
writeFileSync(stamp, state);
console.log(`built in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);

/** Two builds at once would tear each other's files: the second waits for the first. */
async function withLock(file) {
  process.on("exit", () => {
    if (existsSync(file) && readFileSync(file, "utf8") === String(process.pid)) rmSync(file);
  });
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      return;
    } catch (thrown) {
      if (thrown.code !== "EEXIST") throw thrown;
    }
    if (!isAlive(Number(readFileSync(file, "utf8")))) rmSync(file, { force: true });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function isAlive(pid) {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}

function compile() {
  const tsc = join(root, "node_modules", ".bin", "tsc");
  const { status } = spawnSync(
    tsc,
    ["-p", "tsconfig.build.json", "--incremental", "--tsBuildInfoFile", join(dist, ".tsbuildinfo")],
    { cwd: root, stdio: "inherit" },
  );
  if (status !== 0) process.exit(1);
}

function copy(source) {
  const target = join(dist, relative(root, source));
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(source, target);
}

function outputsOf(source) {
  const target = join(dist, relative(root, source));
  if (!isTypeScript(source)) return isNeeded(source) ? [target] : [];
  const base = target.replace(/\.ts$/, "");
  return [`${base}.js`, `${base}.d.ts`];
}

function isTypeScript(file) {
  return file.endsWith(".ts") && !file.endsWith(".d.ts");
}

/** Captured screens and notes are for tests and readers, not for a running program. */
function isNeeded(file) {
  const inside = relative(root, file);
  if (inside.startsWith("src/orchestration/profiles/")) return true;
  return !/(^|\/)(screens|transcripts|recordings)\//.test(inside) && !inside.endsWith(".md");
}

function fingerprint(paths) {
  const hash = createHash("sha256");
  for (const path of paths) {
    const { mtimeMs, size } = statSync(path);
    hash.update(`${path} ${mtimeMs} ${size}\n`);
  }
  return hash.digest("hex");
}

function files(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? files(path) : [path];
    })
    .toSorted((a, b) => (a < b ? -1 : 1));
}
