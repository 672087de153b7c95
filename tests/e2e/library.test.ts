// needs: tmux, git
/** Programs over the built library, as users run them. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { transform } from "esbuild";
import { beforeAll, expect, test } from "vitest";
import { ensureBuilt, repository } from "../support/built.ts";
import { cliHome, type CliHome } from "../support/cli-home.ts";
import { makeRepo } from "../support/git-repo.ts";
import { cliEnvironment } from "../support/run-cli.ts";
import { waitFor } from "../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

const library = JSON.stringify(join(repository, "dist", "src", "index.js"));

function start(home: CliHome, file: string) {
  const cwd = makeRepo(join(home.folder, `repo-${basename(file)}`), { "README.md": "# Shop\n" });
  const env = { AGENTPOOL_SUPERVISOR_IDLE_SECONDS: "30" };
  const options = { cwd, env: cliEnvironment({ home: home.home.root, env }), timeout: 60_000 };
  return promisify(execFile)(process.execPath, [file], options);
}

const said: Readonly<Record<string, readonly string[]>> = {
  "coordinator.mjs": [
    "Connect UI and auth: completed",
    "agent:frontend-worker: Design UI: completed",
  ],
  "pipeline.mjs": ["plan: completed", "success after"],
  "pool.mjs": ["[agent-2] agent_complete", "agent-1: completed", "Done: Write integration tests"],
  "team.mjs": ["lead: completed", "task-0004: completed", "agentpool run finish rn_"],
};

test("the examples do what they say", async () => {
  const programs = readdirSync(join(repository, "examples")).filter((one) => one.endsWith(".mjs"));
  expect(programs).toEqual(expect.arrayContaining(Object.keys(said)));
  const home = cliHome();
  await home.wake();

  const outputs = await Promise.all(
    Object.entries(said).map(async ([name, lines]) => {
      const { stdout, stderr } = await start(home, join(repository, "examples", name));
      return { lines, stdout, stderr };
    }),
  );

  for (const { lines, stdout, stderr } of outputs) {
    for (const line of lines) expect(stdout).toContain(line);
    expect(stderr).toBe("");
  }
});

test("every program of the page about the library runs as it stands", async () => {
  const home = cliHome();
  const page = readFileSync(join(repository, "docs", "library.md"), "utf8");
  const blocks = [...page.matchAll(/^```ts\n([^]*?)^```/gm)].map(([, text = ""]) => text);
  expect(blocks).toHaveLength(5);
  const imported = /^import \{ (.*) \} from "agentpool";$/gm;
  const names = new Set(
    blocks.flatMap((text) =>
      [...text.matchAll(imported)].flatMap(([, one = ""]) => one.split(", ")),
    ),
  );
  const program = [
    `import { ${[...names].join(", ")} } from ${library};`,
    ...blocks.map((text) => `{\n${text.replaceAll(imported, "")}\n}`),
  ].join("\n");
  // Node 20 has no `await using`; everything else is run as it stands
  const { code } = await transform(program, { loader: "ts", target: "node20", format: "esm" });
  const file = join(home.folder, "page.mjs");
  writeFileSync(file, code);

  const { stdout, stderr } = await start(home, file);

  expect(stderr).toBe("");
  for (const line of [
    /^agent-1: completed .* Done: Review auth module/m,
    /^lead completed, task-0001 completed, task-0002 completed$/m,
    /^true$/m,
    /^\[agent-1\] agent_complete$/m,
    /^agent:worker-1: Set up the schema is done$/m,
  ]) {
    expect(stdout).toMatch(line);
  }
});

test("a program that is killed leaves a run that goes on, and run watch shows its end", async () => {
  const home = cliHome();
  const file = join(home.folder, "killed.mjs");
  writeFileSync(
    file,
    `import { AgentPool } from ${library};
    const pool = new AgentPool({ provider: "fake", isolation: "read_only" });
    for (const word of ["one", "two"]) pool.submit("!fake sleep 0.5\\n!fake say " + word);
    void pool.run();`,
  );
  const program = start(home, file);
  const ended = program.catch((thrown: unknown) => thrown);
  await waitFor(
    async () => (await home.json<{ runs: object[] }>(["run", "list"])).runs.length === 1,
  );
  program.child.kill("SIGKILL");
  await ended;

  await home.run(["run", "watch", "@last"]);
  const { tasks } = await home.json<{ tasks: { result: string }[] }>(["run", "show", "@last"]);
  expect(tasks.map(({ result }) => result)).toEqual(["one", "two"]);
});
