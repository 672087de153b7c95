import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { transform } from "esbuild";
import { beforeAll, expect, test } from "vitest";
import { operations } from "../../../src/operations/index.ts";
import { copyBuild } from "../../support/build-copy.ts";
import { agentpoolBin, ensureBuilt, repository } from "../../support/built.ts";
import { cliEnvironment, runCli } from "../../support/run-cli.ts";
import { tempFolder } from "../../support/temp-folder.ts";

beforeAll(ensureBuilt, 120_000);

const dist = join(repository, "dist");
const version = (): string =>
  (JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as { version: string })
    .version;

/** What a command loaded: files, and modules of Node beyond those of a bare start. */
function loadedBy(args: readonly string[]): {
  files: string[];
  builtins: string[];
  status: unknown;
} {
  const folder = tempFolder();
  const report = join(folder, "loaded.json");
  const spy = join(folder, "spy.cjs");
  writeFileSync(
    spy,
    `const before = new Set(process.moduleLoadList);
     process.on("exit", () => require("fs").writeFileSync(${JSON.stringify(report)}, JSON.stringify({
       files: Object.keys(require.cache).filter((file) => file !== __filename),
       builtins: process.moduleLoadList.filter((one) => !before.has(one))
         .map((one) => one.replace(/^NativeModule /, "")).filter((one) => !one.startsWith("internal/")),
     })));`,
  );
  const { status } = spawnSync(process.execPath, ["--require", spy, agentpoolBin, ...args], {
    env: cliEnvironment({ home: join(folder, "home") }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  return {
    ...(JSON.parse(readFileSync(report, "utf8")) as { files: string[]; builtins: string[] }),
    status,
  };
}

test.each([[["--help"]], [["--version"]], [[]], [["spawn", "--help"]], [["help", "exit-codes"]]])(
  "agentpool %j loads nothing but its own first file",
  (args) => {
    const { files, builtins, status } = loadedBy(args);

    expect(status).toBe(0);
    expect(files.map((file) => basename(file))).toEqual(["agentpool.cjs"]);
    expect(builtins).toEqual([]);
  },
);

test("agentpool sessions loads no schema, process, YAML or MCP library, and no socket where none is", () => {
  const { files, builtins, status } = loadedBy(["sessions", "--json"]);

  expect(status).toBe(0);
  expect(files.map((file) => basename(file))).toEqual(["agentpool.cjs", "run-bundle.cjs"]);
  const heavy = ["http", "net", "child_process", "crypto", "tty", "stream/promises"];
  // the first stands in files of other operations, which are run when they are called
  for (const one of ["fs/promises", "module", ...heavy]) expect(builtins).not.toContain(one);
});

test("the bundle holds none of the heavy libraries", () => {
  const text = readFileSync(join(dist, "cli.cjs"), "utf8");

  for (const trace of ["ZodError", "_zod", "parseDocument", "JSONRPCMessageSchema"]) {
    expect(text, trace).not.toContain(trace);
  }
});

test("the bundle runs what can be read without a supervisor, and holds no other operation's body", () => {
  const text = readFileSync(join(dist, "cli.cjs"), "utf8");
  const listed = text.slice(text.indexOf(`=>({name:"${operations[0]?.name}"`)).split("=>({name:");

  for (const { name, ...one } of operations.filter(({ cli }) => cli)) {
    const words = listed.find((entry) => entry.startsWith(`"${name}"`)) ?? "";
    const answersAlone = one.fromStore ?? one.fromFiles ?? one.aboutSupervisor ?? false;
    expect(words, name).toContain("render:");
    expect(words.includes(",run:"), name).toBe(answersAlone);
  }
  expect(text).toContain("ctx.app.store");
  expect(text).not.toContain("app.workerGroups.scale(");
});

test("the first file is readable for any Node since 10", async () => {
  const code = readFileSync(agentpoolBin, "utf8");
  const print = (target: string) => transform(code, { target, minifyWhitespace: true });

  expect((await print("es2015")).code).toBe((await print("esnext")).code);
});

test("an old Node is told which one is needed", () => {
  const spy = join(tempFolder(), "old.cjs");
  writeFileSync(spy, `Object.defineProperty(process.versions, "node", { value: "18.20.0" });`);

  const { status, stderr } = spawnSync(
    process.execPath,
    ["--require", spy, agentpoolBin, "sessions"],
    {
      encoding: "utf8",
    },
  );

  expect(status).toBe(4);
  expect(stderr).toContain(
    "agentpool needs Node.js 20.19 or newer; this is 18.20.0 (node_too_old)",
  );
});

test("--version, -V and version print the package's version", async () => {
  for (const word of ["--version", "-V", "version"]) {
    expect((await runCli([word], { home: tempFolder() })).stdout, word).toBe(`${version()}\n`);
  }
});

test("every page that help names exists, in every spelling, and ends with 0", async () => {
  const home = tempFolder();
  const root = (await runCli(["help", "commands"], { home })).stdout;
  const commands = [...root.matchAll(/^ {2}([a-z]+(?: [a-z]+)?) {2,}\S/gm)].map(
    (match) => match[1] ?? "",
  );
  expect(commands.length).toBeGreaterThan(20);

  for (const command of [
    "supervisor",
    "worktrees",
    "ls",
    ...commands.filter((_, i) => i % 4 === 0),
  ]) {
    const words = command.split(" ");
    const page = await runCli([...words, "--help"], { home });
    expect(page, command).toMatchObject({ status: 0, stderr: "" });
    expect((await runCli(["help", ...words], { home })).stdout, command).toBe(page.stdout);
    expect((await runCli([...words, "x", "-h", "--json"], { home })).stdout, command).toBe(
      page.stdout,
    );
  }
});

test("every command has a page with its flags, examples and no line over 80 columns", () => {
  const pages = readdirSync(join(dist, "help"));
  expect(pages.length).toBeGreaterThan(30);

  for (const page of pages) {
    const text = readFileSync(join(dist, "help", page), "utf8");
    const long = text.split("\n").filter((line) => line.length > 80);
    expect(long, page).toEqual([]);
  }
});

test("cached machine code of another build or damage is never taken for ours", async () => {
  const copy = tempFolder();
  cpSync(join(repository, "bin"), join(copy, "bin"), { recursive: true });
  for (const part of ["cli.cjs", "help"]) {
    cpSync(join(dist, part), join(copy, "dist", part), { recursive: true });
  }
  const bin = join(copy, "bin", "agentpool.cjs");
  const run = (): string =>
    spawnSync(process.execPath, [bin, "sessions", "--json"], {
      encoding: "utf8",
      env: cliEnvironment({ home: join(copy, "home") }),
    }).stdout;
  const first = run();
  const cached = readdirSync(join(copy, "dist")).find((name) => name.endsWith(".bin")) ?? "";
  expect(cached).toContain(process.version);
  expect(run()).toBe(first);

  // what only other files know is reached from cached code too
  expect(
    spawnSync(process.execPath, [bin, "doctor", "--json"], {
      encoding: "utf8",
      env: cliEnvironment({ home: join(copy, "home") }),
    }).stderr,
  ).toContain(join(copy, "dist", "src", "surface", "cli", "commands", "doctor.js"));

  writeFileSync(join(copy, "dist", cached), "not code");
  expect(run()).toBe(first);

  const text = readFileSync(join(copy, "dist", "cli.cjs"), "utf8");
  writeFileSync(
    join(copy, "dist", "cli.cjs"),
    text.replace("CREATED", "CREATEd").replace(/[0-9a-f]{16}/, "0".repeat(16)),
  );
  const changed = spawnSync(process.execPath, [bin, "sessions"], {
    encoding: "utf8",
    env: cliEnvironment({ home: join(copy, "home") }),
  });
  expect(changed.stdout).toContain("CREATEd");
});

// V8 gives code from a cache no way to import(): from the second start on it would fail with
// ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING, wherever a command needs a file beside the bundle
test.each<[string, readonly string[], string, RegExp]>([
  ["doctor", ["doctor", "--json"], "", /"name": "sqlite",\s+"status": "ok"/],
  ["mcp", ["mcp"], hostLines(), /"name":"agentpool".*\n.*"structuredContent":\{"sessions":\[\]/],
  ["inventory", ["inventory", "--json"], "", /"id": "fake"/],
])("%s works at its first start and at the next ones", async (_, args, input, expected) => {
  const folder = tempFolder();
  const { bin } = copyBuild(join(folder, "copy"));
  const cached = (): string[] =>
    readdirSync(join(folder, "copy", "dist")).filter((name) => name.endsWith(".bin"));
  const run = (): string =>
    spawnSync(process.execPath, [bin, ...args], {
      encoding: "utf8",
      input,
      env: cliEnvironment({
        home: join(folder, "home"),
        env: { AGENTPOOL_SUPERVISOR: "inline" },
      }),
    }).stdout;

  expect(cached()).toEqual([]);
  expect(run()).toMatch(expected);
  expect(cached()).toHaveLength(1);
  expect(run()).toMatch(expected);
  expect(run()).toMatch(expected);
});

/** What a host says to list sessions, which needs the protocol package and the supervisor. */
function hostLines(): string {
  const params = {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  };
  return [
    { id: 1, method: "initialize", params },
    { id: 2, method: "tools/call", params: { name: "list_sessions", arguments: {} } },
  ]
    .map((message) => `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`)
    .join("");
}
