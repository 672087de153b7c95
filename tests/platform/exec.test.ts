import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startExecHelper, type ExecHelper } from "../../src/platform/exec-helper.ts";
import { exec, runInteractive } from "../../src/platform/exec.ts";
import { isGone } from "../support/is-gone.ts";
import { programFile } from "../support/start-program.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitFor } from "../support/wait.ts";

const timeoutMs = 60_000;

let helper: ExecHelper | undefined;

beforeAll(async () => {
  helper = await readyHelper();
});

afterAll(() => helper?.close());

const byHelper: typeof exec = (argv, options) => {
  if (!helper) throw new Error("the helper does not run");
  return helper.exec(argv, options);
};

describe.each([
  ["by this process", exec],
  ["by the helper", byHelper],
])("run %s", (_, exec) => {
  test("a program's arguments reach it untouched by any shell", async () => {
    const result = await exec(["printf", "%s|", "a b", "$HOME", "`id`", "é"], { timeoutMs });

    expect(result).toEqual({
      exitCode: 0,
      signal: null,
      stdout: "a b|$HOME|`id`|é|",
      stderr: "",
      truncated: false,
    });
  });

  test("an exit code other than 0 is a result", async () => {
    const result = await exec(["sh", "-c", "echo why >&2; exit 3"], { timeoutMs });

    expect(result).toMatchObject({ exitCode: 3, signal: null, stderr: "why\n" });
  });

  test("a program ended by a signal says which", async () => {
    const result = await exec(["sh", "-c", "kill -TERM $$"], { timeoutMs });

    expect(result).toMatchObject({ exitCode: null, signal: "SIGTERM" });
  });

  test("the environment given is the whole environment", async () => {
    const result = await exec(["/usr/bin/env"], { timeoutMs, env: { ONLY: "this" } });

    expect(result.stdout).toBe("ONLY=this\n");
  });

  test("input reaches the program", async () => {
    const result = await exec(["cat"], { timeoutMs, input: "two\nlines" });

    expect(result.stdout).toBe("two\nlines");
  });

  test("output beyond the bound is dropped, and the program still ends by itself", async () => {
    const result = await exec(["sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x; exit 4"], {
      timeoutMs,
      maxBytes: 1_000,
    });

    expect(result.stdout).toBe("x".repeat(1_000));
    expect(result).toMatchObject({ exitCode: 4, truncated: true });
  });

  test("output can go into a file that only its owner reads", async () => {
    const outputFile = join(tempFolder(), "out");

    const result = await exec(["echo", "hello"], { timeoutMs, outputFile });

    expect(result.stdout).toBe("");
    expect(readFileSync(outputFile, "utf8")).toBe("hello\n");
    expect(statSync(outputFile).mode & 0o777).toBe(0o600);
  });

  test("a program that cannot be found is an error with a reason", async () => {
    await expect(exec(["no-such-program-here"], { timeoutMs })).rejects.toMatchObject({
      code: "exec_failed",
      why: expect.stringContaining("not found") as string,
    });
  });

  test("a program that outlives its bound is killed with what it started", async () => {
    const alive = join(tempFolder(), "alive");
    const script = `(echo $$ > ${alive}; trap '' TERM HUP; exec sleep 60) & sleep 60`;

    // on a busy machine a short bound ends it before it has begun
    for (let timeoutMs = 300; !existsSync(alive) || statSync(alive).size === 0; timeoutMs *= 2) {
      await expect(exec(["sh", "-c", script], { timeoutMs })).rejects.toMatchObject({
        code: "exec_failed",
        details: { timed_out: true },
      });
    }

    const group = Number(readFileSync(alive, "utf8"));
    await waitFor(() => !groupLives(group), { what: "the end of the process group" });
  });

  test("an abort ends the program", async () => {
    const folder = tempFolder();
    const stop = new AbortController();
    const running = exec(["sh", "-c", `: > ${folder}/began; exec sleep 60`], {
      timeoutMs: 60_000,
      signal: stop.signal,
    });
    const ended = running.catch((error: unknown) => error);
    await waitFor(() => existsSync(join(folder, "began")));

    stop.abort();

    expect(await ended).toMatchObject({ code: "exec_failed" });
  });
});

test("the helper is another process, and ends with who started it", async () => {
  const own = await readyHelper();
  const pid = await parentOf(own);

  expect(pid).not.toBe(process.pid);
  own.close();

  await waitFor(() => isGone(pid));
});

test("what a helper that is killed was running is told as unknown, and the next run works", async () => {
  const own = await readyHelper();
  onTestFinished(() => own.close());
  const pid = await parentOf(own);
  const folder = tempFolder();
  const script = `: > ${folder}/began; exec sleep 5`;
  const running = own.exec(["sh", "-c", script], { timeoutMs }).catch((error: unknown) => error);
  await waitFor(() => existsSync(join(folder, "began")));

  process.kill(pid, "SIGKILL");

  expect(await running).toMatchObject({ code: "exec_failed" });
  expect((await own.exec(["echo", "on"], { timeoutMs })).stdout).toBe("on\n");
  await waitFor(async () => ![pid, process.pid].includes(await parentOf(own)));
});

test("a program on the caller's terminal returns its exit code, and signals as shells count them", async () => {
  expect(await runInteractive(["sh", "-c", "exit 5"])).toBe(5);
  expect(await runInteractive(["sh", "-c", "kill -TERM $$"])).toBe(143);
  await expect(runInteractive(["no-such-program-here"])).rejects.toMatchObject({
    code: "exec_failed",
  });
});

function groupLives(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("a helper that stands still is replaced, and what it was asked is told as unknown", async () => {
  const stopped = await readyHelper();
  const pid = await parentOf(stopped);
  process.kill(pid, "SIGSTOP");

  const asked = stopped.exec(["true"], { timeoutMs: 100 });

  await expect(asked).rejects.toMatchObject({ code: "exec_failed" });
  expect((await stopped.exec(["echo", "on"], { timeoutMs })).stdout).toBe("on\n");
  stopped.close();
});

/** A helper that runs programs itself by now. */
async function readyHelper(): Promise<ExecHelper> {
  const program = pathToFileURL(await programFile("exec-helper-main"));
  const started = startExecHelper(() => undefined, program);
  await waitFor(async () => (await parentOf(started)) !== process.pid);
  return started;
}

/** The process that starts programs. */
async function parentOf(some: ExecHelper): Promise<number> {
  return Number((await some.exec(["sh", "-c", "echo $PPID"], { timeoutMs })).stdout);
}
