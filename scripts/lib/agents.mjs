// Installs pinned agent CLIs, Node binaries and an MCP host from npm into a cache outside the
// repository. What is there already is only asked for its version.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

export const cache = join(
  process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"),
  "agentpool-test",
);

const { nodes, agents, hosts } = JSON.parse(
  readFileSync(new URL("../../tests/support/real/agents.json", import.meta.url), "utf8"),
);

export const agentNames = Object.keys(agents);
/** What tests of scripts/test use besides when it is there: other Nodes, MCP hosts of others. */
export const companionNames = [...Object.keys(nodes), ...Object.keys(hosts)];
const known = { ...nodes, ...agents, ...hosts };

/**
 * Makes one of them usable.
 * @param {string} name a key of agents.json
 * @param {(line: string) => void} say
 * @returns {Promise<{state: "ok" | "absent" | "broken", version: string, detail: string}>} `absent`
 *   when it cannot be had here, `broken` when it was installed and does not run as the pinned version.
 */
export async function ensureInstalled(name, say) {
  const { package: pattern, version, installWith } = known[name];
  const wanted = pattern.replace("%arch%", process.arch);
  const found = (state, detail = "") => ({ state, version, detail });
  if ((await versionOf(name)) === version) return found("ok");

  let nodeFolder;
  if (installWith !== undefined && Number(process.versions.node.split(".")[0]) < 22) {
    const node = await ensureInstalled(installWith, say);
    if (node.state !== "ok") return found(node.state, `its installer needs ${installWith}`);
    nodeFolder = dirname(programOf(installWith));
  }
  say(`installing ${wanted}@${version}`);
  const failure = await install(name, wanted, version, nodeFolder);
  if (failure !== "") return found("absent", failure);
  const says = await versionOf(name);
  return says === version ? found("ok") : found("broken", `installed, but says "${says}"`);
}

/** Absolute path of the program, whether it is installed or not. */
export function programOf(name) {
  const program = name in nodes ? "node" : (known[name].program ?? name);
  return join(cache, name, "node_modules", ".bin", program);
}

async function versionOf(name) {
  if (!existsSync(programOf(name))) return "";
  if (name in hosts) {
    const manifest = join(cache, name, "node_modules", known[name].package, "package.json");
    return JSON.parse(readFileSync(manifest, "utf8")).version;
  }
  const { output } = await run([programOf(name), "--version"], {
    timeoutMs: 30_000,
    env: { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, HOME: cache },
  });
  return /\d+\.\d+\.\d+/.exec(output)?.[0] ?? "";
}

/** Installs aside and renames, so that a broken-off run leaves nothing half done. */
async function install(name, wanted, version, nodeFolder) {
  const aside = join(cache, `${name}.${process.pid}`);
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { recursive: true });
  // npm 12 runs the install script of a package only when the root package allows it.
  const root = { private: true, allowScripts: { [wanted]: true } };
  writeFileSync(join(aside, "package.json"), JSON.stringify(root));
  const path = process.env["PATH"] ?? "";
  const { status, output } = await run(
    ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", `${wanted}@${version}`],
    {
      timeoutMs: 300_000,
      cwd: aside,
      env: { ...process.env, PATH: nodeFolder === undefined ? path : `${nodeFolder}:${path}` },
    },
  );
  if (status === 0) {
    rmSync(join(cache, name), { recursive: true, force: true });
    renameSync(aside, join(cache, name));
    return "";
  }
  rmSync(aside, { recursive: true, force: true });
  return `npm could not install ${wanted}@${version}: ${output.trim().split("\n")[0] ?? ""}`;
}

function run([program, ...args], { timeoutMs, env, cwd }) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => (output += chunk));
    }
    child.on("error", (error) => resolve({ status: 1, output: String(error) }));
    child.on("close", (status) => {
      clearTimeout(timer);
      resolve({ status: status ?? 1, output });
    });
  });
}
