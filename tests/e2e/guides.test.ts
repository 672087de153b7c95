// needs: tmux, git
/** Every line to type in the guides, typed. */
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { agentpoolBin, ensureBuilt } from "../support/built.ts";
import { cliHome } from "../support/cli-home.ts";
import { guides } from "../support/guides.ts";
import { cliEnvironment } from "../support/run-cli.ts";

/** What lines may need that is not there in this test. */
const needs: Readonly<Record<string, string>> = {
  "real-agent": "an agent CLI of a vendor; tests/real runs such lines against a model of our own",
  "mcp-host": "an installed MCP host, whose settings the lines change",
  terminal: "a person at a terminal",
  network: "the network",
  gate: "somebody who decides between the lines; tests/e2e/team.test.ts types them",
  clone: "a clone of this repository, in which it takes long",
};

beforeAll(ensureBuilt, 120_000);

const all = guides();

test("lines that are not typed say what they need", () => {
  const words = all.flatMap(({ blocks }) => blocks.flatMap((block) => block.needs ?? []));
  expect(words.filter((word) => needs[word] === undefined)).toEqual([]);
});

const typed = all.filter(({ blocks }) => blocks.some((block) => block.needs === undefined));

test.each(typed)(
  "every line of $page works as it stands",
  async ({ blocks }) => {
    const shell = openShell();
    for (const block of blocks.filter(({ needs: needed }) => needed === undefined)) {
      await expect(shell.type(block.text)).resolves.toBeUndefined();
    }
  },
  300_000,
);

/** A person's shell in a repository of theirs, where `agentpool` is installed. */
function openShell(): { readonly type: (lines: string) => Promise<void> } {
  const { folder, home } = cliHome();
  const [bin, repository] = [join(folder, "bin"), join(folder, "project")];
  for (const path of [bin, repository, home.root]) mkdirSync(path);
  symlinkSync(agentpoolBin, join(bin, "agentpool"));
  symlinkSync(home.root, join(folder, ".agentpool"));
  writeFileSync(join(repository, "notes.txt"), "some notes\n");
  const git = (...args: readonly string[]): void => {
    const author = ["-c", "user.name=A Person", "-c", "user.email=person@example.org"];
    execFileSync("git", ["-C", repository, ...author, ...args], { stdio: "pipe" });
  };
  git("init", "--quiet", "--initial-branch=main");
  git("add", ".");
  git("commit", "--quiet", "--message=notes");
  const env = cliEnvironment({
    home: home.root,
    env: {
      HOME: folder,
      PATH: `${bin}:${process.env["PATH"] ?? ""}`,
      AGENTPOOL_SUPERVISOR_IDLE_SECONDS: "30",
    },
  });
  return {
    type: async (lines) => {
      try {
        await promisify(execFile)("sh", ["-e", "-c", lines], {
          cwd: repository,
          env,
          timeout: 250_000,
        });
      } catch (thrown) {
        const { stdout, stderr } = thrown as { stdout: string; stderr: string };
        throw new Error(`${lines}\n${stdout}${stderr}`, { cause: thrown });
      }
    },
  };
}
