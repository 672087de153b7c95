// needs: tmux, git
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ensureBuilt, repository } from "./support/built.ts";
import { cliHome } from "./support/cli-home.ts";
import { pack, runInstaller } from "./support/packed.ts";
import { cacheFolder } from "./support/real/agent.ts";
import { cliEnvironment } from "./support/run-cli.ts";
import { skipBecause } from "./support/skip.ts";
import { tempFolder } from "./support/temp-folder.ts";

beforeAll(ensureBuilt, 120_000);

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as Manifest;

/** Installed into an empty project of a user's. */
function install(): { readonly project: string; readonly files: readonly string[] } {
  const { tarball, files } = pack();
  const folder = tempFolder();
  const project = join(folder, "project");
  const modules = join(project, "node_modules");
  mkdirSync(join(modules, ".bin"), { recursive: true });
  spawnSync("tar", ["xf", tarball, "-C", modules]);
  spawnSync("mv", [join(modules, "package"), join(modules, "agentpool")]);
  symlinkSync("../agentpool/bin/agentpool.cjs", join(modules, ".bin", "agentpool"));
  // what npm would fetch; nothing but what the package says it depends on
  const needed = { ...manifest.dependencies, ...manifest.optionalDependencies };
  for (const name of Object.keys(needed)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(repository, "node_modules", name), join(modules, name));
  }
  return { project, files };
}

test("the package holds the build, all of every provider, and nothing else", () => {
  const { files } = install();

  const expected = [
    /^(LICENSE|README\.md|CHANGELOG\.md|SECURITY\.md|package\.json)$/,
    /^bin\/(agentpool|run-bundle)\.cjs$/,
    /^skills\/[a-z-]+\/(SKILL\.md|references\/[a-z-]+\.md)$/,
    /^dist\/((cli|supervisor)\.cjs|mcp\.json|provider\.schema\.json|help\/[a-z-]+\.txt)$/,
    /^dist\/src\/.*\.(js|d\.ts|json|md)$/,
    /^dist\/provider\.schema\.json$/,
    /^dist\/providers\/facts\.json$/,
    /^dist\/providers\/[\w-]+\/.*\.(js|mjs|cjs|json|sh|py)$/,
  ];
  expect(files.filter((file) => !expected.some((pattern) => pattern.test(file)))).toEqual([]);
  expect(providerFiles().filter((file) => !files.includes(`dist/${file}`))).toEqual([]);
  expect(
    files.filter((file) => /\/(screens|transcripts|recordings)\/|notes\.md$/.test(file)),
  ).toEqual([]);
});

test("no file of the package knows the machine that built it, and none points at a source map", () => {
  const { project } = install();
  const folder = join(project, "node_modules", "agentpool");
  const places = [repository.replace(/\/$/, ""), homedir()].filter(
    // a folder of the system, such as /root, may be named for its own sake
    (place) => place.split("/").length > 2,
  );
  const found = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      const file = join(entry.parentPath, entry.name);
      const text = readFileSync(file, "utf8");
      const traces = [...places, "sourceMappingURL="].filter((trace) => text.includes(trace));
      return traces.map((trace) => `${entry.name}: ${trace}`);
    });

  expect(found).toEqual([]);
});

test("the package stays small", () => {
  const { size, unpackedSize, files } = pack();

  // at the time of writing 2.16 MB and 7.7 MB in 2,195 files, of which the supervisor's bundle is
  // 0.5 MB and 2 MB
  expect(size).toBeLessThan(2_300_000);
  expect(unpackedSize).toBeLessThan(8_200_000);
  expect(files.length).toBeLessThan(2_300);
  expect(statSync(join(repository, "dist", "cli.cjs")).size).toBeLessThan(850_000);
});

const nodes: readonly (readonly [string, string])[] = [
  ["this Node", dirname(process.execPath)],
  ...["n22", "n24"].map((name) => [name, join(cacheFolder, name, "node_modules", ".bin")] as const),
];

describe.each(nodes)("on %s", (name, bin) => {
  const missing = existsSync(join(bin, "node"))
    ? undefined
    : `${name} is absent; scripts/test-real --install-only installs it`;

  test("the installed command starts, and finds what it ships", skipBecause(missing), () => {
    const { project } = install();
    const run = (...args: readonly string[]) =>
      spawnSync(
        join(bin, "node"),
        [join(project, "node_modules", "agentpool", "bin", "agentpool.cjs"), ...args],
        { cwd: project, encoding: "utf8", env: cliEnvironment({ home: join(project, "home") }) },
      );

    for (const args of [["--version"], ["--help"], ["sessions", "--json"], ["skills", "get"]]) {
      expect(run(...args), args.join(" ")).toMatchObject({ status: 0, stderr: "" });
    }
    const { providers } = JSON.parse(run("inventory", "--json").stdout) as {
      providers: { id: string; installed: boolean; version: string | null }[];
    };
    expect(providers).toContainEqual(
      expect.objectContaining({ id: "fake", installed: true, version: "1.0.0" }),
    );
  });
});

test("every program that the package names starts", () => {
  const { project } = install();
  const { bin } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as {
    bin: Readonly<Record<string, string>>;
  };

  expect(Object.keys(bin).length).toBeGreaterThan(0);
  for (const file of Object.values(bin)) {
    const path = join(project, "node_modules", "agentpool", file);
    expect(statSync(path).mode & 0o111, file).not.toBe(0);
    expect(spawnSync(path, ["--version"], { encoding: "utf8" })).toMatchObject({ status: 0 });
  }
});

test("scripts/install.sh installs a tarball into a prefix, and its command starts", async () => {
  const { tarball } = pack();
  const prefix = join(tempFolder(), "prefix");

  const { stderr } = await runInstaller(tarball, prefix, ["--prefix", prefix, basename(tarball)]);

  const command = join(prefix, "bin", "agentpool");
  expect(stderr).toMatch(new RegExp(`^installed agentpool \\S+: ${command}$`, "m"));
  expect(stderr).toContain(`${join(prefix, "bin")} is not on your PATH`);
  const { status } = spawnSync(command, ["models", "--json"], {
    env: cliEnvironment({ home: join(prefix, "home") }),
  });
  expect(status).toBe(0);
});

test("scripts/install.sh refuses an old Node and says what to do", () => {
  const folder = tempFolder();
  writeFileSync(join(folder, "npm"), "#!/bin/sh\n", { mode: 0o755 });
  const old = '#!/bin/sh\n[ "$1" = -v ] && echo v18.0.0\nexit 1\n';
  writeFileSync(join(folder, "node"), old, { mode: 0o755 });
  const { status, stderr } = spawnSync(join(repository, "scripts", "install.sh"), [], {
    encoding: "utf8",
    env: { PATH: folder, HOME: folder },
  });

  expect(status).toBe(4);
  expect(stderr).toContain("this is v18.0.0 (node_too_old)");
  expect(stderr).toContain("try: nvm install 22");
});

test("the installed command plays the main job", async () => {
  const { project } = install();
  const { home, folder } = cliHome();
  const run = (...args: readonly string[]) =>
    spawnSync(join(project, "node_modules", ".bin", "agentpool"), args, {
      cwd: project,
      encoding: "utf8",
      env: cliEnvironment({ home: home.root, env: { TMPDIR: folder } }),
    });

  expect(run("--help")).toMatchObject({ status: 0, stderr: "" });
  const tried = run("try");
  expect(tried.status, tried.stderr).toBe(0);
  expect(tried.stdout).toContain("+Hello, friend!");
  expect(tried.stdout).toContain("npx agentpool inventory");
});

const program = `
import { AgentpoolError, connect, type AgentpoolEvent, type ErrorCode } from "agentpool";
import { defineProvider, type ProviderDefinition } from "agentpool/provider";

const pool = await connect();
const { sessionId } = await pool.session.spawn({
  providerId: "fake-question",
  task: "Paint the button",
  name: "painter",
});
const seen: AgentpoolEvent["type"][] = [];
const watching = (async (): Promise<void> => {
  for await (const event of pool.events({ after: 0, sessions: [sessionId] })) {
    seen.push(event.type);
    if (event.type === "session_exited") return;
  }
})();
const asked = await pool.session.observe({ sessionId, waitFor: ["question"], timeoutSeconds: 60 });
const prompt = asked.prompts[0];
if (!prompt) throw new Error("it asks nothing");
await pool.session.answer({ sessionId, promptId: prompt.id, option: "Blue" });
const first = await pool.session.wait({ sessionIds: [sessionId], timeoutSeconds: 60 });
const collected = await pool.session.collect({ sessionId, detail: "full" });
const sent = await pool.session.send({ sessionId, message: "And the door", wait: "accepted" });
const refused: ErrorCode | undefined = await pool.session
  .show({ sessionId: "ap_ffffffffffff" })
  .then(() => undefined, (thrown: unknown) => (thrown as AgentpoolError).code);
const ended = await pool.session.terminate({ sessionId });
console.log(JSON.stringify({
  option: prompt.options[2]?.label,
  outcome: first.outcome,
  accepted: sent.delivery?.state,
  refused,
  files: collected.artifacts.length > 5,
  text: collected.workerOutput.text,
  ended: ended.state,
}));
await watching;
if (seen[0] !== "session_created") throw new Error(seen.join());
await pool.close();

export const own: ProviderDefinition | typeof defineProvider = defineProvider;
`;

test("the library types and plays the main job, with nothing but the package", async () => {
  const { project } = install();
  const { home } = cliHome();
  writeFileSync(join(project, "program.mts"), program);
  const config = {
    compilerOptions: {
      target: "ES2023",
      lib: ["ES2023", "ESNext.Disposable", "DOM"],
      module: "NodeNext",
      strict: true,
      types: [],
      exactOptionalPropertyTypes: true,
    },
    files: ["program.mts"],
  };
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(repository, "node_modules", ".bin", "tsc");
  const compiled = spawnSync(tsc, ["-p", "."], { cwd: project, encoding: "utf8" });
  expect(compiled.stdout).toBe("");

  const { stdout, stderr } = spawnSync(process.execPath, ["program.mjs"], {
    cwd: project,
    encoding: "utf8",
    timeout: 100_000,
    env: cliEnvironment({ home: home.root, env: { AGENTPOOL_SUPERVISOR_IDLE_SECONDS: "30" } }),
  });

  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual({
    option: "Blue",
    outcome: "satisfied",
    accepted: "accepted",
    refused: "session_not_found",
    files: true,
    text: "The button is now Blue.",
    ended: "cancelled",
  });
});

/** Everything of a provider that a running program reads, as it lies in dist/. */
function providerFiles(folder = "providers"): string[] {
  return readdirSync(join(repository, folder)).flatMap((name) => {
    const file = `${folder}/${name}`;
    if (/^(screens|transcripts|recordings)$/.test(name) || /\.(md|d\.m?ts)$/.test(name)) return [];
    if (statSync(join(repository, file)).isDirectory()) return providerFiles(file);
    return [file.replace(/\.ts$/, ".js")];
  });
}
