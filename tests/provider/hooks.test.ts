import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hookCommand, parseSpoolName, replyLine, replyPipe } from "../../src/provider/hooks.ts";
import { createLocalMachine } from "../../src/runtime/local/machine.ts";
import { isGone } from "../support/is-gone.ts";
import { skipBecause } from "../support/skip.ts";
import { waitFor } from "../support/wait.ts";

const machine = createLocalMachine();
const payload = JSON.stringify({ prompt: `it's "quoted"\n$HOME \\n`, tool: "x".repeat(100_000) });

let root = "";
let spool = "";
const running: ChildProcess[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hook it\'s a "name" '));
  spool = join(root, "sp ool$HOME`x`");
  mkdirSync(spool);
});

afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
  rmSync(root, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command as an agent CLI does: through a shell, with the payload on its input. */
function run(
  command: string,
  options: {
    readonly shell?: string;
    readonly input?: string;
    readonly env?: NodeJS.ProcessEnv;
  } = {},
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const child = spawn(options.shell ?? "/bin/sh", ["-c", command], {
    stdio: "pipe",
    ...(options.env ? { env: options.env } : {}),
  });
  running.push(child);
  const out = { stdout: "", stderr: "" };
  child.stdout.on("data", (data: Buffer) => (out.stdout += data.toString("utf8")));
  child.stderr.on("data", (data: Buffer) => (out.stderr += data.toString("utf8")));
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? payload);
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code) => resolve({ code, ...out }));
  });
  return { child, ended };
}

const silent: Ended = { code: 0, stdout: "", stderr: "" };

/** Shells that stand behind /bin/sh somewhere; those this machine has are tried. */
const shells = [
  "/bin/dash",
  "/bin/bash --posix",
  "/bin/bash",
  "/bin/zsh --emulate sh",
  "/bin/busybox sh",
  "/bin/ksh",
  "/bin/mksh",
].filter((shell) => {
  try {
    accessSync(shell.split(" ")[0] ?? "", constants.X_OK);
    return true;
  } catch {
    return false;
  }
});

const payloads = (): string[] =>
  readdirSync(spool).filter((name) => parseSpoolName(name) !== undefined);

const dropped = (): Promise<string> =>
  waitFor(() => payloads()[0], { what: "the payload in the spool" });

const withShell = (command: string, shell: string): string =>
  command.replace("/bin/sh -c", `${shell} -c`);

test("at least one shell is tried", () => {
  expect(shells.length).toBeGreaterThan(0);
});

describe.each(shells)("a hook run by %s", (shell) => {
  const command = (event: string, replyWithinS?: number): string =>
    withShell(hookCommand(spool, event, replyWithinS === undefined ? {} : { replyWithinS }), shell);

  test("drops its input as one file and says nothing", async () => {
    expect(await run(command("Stop")).ended).toEqual(silent);
    const [name] = readdirSync(spool);
    expect(readdirSync(spool)).toHaveLength(1);
    expect(parseSpoolName(name ?? "")?.event).toBe("Stop");
    expect(readFileSync(join(spool, name ?? ""), "utf8")).toBe(payload);
    expect(statSync(join(spool, name ?? "")).mode & 0o777).toBe(0o600);
  });

  test("prints the one line it is answered with, and can be answered as soon as its file is there", async () => {
    const { ended } = run(command("PermissionRequest", 20));
    const name = await dropped();
    const reply = '{"a":"\\n \\\\ \\u0041 %s $HOME"}';
    expect(await machine.writePipe(replyPipe(join(spool, name)), replyLine(reply))).toBe(true);
    expect(await ended).toEqual({ ...silent, stdout: `${reply}\n` });
    expect(readdirSync(spool)).toEqual([name]);
  });

  test("ends in time and empty-handed when nobody answers", async () => {
    const started = performance.now();
    expect(await run(command("PermissionRequest", 1)).ended).toEqual(silent);
    expect(performance.now() - started).toBeGreaterThan(900);
    expect(readdirSync(spool)).toEqual(payloads());
  });

  test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "leaves no pipe and no process behind after %s",
    async (signal) => {
      const { child, ended } = run(command("PermissionRequest", 4_321));
      const name = await dropped();
      const clock = await waitFor(() => childrenOf(child.pid ?? 0)[0], { what: "the clock" });
      child.kill(signal);
      expect(await ended).toEqual(silent);
      expect(await machine.writePipe(replyPipe(join(spool, name)), "x\n")).toBe(false);
      expect(readdirSync(spool)).toEqual([name]);
      await waitFor(() => isGone(clock), { what: "the end of the clock" });
    },
  );

  test("cannot be answered any more once it was killed", async () => {
    const { child, ended } = run(command("PermissionRequest", 4_321));
    const name = await dropped();
    const clock = await waitFor(() => childrenOf(child.pid ?? 0)[0], { what: "the clock" });
    child.kill("SIGKILL");
    await ended;
    expect(await machine.writePipe(replyPipe(join(spool, name)), "x\n")).toBe(false);
    process.kill(clock);
  });
});

describe("a waiting hook", () => {
  test("can be answered in a later round, too", async () => {
    const command = hookCommand(spool, "PermissionRequest", { replyWithinS: 20 }).replace(
      "c=60",
      "c=1",
    );
    expect(command).toContain("c=1;");
    const { child, ended } = run(command);
    const name = await dropped();
    const first = await waitFor(() => childrenOf(child.pid ?? 0)[0]);
    await waitFor(() => childrenOf(child.pid ?? 0).some((pid) => pid !== first), {
      what: "another round",
    });
    expect(await machine.writePipe(replyPipe(join(spool, name)), replyLine("late"))).toBe(true);
    expect((await ended).stdout).toBe("late\n");
  });

  test("prints every answer that could be written, however close to its end", async () => {
    const outcomes = { printed: 0, refused: 0 };
    await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const folder = join(root, `race ${index}`);
        mkdirSync(folder);
        const { ended } = run(hookCommand(folder, "PermissionRequest", { replyWithinS: 1 }));
        const name = await waitFor(() =>
          readdirSync(folder).find((entry) => parseSpoolName(entry)),
        );
        const pipe = replyPipe(join(folder, name));
        const { birthtimeMs } = statSync(join(folder, name));
        await waitFor(() => Date.now() - birthtimeMs >= 890 + index * 10);
        const written = await machine.writePipe(pipe, replyLine(`answer ${index}`));
        expect((await ended).stdout).toBe(written ? `answer ${index}\n` : "");
        outcomes[written ? "printed" : "refused"] += 1;
      }),
    );
    expect(outcomes.printed + outcomes.refused).toBe(12);
  });

  test("takes an answer of 60 kB whole", async () => {
    const { ended } = run(hookCommand(spool, "PermissionRequest", { replyWithinS: 20 }));
    const name = await dropped();
    const reply = JSON.stringify({ text: "é\\".repeat(20_000) });
    expect(await machine.writePipe(replyPipe(join(spool, name)), replyLine(reply))).toBe(true);
    expect((await ended).stdout).toBe(`${reply}\n`);
  });

  test("is let go by an empty answer", async () => {
    const { ended } = run(hookCommand(spool, "PermissionRequest", { replyWithinS: 4_000 }));
    const name = await dropped();
    expect(await machine.writePipe(replyPipe(join(spool, name)), replyLine(""))).toBe(true);
    expect(await ended).toEqual(silent);
  });

  test("drops its file all the same where no pipe can be made", async () => {
    const tools = join(root, "tools");
    mkdirSync(tools);
    writeFileSync(join(tools, "mkfifo"), "#!/bin/sh\nexit 1\n");
    chmodSync(join(tools, "mkfifo"), 0o755);
    const command = hookCommand(spool, "PermissionRequest", { replyWithinS: 4_000 }).replace(
      "/usr/bin:/bin:$PATH",
      "$PATH",
    );
    const env = { ...process.env, PATH: `${tools}:/usr/bin:/bin` };
    expect(await run(command, { env }).ended).toEqual(silent);
    expect(readdirSync(spool)).toEqual(payloads());
    expect(payloads()).toHaveLength(1);
  });
});

describe("any hook", () => {
  test.each([{}, { replyWithinS: 4_000 }])(
    "does nothing when the spool is gone: %j",
    async (options) => {
      const command = hookCommand(join(root, "gone"), "Stop", options);
      expect(await run(command).ended).toEqual(silent);
    },
  );

  test(
    "does not read from a terminal, where nobody hands over a payload",
    skipBecause(process.platform === "linux" ? undefined : "script(1) takes no command here"),
    async () => {
      // a terminal as input, as a CLI gives it that lets its own through
      const inner = `script -qec '${hookCommand(spool, "Stop").replaceAll("'", String.raw`'\''`)}' /dev/null`;
      const { ended } = run(inner);
      expect((await ended).code).toBe(0);
      expect(readdirSync(spool)).toEqual([]);
    },
  );

  test("takes any shell's way of running it", async () => {
    expect(await run(hookCommand(spool, "Stop"), { shell: "/bin/bash" }).ended).toEqual(silent);
    const child = spawn("/bin/bash", ["-lc", hookCommand(spool, "Stop")], {
      stdio: [openSync("/dev/null", "r"), "pipe", "pipe"],
    });
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
    expect(payloads()).toHaveLength(2);
  });

  test("writes what cannot be written nowhere", async () => {
    const limited = `ulimit -f 1; trap '' XFSZ; ${hookCommand(spool, "Stop")}`;
    expect((await run(limited).ended).code).toBe(0);
    expect(readdirSync(spool)).toEqual([]);
  });

  test("has names that tell them apart", async () => {
    await Promise.all(
      Array.from({ length: 10 }, () => run(hookCommand(spool, "Stop"), { input: "{}" }).ended),
    );
    expect(new Set(payloads()).size).toBe(10);
  });

  test.each(["", "../x", "a b", "a.b", "1a", "x".repeat(80)])(
    "is not made for an event called %j",
    (event) => {
      expect(() => hookCommand(spool, event)).toThrow(/is no name for a hook event/);
    },
  );
});

describe("a name in the spool", () => {
  test("says event and process", () => {
    expect(parseSpoolName("PreToolUse.123.aB3dE6gH.json")).toEqual({
      event: "PreToolUse",
      pid: 123,
      unique: "aB3dE6gH",
    });
  });

  test.each([
    "PreToolUse.123.aB3dE6gH.json.reply",
    ".PreToolUse.123.aB3dE6gH",
    ".Stop.1.x.json.tmp",
    "Stop.json",
    "Stop.x.y.json",
    "notes.txt",
    "",
  ])("is none: %j", (name) => {
    expect(parseSpoolName(name)).toBeUndefined();
  });
});

describe("a reply", () => {
  test("becomes one line", () => {
    expect(replyLine('{\n  "a": 1\r\n}\n')).toBe('{   "a": 1 }\n');
    expect(replyLine("")).toBe("\n");
  });
});

/** Children of a process that still run. */
function childrenOf(pid: number): number[] {
  return processes()
    .filter((row) => row.parent === pid)
    .map((row) => row.pid);
}

function processes(): { readonly pid: number; readonly parent: number }[] {
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat="], { encoding: "utf8" });
  return table
    .split("\n")
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , state]) => state !== undefined && !state.startsWith("Z"))
    .map(([pid, parent]) => ({ pid: Number(pid), parent: Number(parent) }));
}
