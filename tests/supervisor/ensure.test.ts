import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { ensureSupervisor } from "../../src/supervisor/ensure.ts";
import { startToken } from "../../src/supervisor/start-token.ts";
import { ensureBuilt, repository } from "../support/built.ts";
import { asksSupervisor, cliHome, type CliHome } from "../support/cli-home.ts";
import { waitFor } from "../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

const main = join(repository, "dist", "src", "supervisor", "main.js");

/** A supervisor each of whose first starts runs `dies` instead; the rest of them are real. */
function dyingAtFirst(home: CliHome, dies: string, times: number): readonly string[] {
  const starts = startsFile(home);
  const script = `echo start >> "$1"; [ "$(grep -c . "$1")" -gt ${times} ] || { ${dies}; }; exec "$2" "$3"`;
  return ["sh", "-c", script, "sh", starts, process.execPath, main];
}

const startsFile = (home: CliHome): string => join(home.folder, "starts");
const starts = (home: CliHome): number =>
  readFileSync(startsFile(home), "utf8").split("\n").length - 1;

const ensure = (home: CliHome, entry: readonly string[]): ReturnType<typeof ensureSupervisor> =>
  ensureSupervisor({ home: home.home, env: process.env, version: "0.1.0", entry });

test("a supervisor that is killed while it starts is started again", async () => {
  const home = cliHome();

  const { pid } = await ensure(home, dyingAtFirst(home, "kill -9 $$", 2));

  expect(starts(home)).toBe(3);
  expect(pid).toBe(home.supervisor());
  expect(startToken(pid)).toBeDefined();
});

test("one that is killed each time is given up after three, and the signals are named", async () => {
  const home = cliHome();
  const startedAt = Date.now();

  await expect(ensure(home, dyingAtFirst(home, "kill -9 $$", 9))).rejects.toMatchObject({
    code: "supervisor_unreachable",
    message: "The supervisor could not be started",
    why: "it was ended by SIGKILL, 3 times.",
  });

  expect(starts(home)).toBe(3);
  // it would be waited for so long if it were not known to have ended
  expect(Date.now() - startedAt).toBeLessThan(20_000);
});

test("different signals are all named, with what it said last", async () => {
  const home = cliHome();
  const dies = `echo "FATAL ERROR: no memory" >&2; [ "$(grep -c . "$1")" = 1 ] && kill -9 $$; kill -ABRT $$`;

  await expect(ensure(home, dyingAtFirst(home, dies, 9))).rejects.toMatchObject({
    why: "it was ended by SIGKILL and SIGABRT, 3 times: FATAL ERROR: no memory",
  });
});

test("one that ends with a code is not started again, and the code is told", async () => {
  const home = cliHome();

  await expect(ensure(home, dyingAtFirst(home, "exit 7", 9))).rejects.toMatchObject({
    why: "it exited with code 7.",
  });

  expect(starts(home)).toBe(1);
});

test("a command survives that its supervisor is killed from outside while it starts", async () => {
  const home = cliHome();
  mkdirSync(home.home.root, { recursive: true });
  const asking = home.start(asksSupervisor);
  // it has the role then, and does not listen yet or has just begun to
  const first = await waitFor(
    () => (existsSync(home.home.supervisorFacts) ? home.supervisor() : undefined),
    { what: "the first supervisor" },
  );
  process.kill(first, "SIGKILL");

  expect(await asking.ended).toMatchObject({
    status: 3,
    stderr: expect.stringContaining("(session_not_found)") as string,
  });
});
