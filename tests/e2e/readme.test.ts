// needs: tmux
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { ensureBuilt, repository } from "../support/built.ts";
import { cliHome } from "../support/cli-home.ts";
import { spawnSync } from "node:child_process";

beforeAll(ensureBuilt, 120_000);

const readme = readFileSync(join(repository, "README.md"), "utf8");

/** The commands of a block of the README. */
function commandsUnder(heading: string): string[] {
  const section = readme.slice(readme.indexOf(`## ${heading}`));
  const block = /```sh\n([^]*?)```/.exec(section)?.[1] ?? "";
  return block.trim().split("\n");
}

/** Splits a line into words as a shell does, as far as the README uses one. */
function words(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? "");
}

test("every line of the first session works as it stands", async () => {
  const { run } = cliHome();
  const lines = commandsUnder("A first session");
  expect(lines.length).toBeGreaterThan(6);

  for (const line of lines) {
    const [program, ...args] = words(line);
    expect(program).toBe("agentpool");
    await run(args);
  }
});

test("the lines for real agents are lines the command understands", async () => {
  const { run } = cliHome();
  for (const line of commandsUnder("With a real agent")) {
    const [, ...args] = words(line);
    const { stderr } = await run([...args, "--help"]);
    expect(stderr, line).toBe("");
  }
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
    timeout: 30_000,
  });

  expect(stderr).toBe("");
  expect(stdout).toMatch(/^(idle|completed) Done: Say hello/);
});
