// needs: tmux, git
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { beforeAll, expect, test } from "vitest";
import { ensureBuilt, repository } from "../support/built.ts";
import { cliHome } from "../support/cli-home.ts";
import { npmWithoutRegistry, pathWith, sourceRepository } from "../support/fresh-clone.ts";
import { makeRepo } from "../support/home.ts";
import { linesUnder, readme, words } from "../support/readme.ts";
import { cliEnvironment } from "../support/run-cli.ts";
import { tempFolder } from "../support/temp-folder.ts";

beforeAll(ensureBuilt, 120_000);

test("every block of lines to type is run by a test", () => {
  const headings = [...readme.matchAll(/^## (.*)$/gm)].map(([, heading = ""]) => heading);

  expect(headings.filter((heading) => linesUnder(heading).length > 0)).toEqual([
    "Try it: two commands",
    "Install",
    "A first session",
    "Every day",
    // with real agent CLIs, in tests/real/readme.test.ts
    "With a real agent",
    "Many agents",
    "From the agent you talk to",
    // in library.test.ts and workers.test.ts
    "From a program",
  ]);
});

test("the lines from nothing to an installed command work on a fresh clone", () => {
  const folder = tempFolder();
  const source = sourceRepository(join(folder, "source"));
  const path = pathWith(join(folder, "bin"), {
    without: ["agentpool"],
    instead: { npm: npmWithoutRegistry() },
  });
  const user = join(folder, "user");
  mkdirSync(user);
  const lines = [...linesUnder("Try it: two commands"), ...linesUnder("Install")];
  expect(lines).toHaveLength(6);

  const { status, stdout, stderr } = spawnSync("sh", ["-e", "-c", lines.join("\n")], {
    cwd: user,
    encoding: "utf8",
    timeout: 250_000,
    env: cliEnvironment({
      home: join(folder, "home"),
      env: {
        HOME: user,
        TMPDIR: folder,
        PATH: `${path}:${join(user, "prefix", "bin")}`,
        npm_config_prefix: join(user, "prefix"),
        npm_config_offline: "true",
        // the address in the README leads here
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: `url.${source}.insteadOf`,
        GIT_CONFIG_VALUE_0: "https://github.com/agentpool/agentpool",
      },
    }),
  });

  expect(status, `${stdout}\n${stderr}`).toBe(0);
  expect(stdout).toContain("The greeting is friendlier now");
  expect(stdout).toMatch(/npm link +makes the command agentpool/);
  expect(stdout).toMatch(/^ok +tmux/m);
}, 300_000);

test("every line of the first session, and of every day, works as it stands", async () => {
  const { run } = cliHome();
  const lines = [...linesUnder("A first session"), ...linesUnder("Every day")];
  expect(lines.length).toBeGreaterThan(12);

  for (const line of lines) {
    const [program, ...args] = words(line);
    expect(program).toBe("agentpool");
    await run(args);
  }
});

test("every line of many agents works as it stands, and the gate is one", async () => {
  const { run, folder } = cliHome();
  const cwd = makeRepo(folder);
  const lines = linesUnder("Many agents");
  const ended: (readonly [string, number | null])[] = [];
  for (const line of lines) {
    const [, ...args] = words(line);
    // the first look at the team ends at the gate, as the text says
    const isGate = args[1] === "watch" && !ended.some(([before]) => before === args[1]);
    const { status } = await run(args, { cwd, status: isGate ? 8 : 0 });
    ended.push([args[1] ?? "", status]);
  }
  expect(ended.map(([verb]) => verb)).toEqual(
    ["pool", "team", "watch", "approve", "watch", "report", "finish", "swarm"], //
  );
});

test("the program in the README is a program", async () => {
  const { folder, home } = cliHome();
  const code = /```ts\n([^]*?)```/.exec(readme)?.[1] ?? "";
  const file = join(folder, "program.mjs");
  const library = JSON.stringify(join(repository, "dist", "src", "index.js"));
  // Node 20 has no `await using`; everything else is run as it stands
  const plain = code.replace('"agentpool"', library).replace("await using pool", "const pool");
  writeFileSync(file, `${plain}\nawait pool.close();\n`);

  const { stdout, stderr } = spawnSync(process.execPath, [file], {
    encoding: "utf8",
    cwd: folder,
    env: { ...process.env, AGENTPOOL_HOME: home.root },
    timeout: 100_000,
  });

  expect(stderr).toBe("");
  expect(stdout).toMatch(/^(idle|completed) Done: Say hello/);
});
