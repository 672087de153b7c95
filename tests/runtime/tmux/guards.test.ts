import { AgentpoolError } from "../../../src/domain/errors.ts";
import { expect, test } from "vitest";
import type { TerminalPlace } from "../../../src/domain/session.ts";
import { tmuxTestBed, type TmuxTestBed } from "../../support/tmux.ts";
import { waitFor } from "../../support/wait.ts";

const mark = { deliveryId: "dl_7", stage: "submitted" } as const;

test("keys reach the pane together with their mark", async () => {
  const { bed, place } = await opened('echo ready; IFS= read -r line; echo "got [$line]"; cat');
  await shows(bed, place, "ready");

  const result = await bed.host.press(place, ["a", ";", "$", "#", "é", "Space", "Enter"], { mark });

  expect(result).toEqual({ ok: true });
  await shows(bed, place, "got [a;$#é ]");
  expect(await bed.host.mark(place)).toEqual(mark);
});

test("a word that is no key is refused instead of typed", async () => {
  const { bed, place } = await opened("cat");

  await expect(bed.host.press(place, ["yes"])).rejects.toMatchObject({ code: "invalid_input" });
});

test.each([
  "Continue? [y/N]",
  "│ ❯ 1. Yes, allow `rm -rf *` {a,b} #1: 100% \\o/ \"q\" 'p' $x; │",
  "  indented and trailed   ",
  "日本語 é 🙂 e\u0301",
  "~ ^ ! & | < > = + - _ . @",
])("keys go through while %j is on screen, and not when one character differs", async (line) => {
  const { bed, place } = await opened('printf "%s\\n" "$LINE"; cat', { LINE: line });
  await waitFor(async () => (await bed.host.capture(place))?.lines[0] === line.trimEnd());
  const other = `${line.trimEnd()}x`;

  expect(await bed.host.press(place, ["k"], { onlyWhileVisible: [line, ""] })).toEqual({
    ok: true,
  });
  await shows(bed, place, "k");
  expect(await bed.host.press(place, ["k"], { onlyWhileVisible: [line, other] })).toEqual({
    ok: false,
    reason: "not_visible",
  });
});

test("of several lines each must be on screen", async () => {
  const { bed, place } = await opened("echo one; echo two; cat");
  await shows(bed, place, "two");

  const both = await bed.host.press(place, ["k"], { onlyWhileVisible: ["one", "two"] });
  const missing = await bed.host.press(place, ["k"], { mark, onlyWhileVisible: ["one", "three"] });

  expect(both).toEqual({ ok: true });
  expect(missing).toEqual({ ok: false, reason: "not_visible" });
  expect(await bed.host.mark(place)).toBeUndefined();
});

test("a line that scrolled away is not visible", async () => {
  const { bed, place } = await opened("echo first; seq 100; cat");
  await shows(bed, place, "100");

  const result = await bed.host.press(place, ["k"], { onlyWhileVisible: ["first"] });

  expect(result).toEqual({ ok: false, reason: "not_visible" });
});

test("nothing is typed while a person reads back in the pane", async () => {
  const { bed, place } = await opened("cat");
  await bed.tmux("copy-mode", "-t", place.pane);

  const result = await bed.host.press(place, ["k"], { mark });

  expect(result).toEqual({ ok: false, reason: "in_mode" });
  expect(await bed.host.mark(place)).toBeUndefined();
  expect((await bed.host.list())[0]?.inMode).toBe(true);
  expect((await bed.host.capture(place))?.inMode).toBe(true);
});

test("nothing is typed into a pane whose process ended", async () => {
  const { bed, place } = await opened("exit 3");
  await waitFor(async () => (await bed.host.list())[0]?.dead);

  expect(await bed.host.press(place, ["k"], { mark })).toEqual({ ok: false, reason: "pane_dead" });
  expect(await bed.host.paste(place, "text", { mark })).toEqual({ ok: false, reason: "pane_dead" });
});

test("a closed pane is gone for every question, and closing it again is fine", async () => {
  const { bed, place } = await opened("cat");
  const closed: string[] = [];
  bed.host.on("closed", (id) => closed.push(id));

  await bed.host.close(place);
  await bed.host.close(place);

  expect(await bed.host.press(place, ["k"], { mark })).toEqual({ ok: false, reason: "pane_gone" });
  expect(await bed.host.paste(place, "text", { mark })).toEqual({ ok: false, reason: "pane_gone" });
  expect(await bed.host.capture(place)).toBeUndefined();
  expect(await bed.host.mark(place)).toBeUndefined();
  expect(await bed.host.list()).toEqual([]);
  expect(closed).toEqual(["ap_1"]);
});

test("another pane with the same number is not taken for the one meant", async () => {
  const { bed, place } = await opened("echo ready; cat");
  await shows(bed, place, "ready");
  const earlier = { ...place, pid: 1 };

  expect(await bed.host.press(earlier, ["k"], { mark })).toEqual({
    ok: false,
    reason: "pane_gone",
  });
  expect(await bed.host.capture(earlier)).toBeUndefined();
  await bed.host.close(earlier);

  expect(await bed.host.list()).toHaveLength(1);
  expect(await bed.host.mark(place)).toBeUndefined();
});

test("a place that is no pane id never reaches tmux", async () => {
  const { bed, place } = await opened("cat");
  const forged = { ...place, pane: "%1 ; kill-server" };

  await expect(bed.host.press(forged, ["k"])).rejects.toMatchObject({ code: "invalid_input" });
  await expect(bed.host.capture(forged)).rejects.toMatchObject({ code: "invalid_input" });
  await expect(bed.host.close(forged)).rejects.toMatchObject({ code: "invalid_input" });
  expect(await bed.host.list()).toHaveLength(1);
});

test("every pane keeps a mark of its own, and refuses for a reason of its own", async () => {
  const { bed, place } = await opened("echo ready; cat");
  const places = [place];
  for (let n = 2; n <= 12; n++) places.push(await bed.host.open(bed.spec(`ap_${n}`, "cat")));
  const markOf = (n: number) => ({ deliveryId: `dl_${n}`, stage: "pasted" as const });

  for (const [n, one] of places.entries()) await bed.host.press(one, [], { mark: markOf(n) });

  const marks = await Promise.all(places.map((one) => bed.host.mark(one)));
  expect(marks).toEqual(places.map((_, n) => markOf(n)));
  for (const one of places) await bed.tmux("copy-mode", "-t", one.pane);
  const reasons = await Promise.all(places.map((one) => bed.host.press(one, ["k"])));
  expect(reasons).toEqual(places.map(() => ({ ok: false, reason: "in_mode" })));
});

test("after a take-over the earlier host writes nothing at all", async () => {
  const { bed, place } = await opened("echo ready; cat");
  await shows(bed, place, "ready");
  const before = await bed.host.capture(place);

  const next = bed.hostWith({ epoch: 2 });
  await next.connect();

  // the later one ends the earlier one's client, which may cost that one a request
  const pressed = await waitFor(
    () => bed.host.press(place, ["k"], { mark }).catch(unlessUnanswered),
    { what: "an answer of tmux" },
  );
  expect(pressed).toEqual({ ok: false, reason: "stale_epoch" });
  expect(await bed.host.paste(place, "x".repeat(50_000), { mark })).toEqual({
    ok: false,
    reason: "stale_epoch",
  });
  for (const write of [
    () => bed.host.open(bed.spec("ap_2", "cat")),
    () => bed.host.close(place),
    () => bed.host.relog(place, bed.logFolder("ap_1")),
    () => bed.host.viewer(place, { write: true }),
  ]) {
    await expect(write()).rejects.toMatchObject({ code: "stale_epoch" });
  }
  expect(await next.capture(place)).toEqual(before);
  expect(await next.mark(place)).toBeUndefined();
  expect(await next.list()).toHaveLength(1);
  expect(await bed.tmux("list-buffers")).toBe("");
});

test("a host with an older epoch than the server's cannot connect", async () => {
  const bed = tmuxTestBed();
  await bed.hostWith({ epoch: 5 }).connect();

  await expect(bed.hostWith({ epoch: 4 }).connect()).rejects.toMatchObject({ code: "stale_epoch" });
  await bed.hostWith({ epoch: 5 }).connect();
});

test("a screen is told with its colours, its cursor and the buffer it is in", async () => {
  const script = "printf '\\033[?1049h\\033[2J\\033[3;5H\\033[31mred\\033[0m\\033[?25l'; cat";
  const { bed, place } = await opened(script);

  const screen = await waitFor(async () => {
    const captured = await bed.host.capture(place);
    return captured?.alternate && captured;
  });

  expect(screen).toMatchObject({
    cols: 200,
    rows: 50,
    cursor: { x: 7, y: 2, visible: false },
    title: "",
    inMode: false,
    lastPersonInputAt: null,
  });
  expect(screen.lines).toHaveLength(50);
  expect(screen.lines[2]).toBe("    \u001b[31mred");
});

async function opened(
  script: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly bed: TmuxTestBed; readonly place: TerminalPlace }> {
  const bed = tmuxTestBed();
  await bed.host.connect();
  return { bed, place: await bed.host.open(bed.spec("ap_1", script, { env })) };
}

async function shows(bed: TmuxTestBed, place: TerminalPlace, text: string): Promise<void> {
  await waitFor(
    async () => (await bed.host.capture(place))?.lines.some((line) => line.includes(text)),
    { what: `"${text}" on the screen` },
  );
}

function unlessUnanswered(thrown: unknown): undefined {
  if (thrown instanceof AgentpoolError && thrown.code === "terminal_failed") return undefined;
  throw thrown;
}
