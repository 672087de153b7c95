import { describe, expect, test } from "vitest";
import type { TerminalPlace } from "../../../src/domain/session.ts";
import { person, whyNoPerson, type Person } from "../../support/person.ts";
import { skipBecause } from "../../support/skip.ts";
import { tmuxTestBed, type TmuxTestBed } from "../../support/tmux.ts";
import { waitFor } from "../../support/wait.ts";

const size = { cols: 80, rows: 24 };

describe("with a person's terminal", skipBecause(whyNoPerson), () => {
  test.each([
    [10, 5],
    [80, 24],
    [300, 100],
  ])("a person's terminal of %i x %i changes nothing of the pane's size", async (cols, rows) => {
    const { bed, place } = await opened("echo ready; cat");
    const before = await bed.host.capture(place);

    for (const write of [false, true]) {
      const { argv } = await bed.host.viewer(place, { write });
      const someone = person(argv, { cols, rows });
      await attached(bed);
      const during = await bed.host.capture(place);
      expect({ ...during, lastPersonInputAt: null }).toEqual(before);
      someone.process.kill("SIGKILL");
      await waitFor(async () => (await clients(bed)) === 0);
    }

    await bed.host.open(bed.spec("ap_2", "cat"));
    expect(await bed.host.capture(place)).toEqual(before);
    expect((await bed.host.list()).map(({ cols, rows }) => [cols, rows])).toEqual([
      [200, 50],
      [200, 50],
    ]);
  });

  test("a reader's keys reach nothing, and do not count as typing", async () => {
    const { bed, place } = await opened("echo ready; cat");
    const { argv } = await bed.host.viewer(place, { write: false });
    const someone = person(argv, size);
    await attached(bed);
    await waitFor(() => someone.screen().includes("read-only"));

    someone.type("hello\r\u0002c\u0002:kill-server\r");
    await leave(someone, "\u0002d");

    expect(await someone.left).toBe(0);
    const screen = await bed.host.capture(place);
    expect(screen?.lines.slice(0, 3)).toEqual(["ready", "", ""]);
    expect(screen?.lastPersonInputAt).toBeNull();
    expect(await bed.host.list()).toHaveLength(1);
  });

  test("a writer's keys reach the agent, and when they did is known", async () => {
    const { bed, place } = await opened("echo ready; cat");
    const { argv, detachKeys } = await bed.host.viewer(place, { write: true });
    expect(detachKeys).toContain("C-b d");
    const from = Math.floor(Date.now() / 1_000) * 1_000;
    const someone = person(argv, size);
    await attached(bed);

    someone.type("hello\r");

    await waitFor(async () => (await bed.host.capture(place))?.lines[2] === "hello");
    const typedAt = (await bed.host.capture(place))?.lastPersonInputAt;
    expect(typedAt).toBeGreaterThanOrEqual(from);
    expect(typedAt).toBeLessThanOrEqual(Date.now());

    const other = await bed.host.open(bed.spec("ap_2", "cat"));
    expect((await bed.host.capture(other))?.lastPersonInputAt).toBeNull();
  });

  test("a person's keys control nothing but scroll, copy and leave", async () => {
    const { bed, place } = await opened("echo ready; stty raw -echo; cat -v");
    const { argv } = await bed.host.viewer(place, { write: true });
    const someone = person(argv, size);
    await attached(bed);

    // new window, split, command prompt, kill pane, choose tree: none of them is bound
    someone.type('\u0002c\u0002%\u0002"\u0002:\u0002x\u0002w');
    someone.type("\u0002\u0002");
    await waitFor(async () => (await bed.host.capture(place))?.lines[1]?.includes("^B"));
    someone.type("\u0002[");
    await waitFor(async () => (await bed.host.list())[0]?.inMode);
    someone.type("q");
    await waitFor(async () => (await bed.host.list())[0]?.inMode === false);

    expect((await bed.tmux("list-panes", "-a")).trim().split("\n")).toHaveLength(3);
    await leave(someone, "\u001b[24~");
    expect(await someone.left).toBe(0);
  });

  test.each([
    ["that hides its cursor", "\\033[?25l"],
    ["that shows its cursor", ""],
  ])("a terminal lower than the pane shows the last lines of an agent %s", async (_, cursor) => {
    const script = `printf '${cursor}ready\\n'; for i in $(seq 2 45); do echo line $i; done; cat`;
    const { bed, place } = await opened(script);
    await waitFor(async () => (await bed.host.capture(place))?.lines[44] === "line 45");
    const { argv } = await bed.host.viewer(place, { write: false });

    const someone = person(argv, size);

    await waitFor(() => someone.screen().includes("line 45"));
    expect((await bed.host.capture(place))?.rows).toBe(50);
  });

  test("a viewer goes away with its person, and the agent stays", async () => {
    const { bed, place } = await opened("echo ready; cat");
    const closed: string[] = [];
    bed.host.on("closed", (id) => closed.push(id));
    const { argv } = await bed.host.viewer(place, { write: false });
    const someone = person(argv, size);
    await attached(bed);
    expect(await sessions(bed)).toHaveLength(2);

    someone.process.kill("SIGKILL");

    await waitFor(async () => (await sessions(bed)).length === 1);
    expect(await bed.host.list()).toMatchObject([{ sessionId: "ap_1", dead: false }]);
    expect(closed).toEqual([]);
  });

  test("a pane that is closed while people look at it takes only their view away", async () => {
    const { bed, place } = await opened("echo ready; cat");
    await bed.host.open(bed.spec("ap_2", "cat"));
    const people = await Promise.all(
      [true, false].map(async (write) => {
        const { argv } = await bed.host.viewer(place, { write });
        return person(argv, size);
      }),
    );
    await waitFor(async () => (await clients(bed)) === 2);

    await bed.host.close(place);

    await Promise.all(people.map((someone) => someone.left));
    expect(await bed.host.list()).toMatchObject([{ sessionId: "ap_2", dead: false }]);
    expect(await sessions(bed)).toEqual(["agents"]);
  });

  test("a person inside another tmux can attach", async () => {
    const { bed, place } = await opened("echo ready; cat");
    const { argv } = await bed.host.viewer(place, { write: false });

    const env = { TMUX: "/tmp/some-other-tmux,1,0", TMUX_PANE: "%0" };
    const someone = person(argv, { ...size, env });

    await attached(bed);
    await waitFor(() => someone.screen().includes("ready"));
    expect(someone.screen()).toContain("ap_1 | read-only | leave: C-b d");
  });
});

test("a viewer that nobody attached to is ended by the next connect after a minute", async () => {
  const { bed, place } = await opened("cat");
  await bed.host.viewer(place, { write: false });

  const soon = bed.hostWith({ epoch: 2, now: () => Date.now() + 30_000 });
  await soon.connect();
  expect(await sessions(bed)).toHaveLength(2);

  const later = bed.hostWith({ epoch: 3, now: () => Date.now() + 62_000 });
  await later.connect();
  expect(await sessions(bed)).toHaveLength(1);
  expect(await later.list()).toHaveLength(1);
});

test("the last screen of a dead agent can still be looked at; a closed one cannot", async () => {
  const { bed, place } = await opened("exit 1");
  await waitFor(async () => (await bed.host.list())[0]?.dead);

  await bed.host.viewer(place, { write: false });
  await bed.host.close(place);

  await expect(bed.host.viewer(place, { write: false })).rejects.toMatchObject({
    code: "terminal_failed",
    why: "It is gone.",
  });
});

async function opened(
  script: string,
): Promise<{ readonly bed: TmuxTestBed; readonly place: TerminalPlace }> {
  const bed = tmuxTestBed();
  await bed.host.connect();
  const place = await bed.host.open(bed.spec("ap_1", script));
  if (script.includes("ready")) {
    await waitFor(async () => (await bed.host.capture(place))?.lines[0] === "ready");
  }
  return { bed, place };
}

async function clients(bed: TmuxTestBed): Promise<number> {
  const all = await bed.tmux("list-clients", "-F", "#{client_control_mode}");
  return all.split("\n").filter((mode) => mode === "0").length;
}

async function attached(bed: TmuxTestBed): Promise<void> {
  await waitFor(async () => (await clients(bed)) === 1, { what: "the person's client" });
}

async function sessions(bed: TmuxTestBed): Promise<readonly string[]> {
  return (await bed.tmux("list-sessions", "-F", "#{session_name}")).trim().split("\n");
}

async function leave(someone: Person, keys: string): Promise<void> {
  someone.type(keys);
  await waitFor(() => someone.process.exitCode !== null, { what: "the end of the viewer" });
}
