// needs: tmux, git
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { runCli } from "../support/run-cli.ts";
import { tempFolder } from "../support/temp-folder.ts";

beforeAll(ensureBuilt, 120_000);

test("try plays three agents side by side, shows what came of it, and leaves nothing behind", async () => {
  const temp = tempFolder();
  const startedAt = Date.now();

  const { status, stdout, stderr } = await runCli(["try"], {
    home: join(temp, "home"),
    env: { TMPDIR: temp },
  });

  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(Date.now() - startedAt).toBeLessThan(15_000);
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
