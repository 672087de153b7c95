import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { TerminalPlace } from "../../../src/domain/session.ts";
import type { TmuxHostOptions } from "../../../src/runtime/tmux/host.ts";
import { tmuxTestBed, type TmuxTestBed } from "../../support/tmux.ts";
import { waitFor } from "../../support/wait.ts";

test.each([
  ["exit 0", { exitCode: 0, exitSignal: null }],
  ["exit 7", { exitCode: 7, exitSignal: null }],
  ["kill -KILL $$", { exitCode: null, exitSignal: "SIGKILL" }],
  ["kill -TERM $$", { exitCode: null, exitSignal: "SIGTERM" }],
])("after %j the death is told once, and how it came is known", async (script, how) => {
  const { bed, died } = await connected();

  await bed.host.open(bed.spec("ap_1", script));

  await waitFor(() => died.length > 0);
  const [info] = await bed.host.list();
  expect(info).toMatchObject({ sessionId: "ap_1", dead: true, ...how });
  expect(died).toEqual(["ap_1"]);
});

test("of processes that are killed without having written a word none is missed", async () => {
  const { bed, died } = await connected();
  const ids = Array.from({ length: 12 }, (_, i) => `ap_${i}`);
  const places = await Promise.all(ids.map((id) => bed.host.open(bed.spec(id, "exec sleep 60"))));

  for (const place of places) process.kill(place.pid ?? 0, "SIGKILL");

  await waitFor(() => died.length >= ids.length, { what: "all deaths" });
  expect(died.toSorted()).toEqual(ids.toSorted());
  const infos = await bed.host.list();
  expect(infos.every((info) => info.exitSignal === "SIGKILL")).toBe(true);
});

test("the last screen of a dead pane stays as it was", async () => {
  const { bed, died } = await connected();
  const script = "seq 60; printf 'the end'; sleep 0.05; exit 1";

  const place = await bed.host.open(bed.spec("ap_1", script, { rows: 20 }));

  await waitFor(() => died.length > 0);
  const screen = await bed.host.capture(place);
  expect(screen?.lines[0]).toBe("42");
  expect(screen?.lines[19]).toBe("the end");
});

test("of 200 processes that end at once none is missed", async () => {
  const { bed, died } = await connected();
  const go = join(bed.folder, "go");
  const script = `read -r x < ${go}.never 2>/dev/null; while [ ! -e ${go} ]; do sleep 0.3; done; exit 4`;
  const ids = Array.from({ length: 200 }, (_, i) => `ap_${i}`);
  await Promise.all(ids.map((id) => bed.host.open(bed.spec(id, script, { cols: 40, rows: 5 }))));

  writeFileSync(go, "");

  await waitFor(() => died.length >= ids.length, { what: "200 deaths" });
  expect(died.toSorted()).toEqual(ids.toSorted());
  const infos = await bed.host.list();
  expect(infos.filter((info) => info.dead && info.exitCode === 4)).toHaveLength(200);
});

test("a window that a person kills is told as closed, not as dead", async () => {
  const { bed, died, closed } = await connected();
  const place = await bed.host.open(bed.spec("ap_1", "cat"));
  const other = await bed.host.open(bed.spec("ap_2", "cat"));

  await bed.tmux("kill-window", "-t", place.window);

  await waitFor(() => closed.length > 0);
  expect({ died, closed }).toEqual({ died: [], closed: ["ap_1"] });
  expect((await bed.host.list()).map((info) => info.place)).toEqual([other]);
});

test("deaths are told however the keeper was treated", async () => {
  const { bed, died } = await connected({ lookEveryMs: 200 });
  const keeper = (
    await bed.tmux("list-panes", "-s", "-t", "=agents", "-F", "#{pane_id} #{window_name}")
  )
    .split("\n")
    .find((line) => line.endsWith("keeper"))
    ?.split(" ")[0];

  await bed.tmux("send-keys", "-t", keeper ?? "", "C-c", "C-d", "C-z", "C-s", "died %1 s0 g;");
  await bed.host.open(bed.spec("ap_1", "exit 1"));

  await waitFor(() => died.length === 1, { what: "the first death" });
  await bed.tmux("respawn-pane", "-k", "-t", keeper ?? "", "exit 0");
  await bed.host.open(bed.spec("ap_2", "exit 2"));

  await waitFor(() => died.length === 2, { what: "the death without a doorbell" });
  await waitFor(async () => {
    const dead = await bed.tmux("display-message", "-p", "-t", keeper ?? "", "#{pane_dead}");
    return dead === "0\n";
  });
  expect(died).toEqual(["ap_1", "ap_2"]);
});

test("who connects later finds the dead with their exit codes", async () => {
  const { bed } = await connected();
  const go = join(bed.folder, "go");
  const wait = `while [ ! -e ${go} ]; do sleep 0.05; done`;
  await bed.host.open(bed.spec("ap_1", `${wait}; exit 3`));
  await bed.host.open(bed.spec("ap_2", "printf '\\033]2;alive\\007'; cat"));
  await bed.host.disconnect();
  writeFileSync(go, "");
  await waitFor(async () =>
    (await bed.tmux("list-panes", "-s", "-t", "=agents", "-F", "#{pane_dead}")).includes("1"),
  );

  const next = bed.hostWith({ epoch: 2 });
  const died: string[] = [];
  next.on("died", (id) => died.push(id));
  await next.connect();

  const infos = await next.list();
  expect(infos).toMatchObject([
    { sessionId: "ap_1", dead: true, exitCode: 3, place: { startToken: null } },
    { sessionId: "ap_2", dead: false, exitCode: null, title: "alive" },
  ]);
  expect(infos[1]?.place.startToken).not.toBeNull();
  expect(died).toEqual([]);
});

test("titles are told when they change, and bells each time", async () => {
  const { bed } = await connected();
  const titles: string[] = [];
  let bells = 0;
  bed.host.on("title", (_, title) => titles.push(title));
  bed.host.on("bell", () => bells++);
  const set = (title: string): string => `printf '\\033]0;${title}\\007'`;
  const script = `${set("✳ one")}; ${set("✳ one")}; ${set("two")}; printf '\\007\\007'; exec cat`;

  await bed.host.open(bed.spec("ap_1", script));

  await waitFor(() => bells === 2);
  expect(titles).toEqual(["✳ one", "two"]);
  expect((await bed.host.list())[0]?.title).toBe("two");
});

test("an agent cannot rename the window that carries its session", async () => {
  const { bed } = await connected();
  const done = join(bed.folder, "done");

  const place = await bed.host.open(
    bed.spec("ap_1", `printf '\\033kother\\033\\\\'; : > ${done}; cat`),
  );
  await waitFor(() => existsSync(done));

  expect(await windowName(bed, place)).toBe("ap_1\n");
  expect((await bed.host.list())[0]?.sessionId).toBe("ap_1");
});

test("a listener that fails keeps the news from nobody", async () => {
  const { bed, died } = await connected();
  bed.host.on("output", () => {
    throw new Error("listener broke");
  });

  await bed.host.open(bed.spec("ap_1", "echo x; sleep 0.05; exit 0"));

  await waitFor(() => died.length > 0);
  expect(bed.logged.join("\n")).toContain("listener broke");
});

test("a listener that was taken back hears nothing more", async () => {
  const { bed, died } = await connected();
  const heard: string[] = [];
  const stop = bed.host.on("died", (id) => heard.push(id));

  stop();
  await bed.host.open(bed.spec("ap_1", "exit 0"));

  await waitFor(() => died.length > 0);
  expect(heard).toEqual([]);
});

async function connected(options: Partial<TmuxHostOptions> = {}): Promise<{
  readonly bed: TmuxTestBed;
  readonly died: string[];
  readonly closed: string[];
}> {
  const bed = tmuxTestBed(options);
  const died: string[] = [];
  const closed: string[] = [];
  bed.host.on("died", (id) => died.push(id));
  bed.host.on("closed", (id) => closed.push(id));
  await bed.host.connect();
  return { bed, died, closed };
}

function windowName(bed: TmuxTestBed, place: TerminalPlace): Promise<string> {
  return bed.tmux("display-message", "-p", "-t", place.pane, "#{window_name}");
}
