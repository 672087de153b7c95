import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createLocalMachine } from "../../../src/runtime/local/machine.ts";
import { parseLsof } from "../../../src/runtime/local/open-files.ts";
import { hasVariable, parseProcStat } from "../../../src/runtime/local/proc-folder.ts";
import {
  allFromPs,
  oneFromPs,
  parseCarriers,
  parseProcessStatus,
} from "../../../src/runtime/local/process-status.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { waitFor } from "../../support/wait.ts";

const machine = createLocalMachine();
const marker = { name: "AGENTPOOL_SESSION_ID", value: `ap_test_${process.pid}` };

test("a process is told from a later one of the same number", async () => {
  const child = start("exec sleep 60");

  // the shell becomes the program a moment after its start, and has its name then
  const identity = await waitFor(async () => {
    const found = await machine.process(child.pid ?? 0);
    return found?.name === "sleep" ? found : undefined;
  });

  expect(identity).toMatchObject({ pid: child.pid, parentPid: process.pid });
  expect(await machine.process(child.pid ?? 0)).toEqual(identity);
  expect(await machine.signal({ ...identity, startToken: "earlier" }, "SIGKILL")).toBe(false);
  expect(child.exitCode).toBeNull();
  expect(await machine.signal(identity, "SIGKILL")).toBe(true);
  await waitFor(() => child.signalCode === "SIGKILL");
  await waitFor(async () => (await machine.process(child.pid ?? 0)) === undefined);
  expect(await machine.signal(identity, "SIGTERM")).toBe(false);
});

test("a zombie is no process any more", async () => {
  const folder = tempFolder();
  // the parent never collects its child
  const parent = start(`sh -c 'echo $$ > ${folder}/child; exit 0' & exec sleep 60`);
  const pid = await waitFor(
    () =>
      (existsSync(`${folder}/child`) && Number(readFileSync(`${folder}/child`, "utf8"))) ||
      undefined,
  );

  await waitFor(async () => (await machine.process(pid)) === undefined);
  const root = await machine.process(parent.pid ?? 0);
  const tree = await machine.processTree(root, { name: "NOBODY", value: "x" });
  expect(tree.map((one) => one.pid)).toEqual([parent.pid]);
});

test("the parents of a process lead up to the first one", async () => {
  const chain = await machine.ancestors(process.pid);

  expect(chain[0]?.pid).toBe(process.ppid);
  expect(chain.at(-1)?.parentPid).toBe(0);
});

test("a tree holds descendants, and whoever carries the marker after leaving it", async () => {
  const folder = tempFolder();
  const left = join(folder, "left");
  const script = `(exec sleep 61) & setsid sh -c '(sh -c "echo \\$\\$ > ${left}; exec sleep 62" &) ' ; exec sleep 63`;
  const child = start(script, { [marker.name]: marker.value });
  const unmarked = start("exec sleep 64");
  const stray = await waitFor(
    () => (existsSync(left) && Number(readFileSync(left, "utf8"))) || undefined,
  );
  onTestFinished(() => void process.kill(stray, "SIGKILL"));

  const root = await machine.process(child.pid ?? 0);
  const tree = await waitFor(async () => {
    const found = await machine.processTree(root, marker);
    return found.length >= 3 && found;
  });

  const pids = tree.map((one) => one.pid);
  expect(pids[0]).toBe(child.pid);
  expect(pids).toContain(stray);
  expect(pids).not.toContain(unmarked.pid);
  expect(pids).not.toContain(process.pid);
  const marked = await machine.processTree(undefined, marker);
  expect(new Set(marked.map((one) => one.pid))).toEqual(new Set(pids));
  const since = root?.startToken ?? null;
  const young = await machine.processTree(undefined, { ...marker, since });
  expect(new Set(young.map((one) => one.pid))).toEqual(new Set(pids));
});

test("processes older than the marker's first bearer are not asked for it", async () => {
  const old = start("exec sleep 60", { [marker.name]: marker.value });
  const first = await machine.process(old.pid ?? 0);
  // tokens tell ticks of ten milliseconds apart
  const later = await waitFor(async () => {
    const child = start("exec sleep 60");
    const one = await machine.process(child.pid ?? 0);
    return one && one.startToken !== first?.startToken && one;
  });

  const all = await machine.processTree(undefined, marker);
  const young = await machine.processTree(undefined, { ...marker, since: later.startToken });

  expect(all.map((one) => one.pid)).toContain(old.pid);
  expect(young).toEqual([]);
});

test("a root that is another process by now adds nothing", async () => {
  const child = start("exec sleep 60");
  const identity = await machine.process(child.pid ?? 0);

  const earlier = { ...identity!, startToken: "earlier" };

  expect(await machine.processTree(earlier, { name: "NOBODY", value: "x" })).toEqual([]);
});

test("a process may have any name", () => {
  const rest = Array.from({ length: 17 }, (_, i) => i).join(" ");

  const identity = parseProcStat(`42 (a) b (c) S 7 ${rest} 123456 0 0`, "boot");

  expect(identity).toEqual({ pid: 42, parentPid: 7, startToken: "123456@boot", name: "a) b (c" });
  expect(parseProcStat(`42 (x) Z 7 ${rest} 123456 0 0`, "boot")).toBeUndefined();
  expect(parseProcStat("", "boot")).toBeUndefined();
});

test.each([
  ["AP=1", true],
  ["A=1\0AP=1\0B=2", true],
  ["XAP=1\0AP=12\0", false],
  ["", false],
])("of the variables %j the marker is one: %s", (environment, carries) => {
  expect(hasVariable(environment, { name: "AP", value: "1" })).toBe(carries);
});

test("what ps prints on systems without /proc is read the same way", async () => {
  const text = [
    "    1     0 Ss   Sat Nov  1 07:55:34 2025 /sbin/launchd",
    "  321     1 Z    Sat Nov  1 07:55:34 2025 (sh)",
    "  322   321 S+   Sat Nov  1 08:00:00 2025 /Applications/My App.app/Contents/MacOS/My App",
    "garbage",
  ].join("\n");

  expect(parseProcessStatus(text)).toEqual([
    { pid: 1, parentPid: 0, startToken: "Sat Nov 1 07:55:34 2025", name: "launchd" },
    { pid: 322, parentPid: 321, startToken: "Sat Nov 1 08:00:00 2025", name: "My App" },
  ]);
  const found = await oneFromPs(process.pid);
  expect(found).toMatchObject({ pid: process.pid, parentPid: process.ppid });
  expect(await allFromPs()).toContainEqual(found);
  expect(await oneFromPs(999_999_999)).toBeUndefined();
});

test("carriers are found in what ps prints of environments", () => {
  const text = [
    "   10 /bin/agent --x PATH=/bin AP=1 HOME=/root",
    "   11 /bin/agent AP=12",
    "   12 sleep 5 AP=1",
  ].join("\n");

  expect([...parseCarriers(text, { name: "AP", value: "1" })]).toEqual([10, 12]);
});

test("regular files are picked from what lsof prints", () => {
  const text =
    "p42\nfcwd\ntDIR\nn/home\nf3\ntREG\nn/home/log a\nf4\ntIPv4\nn*:80\nf5\ntCHR\nn/dev/null\n";

  expect(parseLsof(text)).toEqual(["/home/log a"]);
});

function start(script: string, env: Readonly<Record<string, string>> = {}): ChildProcess {
  const child = spawn("sh", ["-c", script], {
    stdio: "ignore",
    env: { PATH: process.env["PATH"], ...env },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}
