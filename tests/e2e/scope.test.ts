// needs: tmux
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { asksSupervisor, cliHome } from "../support/cli-home.ts";
import { executable } from "../support/programs.ts";
import { tempFolder } from "../support/temp-folder.ts";

beforeAll(ensureBuilt, 120_000);

/** A machine with systemd, as far as anybody can see: a manager's socket and a systemd-run. */
function withSystemd(script: string) {
  const folder = tempFolder();
  const runtime = join(folder, "run");
  mkdirSync(join(runtime, "systemd"), { recursive: true });
  writeFileSync(join(runtime, "systemd", "private"), "");
  const calls = join(folder, "calls");
  executable(folder, "systemd-run", `#!/bin/sh\necho "$*" >>${calls}\n${script}\n`);
  const env = { XDG_RUNTIME_DIR: runtime, PATH: `${folder}:${process.env["PATH"]}` };
  return {
    home: cliHome({ env }),
    calls: () => (existsSync(calls) ? readFileSync(calls, "utf8").trim().split("\n") : []),
  };
}

const runIt = 'while [ "$1" != "--" ]; do shift; done; shift; exec "$@"';

test("where systemd manages the user, the supervisor starts in a scope of its own", async () => {
  const { home, calls } = withSystemd(runIt);

  await home.wake();

  expect(calls()).toHaveLength(1);
  expect(calls()[0]).toMatch(/^--user --scope .*-- .*node.* .*supervisor/);
  expect(await home.json(["supervisor", "status"])).toMatchObject({ running: true });
});

test("where systemd refuses the scope, the supervisor starts without one", async () => {
  const { home, calls } = withSystemd("echo 'Failed to connect to bus' >&2; exit 1");

  await home.wake();

  expect(calls()).toHaveLength(1);
  expect(await home.json(["supervisor", "status"])).toMatchObject({ running: true });
});

test("where systemd never answers, the supervisor starts without a scope after a moment", async () => {
  const { home, calls } = withSystemd("exec sleep 30");

  // after 20 s without a supervisor it would be an error
  await home.wake();

  expect(calls()).toHaveLength(1);
  expect(await home.json(["supervisor", "status"])).toMatchObject({ running: true });
});

test("what keeps the supervisor from its role is told as it is, and not tried again without a scope", async () => {
  const { home, calls } = withSystemd(runIt);
  mkdirSync(join(home.home.root, "state"), { recursive: true });
  writeFileSync(home.home.database, "this is no database at all, and it is longer than a header");

  const { stderr } = await home.run(asksSupervisor, { status: 1 });

  expect(stderr).toContain("(store_failed)");
  expect(calls()).toHaveLength(1);
});
