import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { TerminalHost } from "../../../src/runtime/terminal.ts";
import { executable } from "../../support/programs.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { tmuxTestBed, type TmuxTestBed } from "../../support/tmux.ts";
import { waitFor } from "../../support/wait.ts";

const tmuxPath = execFileSync("sh", ["-c", "command -v tmux"], { encoding: "utf8" }).trim();

test("connecting twice, also at once, is connecting once", async () => {
  const bed = tmuxTestBed();

  await Promise.all([bed.host.connect(), bed.host.connect()]);
  await bed.host.connect();

  expect(await controlClients(bed)).toHaveLength(1);
});

test("a server that is killed outright is lost at once, and connecting starts a new one", async () => {
  const bed = tmuxTestBed();
  await bed.host.connect();
  const events = record(bed.host);
  await bed.host.open(bed.spec("ap_1", "exec cat"));
  const server = Number(await bed.tmux("display-message", "-p", "#{pid}"));

  process.kill(server, "SIGKILL");

  await waitFor(() => events.some((event) => event.startsWith("lost")));
  await expect(bed.host.list()).rejects.toMatchObject({ code: "terminal_failed" });
  await bed.host.connect();
  expect(await bed.host.list()).toEqual([]);
  const place = await bed.host.open(bed.spec("ap_2", "echo again; exec cat"));
  await waitFor(async () => (await bed.host.capture(place))?.lines[0] === "again");
  expect(events.filter((event) => event.startsWith("lost"))).toHaveLength(1);
});

test("a server ended by a person is lost too", async () => {
  const bed = tmuxTestBed();
  await bed.host.connect();
  const events = record(bed.host);

  await bed.tmux("kill-server");

  const lost = await waitFor(() => events.find((event) => event.startsWith("lost")));
  expect(lost).toMatch(/^lost ./);
});

test("a control client that is killed is replaced, without anything being lost", async () => {
  const bed = tmuxTestBed();
  await bed.host.connect();
  const place = await bed.host.open(bed.spec("ap_1", "exec cat"));
  const ending = await bed.host.open(bed.spec("ap_2", `read -r x; exit 6`));
  const events = record(bed.host);
  const [client] = await controlClients(bed);

  process.kill(client ?? 0, "SIGKILL");
  const ended = bed.tmux("send-keys", "-t", ending.pane, "Enter");

  await waitFor(() => events.includes("resynced ap_1"));
  await ended;
  await waitFor(() => events.includes("died ap_2"));
  expect(await bed.host.press(place, ["k"])).toEqual({ ok: true });
  await waitFor(() => events.includes("output ap_1 k"));
  expect(events.join()).not.toContain("lost");
  expect(await controlClients(bed)).toHaveLength(1);
});

test("questions that were under way when the client went are answered by the next one", async () => {
  const bed = tmuxTestBed();
  await bed.host.connect();
  const place = await bed.host.open(bed.spec("ap_1", "exec cat"));
  const [client] = await controlClients(bed);

  process.kill(client ?? 0, "SIGKILL");
  const answers = await Promise.all(Array.from({ length: 20 }, () => bed.host.capture(place)));

  expect(answers.every((screen) => screen?.cols === 200)).toBe(true);
});

test("a client that falls silent is given up by closing its input, and replaced", async () => {
  const folder = tempFolder();
  const mute = join(folder, "mute");
  const relay = join(import.meta.dirname, "../../support/control-relay.mjs");
  const tmuxBinary = executable(
    folder,
    "tmux",
    `#!/bin/sh
case " $* " in
*" -C "*) exec "${process.execPath}" "${relay}" "${tmuxPath}" "${mute}" "$@" ;;
esac
exec "${tmuxPath}" "$@"
`,
  );
  const bed = tmuxTestBed({ tmuxBinary, silentForMs: 4_000 });
  await bed.host.connect();
  const place = await bed.host.open(bed.spec("ap_1", "exec cat"));
  const events = record(bed.host);

  writeFileSync(mute, "");
  const pressed = bed.host.press(place, ["k"]).catch((error: unknown) => error);
  const answer = await pressed;
  rmSync(mute);

  expect(answer).toMatchObject({ code: "terminal_failed", why: "it stopped answering" });
  await waitFor(() => events.includes("resynced ap_1"));
  expect(await bed.host.press(place, ["m"])).toEqual({ ok: true });
  await waitFor(async () => (await bed.host.capture(place))?.lines[0]?.endsWith("m"));
  expect(events.join()).not.toContain("lost");
});

test("while no control client can be had, single commands do everything, and deaths are told", async () => {
  const folder = tempFolder();
  const broken = join(folder, "broken");
  const tmuxBinary = executable(
    folder,
    "tmux",
    `#!/bin/sh
case " $* " in
*" -C "*) [ -e "${broken}" ] && exit 1 ;;
esac
exec "${tmuxPath}" "$@"
`,
  );
  const bed = tmuxTestBed({ tmuxBinary });
  await bed.host.connect();
  const place = await bed.host.open(bed.spec("ap_1", "exec cat"));
  const events = record(bed.host);
  writeFileSync(broken, "");
  const [client] = await controlClients(bed);
  process.kill(client ?? 0, "SIGKILL");
  await waitFor(() => bed.logged.some((line) => line.includes("no tmux control client")));

  const mark = { deliveryId: "dl_1", stage: "pasted" } as const;
  expect(await bed.host.paste(place, "a 'b' \"c\" $d é\n", { mark })).toEqual({ ok: true });
  await waitFor(async () => (await bed.host.capture(place))?.lines[0] === "a 'b' \"c\" $d é");
  expect(await bed.host.mark(place)).toEqual(mark);
  expect(await bed.host.press(place, ["k"], { onlyWhileVisible: ["nothing"] })).toEqual({
    ok: false,
    reason: "not_visible",
  });
  expect(await bed.host.capture({ ...place, pane: "%99" })).toBeUndefined();
  await bed.host.open(bed.spec("ap_2", "exit 5"));
  await waitFor(() => events.includes("died ap_2"));
  expect(await bed.host.list()).toMatchObject([
    { sessionId: "ap_1", dead: false },
    { sessionId: "ap_2", dead: true, exitCode: 5 },
  ]);
  await waitFor(() => events.includes("resynced ap_1"));

  events.length = 0;
  rmSync(broken);
  await waitFor(async () => (await controlClients(bed)).length === 1);
  await waitFor(() => events.includes("resynced ap_1"));
  await bed.host.press(place, ["k"]);
  await waitFor(() => events.includes("output ap_1 k"));
});

test("a server killed while there is no control client is lost all the same", async () => {
  const folder = tempFolder();
  const broken = join(folder, "broken");
  const script = `#!/bin/sh\ncase " $* " in *" -C "*) [ -e "${broken}" ] && exit 1 ;; esac\nexec "${tmuxPath}" "$@"\n`;
  const bed = tmuxTestBed({ tmuxBinary: executable(folder, "tmux", script) });
  await bed.host.connect();
  const events = record(bed.host);
  writeFileSync(broken, "");
  const [client] = await controlClients(bed);
  process.kill(client ?? 0, "SIGKILL");
  await waitFor(() => bed.logged.some((line) => line.includes("no tmux control client")));

  await bed.tmux("kill-server");

  await waitFor(() => events.some((event) => event.startsWith("lost")));
  await expect(bed.host.list()).rejects.toMatchObject({ code: "terminal_failed" });
});

test("a client that does not come up in time is at its end before the next one is started", async () => {
  const folder = tempFolder();
  const [broken, steps] = [join(folder, "broken"), join(folder, "steps")];
  const late = `echo start >> ${steps}; cat > /dev/null; sleep 1.4; echo end >> ${steps}; exit 1`;
  const script = `#!/bin/sh\ncase " $* " in *" -C "*) [ -e "${broken}" ] && { ${late}; } ;; esac\nexec "${tmuxPath}" "$@"\n`;
  const tmuxBinary = executable(folder, "tmux", script);
  const bed = tmuxTestBed({ tmuxBinary, silentForMs: 2_000 });
  await bed.host.connect();
  writeFileSync(broken, "");
  const [client] = await controlClients(bed);

  process.kill(client ?? 0, "SIGKILL");

  const seen = await waitFor(() => {
    const lines = existsSync(steps) ? readFileSync(steps, "utf8").trim().split("\n") : [];
    return lines.length >= 3 && lines.slice(0, 3);
  });
  expect(seen).toEqual(["start", "end", "start"]);
});

test("disconnecting leaves server and agents alone", async () => {
  const bed = tmuxTestBed();
  await bed.host.connect();
  const events = record(bed.host);
  const place = await bed.host.open(bed.spec("ap_1", "exec cat"));

  await bed.host.disconnect();

  expect(await controlClients(bed)).toEqual([]);
  const next = bed.hostWith({ epoch: 2 });
  await next.connect();
  expect(await next.list()).toMatchObject([{ sessionId: "ap_1", dead: false, place }]);
  expect(events).toEqual([]);
});

test("the server is not ended while a session lives in it, and ended afterwards", async () => {
  const bed = tmuxTestBed();
  await bed.host.connect();
  const events = record(bed.host);
  const place = await bed.host.open(bed.spec("ap_1", "exec cat"));

  await expect(bed.host.shutdown()).rejects.toMatchObject({
    code: "conflict",
    details: { session_ids: ["ap_1"] },
  });
  expect(await bed.host.list()).toHaveLength(1);

  await bed.host.close(place);
  await bed.host.shutdown();

  await expect(bed.tmux("list-sessions")).rejects.toThrow(/no server|error connecting/);
  expect(events.filter((event) => event.startsWith("lost"))).toEqual([]);
});

test("a flood that we are too busy to read never holds up the agent, and is told as a gap", async () => {
  const bed = tmuxTestBed();
  await bed.host.connect();
  const events = record(bed.host);
  const place = await bed.host.open(bed.spec("ap_1", "exec cat"));
  for (let i = 0; i < 2; i++) {
    const progress = join(bed.folder, `progress${i}`);
    const go = join(bed.folder, `go${i}`);
    const script = `while [ ! -e ${go} ]; do sleep 0.01; done
      while :; do head -c 500000 /dev/zero | tr '\\0' x | fold -w 99; echo x >> ${progress}; done`;
    const flooding = await bed.host.open(bed.spec(`ap_flood${i}`, script));
    writeFileSync(go, "");

    // this process hears nothing for so long, and until far more was written than all buffers in
    // between can hold
    standStill(1_700);
    for (let waitedMs = 0; roundsIn(progress) <= 3 && waitedMs < 30_000; waitedMs += 50) {
      standStill(50);
    }

    expect(roundsIn(progress)).toBeGreaterThan(3);
    await waitFor(() => events.includes(`resynced ap_flood${i}`));
    await bed.host.close(flooding);
  }
  await bed.host.press(place, ["k"]);
  await waitFor(() => events.includes("output ap_1 k"));
});

test("an answer that tmux forgot behind old output comes without another client", async () => {
  const bed = tmuxTestBed({ silentForMs: 3_000, lookEveryMs: 60_000 });
  await bed.host.connect();
  const go = join(bed.folder, "go");
  const burst = "head -c 2000000 /dev/zero | tr '\\0' x | fold -w 99";
  const script = `while [ ! -e ${go} ]; do sleep 0.01; done; ${burst}; exec cat`;
  const place = await bed.host.open(bed.spec("ap_1", script));

  // the answer stands behind more than a pipe holds, which is then too old to be told
  writeFileSync(go, "");
  standStill(500);
  const asked = bed.host.capture(place);
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  standStill(1_700);

  expect((await asked)?.cols).toBe(200);
  expect(bed.logged.join("\n")).not.toContain("the tmux control client is gone");
});

/** Keeps this process from everything, its event loop included. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Lines in a file that may not be there yet. */
function roundsIn(file: string): number {
  return existsSync(file) ? readFileSync(file, "utf8").length / 2 : 0;
}

function record(host: TerminalHost): string[] {
  const events: string[] = [];
  host.on("output", (id, text) => events.push(`output ${id} ${text}`));
  host.on("died", (id) => events.push(`died ${id}`));
  host.on("closed", (id) => events.push(`closed ${id}`));
  host.on("resynced", (id) => events.push(`resynced ${id}`));
  host.on("lost", (because) => events.push(`lost ${because}`));
  return events;
}

/** Pids of the control clients that get output. */
async function controlClients(bed: TmuxTestBed): Promise<readonly number[]> {
  const all = await bed.tmux("list-clients", "-F", "#{client_pid} #{client_flags}");
  return all
    .split("\n")
    .filter((line) => line.includes("control-mode") && !line.includes("no-output"))
    .map((line) => Number.parseInt(line, 10));
}
