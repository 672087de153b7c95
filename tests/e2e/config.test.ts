// needs: tmux
/** Settings as people have them: files, the built command, several processes. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { cliHome, type CliHome } from "../support/cli-home.ts";

function homeWith(text: string): CliHome {
  const home = cliHome({ env: { AGENTPOOL_MAX_PARALLEL_SESSIONS: "" } });
  mkdirSync(dirname(home.home.config), { recursive: true });
  writeFileSync(home.home.config, text);
  return home;
}

test("commands that race for the last places never exceed them", async () => {
  const home = homeWith("policy:\n  max_parallel_sessions: 2\n");
  const work = join(home.folder, "work");
  mkdirSync(work);
  await home.wake();
  const spawn = ["spawn", "-p", "fake-question", "--task", "x", "--repo", work, "--json"];
  const ends = await Promise.all(Array.from({ length: 5 }, () => home.start(spawn).ended));
  expect(ends.map(({ status }) => String(status)).toSorted()).toEqual(["0", "0", "6", "6", "6"]);
  const refused = ends.find(({ status }) => status === 6);
  expect(JSON.parse(refused?.stderr ?? "")).toMatchObject({
    error: {
      code: "policy_blocked",
      details: { policy: "max_parallel_sessions", active_count: 2 },
    },
  });
});

test("a file that cannot be used keeps everything from starting, and is told with its line", async () => {
  const home = homeWith("policy:\n\tmax_turns: 3\n");
  const spawned = await home.run(["spawn", "-p", "fake", "--task", "x", "--json"], { status: 2 });
  expect(JSON.parse(spawned.stderr)).toMatchObject({
    error: { code: "invalid_config", details: { file: home.home.config, line: 2 } },
  });
  const validated = await home.run(["config", "validate", "--json"], { status: 2 });
  expect(JSON.parse(validated.stdout)).toMatchObject({
    ok: false,
    errors: [{ file: home.home.config, line: 2 }],
  });
  rmSync(home.home.config);
  mkdirSync(home.home.config);
  const folder = await home.run(["config", "validate"], { status: 2 });
  expect(folder.stdout).toContain("cannot be read");
  const { checks } = await home
    .run(["doctor", "--json"], { status: 1 })
    .then(({ stdout }) => JSON.parse(stdout) as { checks: { name: string; status: string }[] });
  expect(checks).toContainEqual(expect.objectContaining({ name: "config", status: "fail" }));
});

test("every value says where it comes from, and the nearest wins", async () => {
  const home = homeWith("policy:\n  max_turns: 9\n  max_runtime_seconds: 60\n");
  const work = join(home.folder, "work");
  mkdirSync(join(work, ".git"), { recursive: true });
  writeFileSync(join(work, ".agentpool.yaml"), "policy:\n  max_turns: 5\n");
  const { stdout } = await home.run(["config", "show", "--changed", "--json"], {
    cwd: work,
    env: { AGENTPOOL_MAX_PARALLEL_SESSIONS: "7" },
  });
  expect(JSON.parse(stdout)).toMatchObject({
    settings: [
      {
        key: "policy.max_parallel_sessions",
        value: 7,
        origin: { source: "environment", name: "AGENTPOOL_MAX_PARALLEL_SESSIONS" },
      },
      { key: "policy.max_turns", value: 5, origin: { source: "project", line: 2 } },
      {
        key: "policy.max_runtime_seconds",
        value: 60,
        origin: { source: "user", file: home.home.config, line: 3 },
      },
    ],
  });
  const other = join(home.folder, "other.yaml");
  const named = await home.run(["config", "path"], { env: { AGENTPOOL_CONFIG: other } });
  expect(named.stdout).toBe(`${other}\n`);
  await home.run(["config", "set", "policy.max_turns", "2"], { env: { AGENTPOOL_CONFIG: other } });
  await home.run(["config", "set", "policy.max_turns", "many"], {
    env: { AGENTPOOL_CONFIG: other },
    status: 2,
  });
});

test("a provider that settings name and nobody has is told, for it forbids nothing", async () => {
  const home = homeWith("policy:\n  denied_providers: [fake, fakke]\n");
  const { stdout } = await home.run(["config", "validate", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({
    ok: true,
    warnings: [
      {
        file: home.home.config,
        line: 2,
        message: expect.stringContaining("did you mean fake?") as string,
      },
    ],
  });
});

test("what only reads providers works with a wrong setting, and warns of it on standard error", async () => {
  const home = homeWith("policy:\n  max_trns: 3\n");
  const expectWarned = async (words: readonly string[], key: string): Promise<void> => {
    const { stdout, stderr } = await home.run([...words, "--json"]);
    expect(JSON.parse(stdout)).toHaveProperty(key);
    expect(stderr).toMatch(/^warning: The configuration cannot be used; the rest of it holds\n/);
    expect(stderr).toContain(
      `${home.home.config}:2: "policy.max_trns" is no setting; did you mean policy.max_turns?`,
    );
  };
  await expectWarned(["models", "fake"], "providers");
  await expectWarned(["inventory"], "providers");
  await expectWarned(["models", "validate"], "files");
  // and so beside a supervisor, which may not act by it
  await home.wake();
  await expectWarned(["models", "fake"], "providers");
  const spawn = ["spawn", "-p", "fake", "--task", "x"];
  expect((await home.run(spawn, { status: 2 })).stderr).toContain("(invalid_config)");

  writeFileSync(home.home.config, "policy: [\n");
  const { stderr } = await home.run(["models", "fake"]);
  expect(stderr).toContain(`${home.home.config}:`);
});
