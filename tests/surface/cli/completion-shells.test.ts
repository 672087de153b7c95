// needs: tmux
/** Tab in the shells themselves: what a person types there, and what the line is then. */
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { agentpoolBin, ensureBuilt } from "../../support/built.ts";
import { runCli } from "../../support/run-cli.ts";
import { t0 } from "../../support/session.ts";
import { skipBecause } from "../../support/skip.ts";
import { storeSessions } from "../../support/stored-sessions.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { terminal } from "../../support/terminal.ts";
import { waitFor } from "../../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

/** What is typed before Tab, and what stands there after it. */
const lines: readonly (readonly [typed: string, completed: string])[] = [
  ["agentpool obs", "agentpool observe"],
  ["agentpool worktrees cl", "agentpool worktrees cleanup"],
  ["agentpool observe pai", "agentpool observe painter"],
  [
    "agentpool observe x --wait-for question,comp",
    "agentpool observe x --wait-for question,completed",
  ],
  ["agentpool sessions --format=w", "agentpool sessions --format=wide"],
  ["agentpool spawn --task-file tas", "agentpool spawn --task-file task.md"],
  ["agentpool spawn --task-file=tas", "agentpool spawn --task-file=task.md"],
];

describe("bash", skipBecause(whyNot("bash")), () => {
  test("Tab completes every line", async () => {
    const press = await shell("bash --norc --noprofile", "source <(agentpool completion bash)");
    for (const [typed, completed] of lines) {
      expect(await press(typed, completed)).toBe(completed);
    }
  });
});

describe("zsh", skipBecause(whyNot("zsh")), () => {
  test("Tab completes every line", async () => {
    const press = await shell(
      "zsh -f",
      "autoload -U compinit; compinit -u -D; source <(agentpool completion zsh)",
    );
    for (const [typed, completed] of lines) {
      expect(await press(typed, completed)).toBe(completed);
    }
  });
});

describe("fish", skipBecause(whyNot("fish")), () => {
  test("what may stand there is what the line is completed to, the newest session first", async () => {
    const { env, folder } = await person();
    const script = ["agentpool completion fish | source"];
    const asked = [...lines.map(([typed]) => typed), "agentpool observe "];
    for (const line of asked) script.push(`echo "=="; complete -C"${line}"`);
    const { stdout } = spawnSync("fish", ["--no-config", "-c", script.join("\n")], {
      encoding: "utf8",
      env: { ...process.env, ...env, HOME: folder },
      cwd: folder,
    });
    const found = stdout
      .split("==\n")
      .slice(1)
      .map((answers) => answers.split("\n").flatMap((one) => one.split("\t")[0] || []));
    expect(found).toEqual([
      ...lines.map(([, completed]) => [completed.split(" ").at(-1)]),
      ["painter", "ap_00000000000b", "ap_00000000000a", "@last"],
    ]);
  });
});

test("a shell that cannot hand over an empty word says that a new one begins", async () => {
  const words = ["__complete", "--new-word", "--", "sessions", "--format"];
  const { stdout } = await runCli(words, { home: tempFolder() });
  expect(stdout).toBe("table\nwide\ntsv\nname\njson\n");
});

function whyNot(name: string): string | undefined {
  const { error } = spawnSync(name, ["--version"]);
  return error ? `${name} is not installed` : undefined;
}

/** Somebody with agentpool on the path, a file in their folder and two sessions. */
async function person(): Promise<{
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}> {
  const folder = tempFolder();
  const [bin, root] = [join(folder, "bin"), join(folder, "home")];
  mkdirSync(bin);
  symlinkSync(agentpoolBin, join(bin, "agentpool"));
  writeFileSync(join(folder, "task.md"), "do it\n");
  await storeSessions(
    root,
    { id: "ap_00000000000a" },
    { id: "ap_00000000000b", name: "painter", createdAt: t0 + 1 },
  );
  return {
    folder,
    env: { AGENTPOOL_HOME: root, PATH: `${bin}:${process.env["PATH"] ?? ""}` },
  };
}

/** A shell at its prompt with our completion in it; gives what types a line, presses Tab and reads it. */
async function shell(
  program: string,
  source: string,
): Promise<(typed: string, completed: string) => Promise<string>> {
  const { folder, env } = await person();
  const { run, type, screen } = terminal({ columns: 100, rows: 20 });
  const last = (): string => screen().trimEnd().split("\n").at(-1) ?? "";
  // tmux gives a pane the PATH of whoever asks for it, whatever it is told
  run(`cd '${folder}' && PATH='${env["PATH"]}' PS1='here> ' ${program}`, env);
  await waitFor(() => screen().includes("here>"), { what: "the prompt" });
  type("-l", `${source} && echo set up`);
  type("Enter");
  await waitFor(() => /^set up/m.test(screen()), { what: "the completion to be there" });
  return async (typed, completed) => {
    type("C-u");
    type("-l", typed);
    await waitFor(() => last() === `here> ${typed}`, { what: typed });
    type("Tab");
    await waitFor(() => last() === `here> ${completed}`, { what: `${completed} in ${screen()}` });
    return last().slice("here> ".length);
  };
}
