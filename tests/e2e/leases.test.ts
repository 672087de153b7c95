// needs: tmux, git
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { startToken } from "../../src/supervisor/start-token.ts";
import { ensureBuilt, repository } from "../support/built.ts";
import { agentToSpawn } from "../support/cli-agent.ts";
import { cliHome } from "../support/cli-home.ts";
import { makeRepo } from "../support/git-repo.ts";
import { waitFor } from "../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

const guide = readFileSync(join(repository, "docs", "leases-and-worktrees.md"), "utf8");

test("every line of the guide works as it stands, in its order", async () => {
  const { run, folder } = cliHome();
  const cwd = makeRepo(join(folder, "repo"), { "README.md": "# Shop\n", "docs/a.md": "" });
  const lines = [...guide.matchAll(/```sh\n([^]*?)```/g)].flatMap(([, block = ""]) =>
    block.trim().split("\n"),
  );
  expect(lines.length).toBeGreaterThan(12);

  for (const line of lines) {
    const found = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)];
    const [program, ...args] = found.map((word) => word[1] ?? word[2] ?? word[3] ?? "");
    expect(program).toBe("agentpool");
    await run(args, { cwd });
  }
});

test("of several commands at once one gets the file, and the others are told who has it", async () => {
  const home = cliHome();
  await home.wake();
  const names = ["a", "b", "c", "d"];

  const results = await Promise.all(
    names.map((name) => {
      const line = ["leases", "acquire", "--agent", name, "--file", "x.ts", "--json"];
      return home.start(line).ended;
    }),
  );

  const statuses = results.map(({ status }) => status);
  expect(statuses.toSorted((a, b) => Number(a) - Number(b))).toEqual([0, 5, 5, 5]);
  const winner = `agent:${names[statuses.indexOf(0)] ?? ""}`;
  const refused = results.filter(({ status }) => status === 5);
  for (const { stderr } of refused) {
    expect(JSON.parse(stderr)).toMatchObject({
      error: {
        code: "lease_conflict",
        details: { path: "x.ts", holder: winner, expires_at: expect.stringMatching(/Z$/) },
      },
    });
  }
  await home.run(["leases", "check", "x.ts"], { status: 5 });
  await home.run(["leases", "renew", "--lease-id", "ls_none"], { status: 3 });
});

test("a setup script whose supervisor was killed is ended and run again, and the agent starts", async () => {
  const home = cliHome();
  const cwd = makeRepo(join(home.folder, "repo"), { "README.md": "" });
  const first = join(home.folder, "first");
  const setup = `test -e ${first} || { echo $$ > ${first}; exec sleep 600; }; touch done`;
  mkdirSync(home.home.root, { recursive: true });
  writeFileSync(home.home.config, `worktree:\n  setup: '${setup}'\n`);
  const { words } = agentToSpawn(home, "hello", {
    name: "cut",
    args: ["--isolation", "worktree", "--repo", cwd],
  });
  const spawning = home.start(words);
  await waitFor(() => existsSync(first) && readFileSync(first, "utf8").endsWith("\n"));
  const script = Number(readFileSync(first, "utf8"));

  process.kill(home.supervisor(), "SIGKILL");
  await spawning.ended;
  await home.run(["observe", "cut", "--wait-for", "completed", "--timeout", "60s"]);

  const { session } = await home.json<{ session: { work_path: string } }>([
    "session",
    "show",
    "cut",
  ]);
  expect(existsSync(join(session.work_path, "done"))).toBe(true);
  expect(startToken(script)).toBeUndefined();
});
