// needs: tmux
/** Lines as people mistype them, and places as they are sometimes. Nothing here starts a supervisor. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { cliHome } from "../support/cli-home.ts";

beforeAll(ensureBuilt, 120_000);

test("a line that means two things, or nothing, is refused with what was wrong in it", async () => {
  const { run, home } = cliHome();
  const refused = async (line: string, what: RegExp): Promise<void> => {
    const { stdout, stderr } = await run(line.split(" "), { status: 2 });
    expect(stdout).toBe("");
    expect(stderr).toMatch(what);
    expect(stderr).toMatch(/\n {2}try: |"hint": /);
  };
  await Promise.all([
    refused(
      "spawn -p fake --task one --task two",
      /--task was given twice .*\n.*"one", once as "two"/,
    ),
    refused("spawn -p fake --provider codex --task x", /--provider was given twice/),
    refused("sessions --json=yes", /--json takes no value/),
    refused("sessions --fields ,", /--fields names no field/),
    refused("top --json", /top has no flag --json[^]*agentpool top --help/),
    refused("spawn -p fake --task x --name two.words,", /try: Name of the session: letters/),
  ]);
  expect((await run(["sessions", "--limit", "3", "--limit", "3"])).stderr).toBe("");
  expect(existsSync(home.supervisorFacts)).toBe(false);
});

test("the version and the help are given whatever else stands in the line", async () => {
  const { run } = cliHome();
  const lines = ["--version --json", "-v", "-V", "version"];
  const printed = await Promise.all(lines.map((line) => run(line.split(" "))));
  expect(new Set(printed.map(({ stdout }) => stdout)).size).toBe(1);
  expect((await run(["help", "help"])).stdout).toContain("Usage: agentpool <command>");
});

test("a folder that was removed under the command is told as that", async () => {
  const { run, folder } = cliHome();
  const gone = join(folder, "gone");
  mkdirSync(gone);
  const through = ["sh", "-c", 'cd "$0" && rmdir "$0" && exec "$@"', gone];
  const { stderr } = await run(["sessions"], { through, status: 3 });
  expect(stderr).toMatch(
    /^error: The folder you stand in is not there any more \(repo_not_found\)/,
  );
  expect(() => rmdirSync(gone)).toThrow("ENOENT");
});

test("a setting that nobody knows can be taken out, and only where it stands", async () => {
  const { run, home } = cliHome();
  mkdirSync(dirname(home.config), { recursive: true });
  writeFileSync(home.config, "policy:\n  max_trns: 3 # a slip\n  max_turns: 2\n");
  await run(["config", "unset", "policy.max_trns"]);
  expect(readFileSync(home.config, "utf8")).toBe("policy:\n  max_turns: 2\n");
  const { stderr } = await run(["config", "unset", "policy.max_runtime"], { status: 2 });
  expect(stderr).toMatch(
    /policy\.max_runtime cannot be taken out \(invalid_config\)\n {2}why: .+did you mean [^?]+\? \S/,
  );
  const { stdout } = await run(["config", "unset", "policy.max_runtime_seconds"]);
  expect(stdout).toContain("policy.max_runtime_seconds is not set there");
});
