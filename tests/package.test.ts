// needs: tmux, git
import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { ensureBuilt, repository } from "./support/built.ts";
import { cliHome } from "./support/cli-home.ts";
import { cliEnvironment } from "./support/run-cli.ts";
import { tempFolder } from "./support/temp-folder.ts";

beforeAll(ensureBuilt, 120_000);

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as Manifest;

/** The package as npm would publish it, installed into an empty project of a user's. */
function install(): { readonly project: string; readonly files: readonly string[] } {
  const folder = tempFolder();
  const packed = spawnSync(
    "npm",
    ["pack", "--ignore-scripts", "--json", "--pack-destination", folder],
    { cwd: repository, encoding: "utf8" },
  );
  const [{ filename, files }] = JSON.parse(packed.stdout) as [
    { filename: string; files: readonly { path: string }[] },
  ];
  const project = join(folder, "project");
  const modules = join(project, "node_modules");
  mkdirSync(join(modules, ".bin"), { recursive: true });
  spawnSync("tar", ["xf", join(folder, filename), "-C", modules]);
  spawnSync("mv", [join(modules, "package"), join(modules, "agentpool")]);
  symlinkSync("../agentpool/bin/agentpool.cjs", join(modules, ".bin", "agentpool"));
  // what npm would fetch; nothing but what the package says it depends on
  const needed = { ...manifest.dependencies, ...manifest.optionalDependencies };
  for (const name of Object.keys(needed)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(repository, "node_modules", name), join(modules, name));
  }
  return { project, files: files.map(({ path }) => path) };
}

test("the package holds the build, all of every provider, and nothing else", () => {
  const { files } = install();

  const expected = [
    /^(LICENSE|README\.md|CHANGELOG\.md|SECURITY\.md|package\.json)$/,
    /^bin\/(agentpool|command-line)\.cjs$/,
    /^dist\/(cli\.cjs|mcp\.json|help\/[a-z-]+\.txt)$/,
    /^dist\/src\/.*\.(js|d\.ts|json|md)$/,
    /^dist\/provider\.schema\.json$/,
    /^dist\/providers\/facts\.json$/,
    /^dist\/providers\/[\w-]+\/.*\.(js|mjs|cjs|json|sh|py)$/,
  ];
  expect(files.filter((file) => !expected.some((pattern) => pattern.test(file)))).toEqual([]);
  expect(providerFiles().filter((file) => !files.includes(`dist/${file}`))).toEqual([]);
  expect(files.filter((file) => /\/(screens|transcripts)\/|notes\.md$/.test(file))).toEqual([]);
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
const asked = await pool.session.observe({ sessionId, waitFor: ["question"], timeoutSeconds: 20 });
const prompt = asked.prompts[0];
if (!prompt) throw new Error("it asks nothing");
await pool.session.answer({ sessionId, promptId: prompt.id, option: "Blue" });
const first = await pool.session.wait({ sessionIds: [sessionId], timeoutSeconds: 20 });
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
    timeout: 25_000,
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
    if (/^(screens|transcripts)$/.test(name) || /\.(md|d\.m?ts)$/.test(name)) return [];
    if (statSync(join(repository, file)).isDirectory()) return providerFiles(file);
    return [file.replace(/\.ts$/, ".js")];
  });
}
