// needs: tmux, git
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { homeFrom } from "../../src/platform/home.ts";
import { startToken } from "../../src/supervisor/start-token.ts";
import { ensureBuilt } from "../support/built.ts";
import { cliHome } from "../support/cli-home.ts";
import { endTmux } from "../support/end-tmux.ts";
import { runCli } from "../support/run-cli.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitFor } from "../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

test("try plays three agents side by side, shows what came of it, and leaves nothing behind", async () => {
  const temp = tempFolder();
  const startedAt = Date.now();

  const { status, stdout, stderr } = await runCli(["try"], {
    home: join(temp, "home"),
    env: { TMPDIR: temp },
  });

  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(Date.now() - startedAt).toBeLessThan(60_000);
  expect(stderr).toMatch(/painter +asks: Which color/);
  expect(stderr).toMatch(/painter +got the answer "Red"/);
  expect(stderr).toMatch(/cleaner +wants approval/);
  expect(stderr).toMatch(/cleaner +got the answer "Yes"/);
  expect(stdout).toMatch(
    /^writer +fake-patch +\w+ +completed +2 files +The greeting is friendlier now, and there is a test\.$/m,
  );
  expect(stdout).toContain("The button is now Red.");
  expect(stdout).toContain("+Hello, friend!");
  expect(stdout).toContain("agentpool spawn --provider");
  expect(readdirSync(temp).filter((name) => name.startsWith("agentpool-try-"))).toEqual([]);
  expect(existsSync(join(temp, "home"))).toBe(false);
});

test("try with a real agent does not spend turns unasked", async () => {
  const temp = tempFolder();

  const { status, stderr } = await runCli(["try", "--provider", "codex-cli"], {
    home: join(temp, "home"),
    env: { TMPDIR: temp },
  });

  expect(status).toBe(2);
  expect(stderr).toContain("(not_a_terminal)");
  expect(stderr).toContain("try: agentpool try --provider codex-cli --yes");
  expect(readdirSync(temp)).toEqual([]);
});

test("try with an unknown provider cleans up and says which is near", async () => {
  const temp = tempFolder();

  const { status, stderr } = await runCli(["try", "--provider", "fake-questoin", "--yes"], {
    home: join(temp, "home"),
    env: { TMPDIR: temp },
  });

  expect(status).toBe(3);
  expect(stderr).toContain("fake-question");
  expect(readdirSync(temp).filter((name) => name.startsWith("agentpool-try-"))).toEqual([]);
});

test("what a killed try leaves goes with the next command that looks, and nothing else does", async () => {
  const temp = tempFolder();
  const home = cliHome({ env: { TMPDIR: temp } });
  const killed = home.start(["try"]);
  const folder = await waitFor(() => {
    const name = readdirSync(temp).find((one) => one.startsWith("agentpool-try-"));
    const path = join(temp, name ?? "none");
    const { supervisorFacts, tmuxSocket } = homeFrom({ AGENTPOOL_HOME: join(path, "home") });
    return existsSync(supervisorFacts) && existsSync(tmuxSocket) ? path : undefined;
  });
  const left = homeFrom({ AGENTPOOL_HOME: join(folder, "home") });
  const { pid } = JSON.parse(readFileSync(left.supervisorFacts, "utf8")) as { pid: number };
  onTestFinished(() => endTmux(left.tmuxSocket));
  const others = ["agentpool-try-abcdef", "agentpool-try-living"].map((name) => join(temp, name));
  for (const other of others) mkdirSync(other, { mode: 0o700 });
  const mark = JSON.parse(readFileSync(join(folder, ".made-by.json"), "utf8")) as object;
  const living = { ...mark, pid: process.pid, start_token: startToken(process.pid) };
  writeFileSync(join(temp, "agentpool-try-living", ".made-by.json"), JSON.stringify(living));

  const gc = async (...words: string[]): Promise<object[]> => {
    const { orphans } = await home.json<{ orphans: { what: string }[] }>(["gc", ...words]);
    return orphans.filter(({ what }) => what.startsWith(temp));
  };
  expect(await gc("--dry-run")).toEqual([]);
  process.kill(killed.pid, "SIGKILL");
  await killed.ended;

  expect(await gc("--dry-run")).toMatchObject([{ what: folder, removed: false }]);
  expect(startToken(pid)).toBeDefined();
  expect(await gc()).toMatchObject([{ what: folder, removed: true }]);
  expect(existsSync(folder)).toBe(false);
  expect(startToken(pid)).toBeUndefined();
  expect(spawnSync("tmux", ["-S", left.tmuxSocket, "list-sessions"]).status).not.toBe(0);
  expect(others.every((other) => existsSync(other))).toBe(true);
  expect(await gc()).toEqual([]);
});
