// needs: tmux
import { beforeAll, expect, test } from "vitest";
import { packageVersion } from "../../src/platform/package-version.ts";
import { ensureBuilt } from "../support/built.ts";
import { cliHome } from "../support/cli-home.ts";
import { startProgram } from "../support/start-program.ts";
import { waitFor } from "../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

const writers = 5;
const replies = 200;

test("of 5 writers with 200 replies each all are kept, and each reader sees each once, in order", async () => {
  const home = cliHome();
  const readers = ["r1", "r2"];
  for (const name of readers) await home.run(["agent", "register", name]);
  const opened = await home.json<{ thread: { id: string } }>([
    "thread",
    "open",
    "Load",
    "begin",
    "--agent",
    "opener",
    "--with",
    readers.join(","),
  ]);
  const { id } = opened.thread;
  const total = writers * replies + 1;
  const start = (what: string, name: string, count: number) =>
    startProgram("thread-client", [
      home.home.supervisorSocket,
      what,
      name,
      id,
      String(count),
      packageVersion(),
    ]);
  const reading = await Promise.all(readers.map((name) => start("read", name, total)));
  const writing = await Promise.all(
    Array.from({ length: writers }, (_, n) => start("write", `w${n}`, replies)),
  );

  // in the middle of it the supervisor dies
  await waitFor(() => (reading[0]?.lines.length ?? 0) > total / 4, { timeoutMs: 30_000 });
  process.kill(home.supervisor(), "SIGKILL");
  await home.wake();
  const codes = await Promise.all([...writing, ...reading].map(({ exited }) => exited));

  expect(codes, [...writing, ...reading].map(({ stderr }) => stderr()).join("")).toEqual(
    codes.map(() => 0),
  );
  const expected = new Set([
    "begin",
    ...Array.from(
      { length: writers * replies },
      (_, i) => `w${i % writers} ${Math.floor(i / writers)}`,
    ),
  ]);
  for (const { lines } of reading) {
    const numbers = lines.map((line) => Number(line.split(" ", 1)[0]));
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(new Set(numbers).size).toBe(total);
    expect(new Set(lines.map((line) => line.slice(line.indexOf(" ") + 1)))).toEqual(expected);
  }
}, 90_000);
