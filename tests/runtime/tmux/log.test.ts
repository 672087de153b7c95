import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { bundle } from "../../support/bundle.ts";
import { executable } from "../../support/programs.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { plainEnv, tmuxTestBed } from "../../support/tmux.ts";
import { waitFor } from "../../support/wait.ts";

/** Prints lines `1` to `last` as fast as it can, and then waits to be ended. */
const count = (last: number): string => `seq ${last}; exec cat`;

test("a fast writer's log rolls by size and loses no byte between two files", async () => {
  const bed = tmuxTestBed({ logLimits: { fileBytes: 100_000, files: 1_000 } });
  await bed.host.connect();
  const folder = bed.logFolder("ap_1");

  await bed.host.open(bed.spec("ap_1", count(200_000)));

  const expected = numbered(1, 200_000);
  await waitFor(() => readLog(folder).length >= expected.length);
  expect(readLog(folder) === expected).toBe(true);
  expect(logFiles(folder).length).toBeGreaterThan(1);
});

test("only the newest files are kept, and they end with the newest output", async () => {
  const bed = tmuxTestBed({ logLimits: { fileBytes: 20_000, files: 2 } });
  await bed.host.connect();
  const folder = bed.logFolder("ap_1");

  // paced, so that there are many files: a look at the size comes once in some hundred reads
  await bed.host.open(
    bed.spec("ap_1", `for i in 1 2 3 4 5 6; do seq 120000; sleep 0.02; done; echo end; exec cat`),
  );

  await waitFor(() => readLog(folder).endsWith("end\r\n"));
  const files = logFiles(folder);
  expect(files.length).toBeLessThanOrEqual(2);
  expect(files.at(-1)).not.toBe("terminal.1.log");
  const kept = readLog(folder);
  expect(`${numbered(1, 120_000).repeat(6)}end\r\n`.endsWith(kept)).toBe(true);
});

test("numbers go on after those in the folder, whatever else lies there", async () => {
  const bed = tmuxTestBed();
  await bed.host.connect();
  const folder = bed.logFolder("ap_1");
  mkdirSync(folder);
  for (const name of ["terminal.2.log", "terminal.11.log", "terminal.x.log", "terminal.-9.log"]) {
    writeFileSync(join(folder, name), "earlier");
  }

  await bed.host.open(bed.spec("ap_1", "echo hello; exec cat"));

  await waitFor(() => logFiles(folder).includes("terminal.12.log"));
  await waitFor(() => readFileSync(join(folder, "terminal.12.log"), "utf8") === "hello\r\n");
  expect(readFileSync(join(folder, "terminal.11.log"), "utf8")).toBe("earlier");
});

test("a folder's name may hold anything", async () => {
  const bed = tmuxTestBed();
  await bed.host.connect();
  const logFolder = join(bed.folder, 'it\'s #S "%H" $x `y`; é');

  await bed.host.open(bed.spec("ap_1", "echo hello; exec cat", { logFolder }));

  const log = await waitFor(() => readLog(logFolder) || undefined);
  expect(log).toBe("hello\r\n");
});

test("the writer ends with its pane", async () => {
  const bed = tmuxTestBed();
  await bed.host.connect();
  const place = await bed.host.open(bed.spec("ap_1", "echo hello; exec cat"));
  await waitFor(() => readLog(bed.logFolder("ap_1")) !== "");
  expect(writers(bed.folder)).toBeGreaterThan(0);

  await bed.host.close(place);

  await waitFor(() => writers(bed.folder) === 0, { what: "the end of the writer" });
  expect(readLog(bed.logFolder("ap_1"))).toBe("hello\r\n");
});

test("a full disk ends the log, is told, and a new log takes up what follows", async () => {
  const limited = executable(tempFolder(), "tmux", '#!/bin/sh\nulimit -f 64\nexec tmux "$@"\n');
  const bed = tmuxTestBed({ tmuxBinary: limited, lookEveryMs: 200 });
  await bed.host.connect();
  const unlogged: string[] = [];
  bed.host.on("unlogged", (id) => unlogged.push(id));
  const folder = bed.logFolder("ap_1");

  const script = "stty -echo; seq 20000; read -r x; echo more; read -r x; echo later; exec cat";
  const place = await bed.host.open(bed.spec("ap_1", script));
  await waitFor(() => readLog(folder).length >= 64 * 512);
  await bed.host.press(place, ["Enter"]);

  await waitFor(() => unlogged.length > 0, { what: "the news that the log ended" });
  expect((await bed.host.list())[0]).toMatchObject({ dead: false, logging: false });

  await bed.host.relog(place, folder);
  expect((await bed.host.list())[0]?.logging).toBe(true);
  await bed.host.press(place, ["Enter"]);
  await waitFor(() => logFiles(folder).includes("terminal.2.log"));
  await waitFor(() => readFileSync(join(folder, "terminal.2.log"), "utf8") === "later\r\n");
  expect(unlogged).toEqual(["ap_1"]);
});

test("a log that runs is left alone by relog", async () => {
  const bed = tmuxTestBed();
  await bed.host.connect();
  const folder = bed.logFolder("ap_1");
  const place = await bed.host.open(
    bed.spec("ap_1", "stty -echo; echo one; read -r x; echo two; cat"),
  );
  await waitFor(() => readLog(folder) === "one\r\n");

  await bed.host.relog(place, folder);
  await bed.host.press(place, ["Enter"]);

  await waitFor(() => readLog(folder) === "one\r\ntwo\r\n");
  expect(logFiles(folder)).toEqual(["terminal.1.log"]);
});

test("killing our process outright loses no output, and the next one finds the pane", async () => {
  const bed = tmuxTestBed();
  const folder = bed.logFolder("ap_1");
  const go = join(bed.folder, "go");
  const script = `i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo $i; [ $((i%100)) -eq 0 ] && sleep 0.01; done; : > ${go}; exec cat`;
  const program = bundle(
    bed.folder,
    `
    import { createLocalMachine } from "./src/runtime/local/machine.ts";
    import { createTmuxHost } from "./src/runtime/tmux/host.ts";
    const host = createTmuxHost({
      socketPath: ${JSON.stringify(bed.socketPath)}, epoch: 1, serverEnv: ${JSON.stringify(plainEnv())},
      machine: createLocalMachine(), log: () => {}, now: Date.now,
    });
    await host.connect();
    host.on("output", () => process.stdout.write("."));
    await host.open(${JSON.stringify(bed.spec("ap_1", script))});
    setInterval(() => {}, 1_000);
    `,
  );
  const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let heard = 0;
  child.stdout.on("data", (dots: Buffer) => (heard += dots.length));

  await waitFor(() => heard > 5);
  child.kill("SIGKILL");

  const next = bed.hostWith({ epoch: 2 });
  await next.connect();
  await waitFor(() => readdirSync(bed.folder).includes("go"));
  await waitFor(() => readLog(folder).length >= numbered(1, 3_000).length);
  expect(readLog(folder)).toBe(numbered(1, 3_000));
  const [info] = await next.list();
  expect(info).toMatchObject({ sessionId: "ap_1", dead: false, logging: true });
  expect((await next.capture(info!.place))?.lines).toContain("3000");
});

function numbered(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, i) => `${from + i}\r\n`).join("");
}

function logFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^terminal\.\d+\.log$/.test(name))
      .sort((a, b) => Number(a.split(".")[1]) - Number(b.split(".")[1]));
  } catch {
    return [];
  }
}

function readLog(folder: string): string {
  return logFiles(folder)
    .map((name) => {
      try {
        return readFileSync(join(folder, name), "utf8");
      } catch {
        // removed meanwhile
        return "";
      }
    })
    .join("");
}

/** How many processes run with this folder in their command line. */
function writers(folder: string): number {
  const all = execFileSync("ps", ["-axo", "args="], { encoding: "utf8" });
  return all.split("\n").filter((line) => line.includes(`cd '${folder}`)).length;
}
