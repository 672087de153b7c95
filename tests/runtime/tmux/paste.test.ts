import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { TerminalPlace } from "../../../src/domain/session.ts";
import { pastePieces } from "../../../src/runtime/tmux/paste-pieces.ts";
import { rawReader } from "../../support/programs.ts";
import { tmuxTestBed, type TmuxTestBed } from "../../support/tmux.ts";
import { waitFor } from "../../support/wait.ts";

const mark = { deliveryId: "dl_1", stage: "pasted" } as const;

const nasty = [
  "quotes ' \" ` and $HOME ${HOME} $(id) `id`",
  "#{pane_id} #S %H %% ; semi \\; back\\slash \\\\ ~ { } [ ] * ?",
  "trailing blanks   ",
  "",
  "\ttabs\tand CRLF\r",
  "é ñ 日本語 🙂 👩‍👩‍👧 e\u0301 \u00a0 \u2028",
  "-- -l leading dash",
  "!history /slash @at %percent",
].join("\n");

test.each([
  ["every character that means something to tmux or a shell", nasty],
  ["a text just short enough for a command line", "x".repeat(16_383) + "\n"],
  ["a text too long for a command line", "é日🙂\n".repeat(6_000)],
  ["1 MB", `${nasty}\n`.repeat(3_000).slice(0, 1_000_000)],
])("%s arrives byte for byte", async (_, text) => {
  const bed = tmuxTestBed();
  const { place, received } = await openReader(bed);

  const result = await bed.host.paste(place, text, { mark });

  expect(result).toEqual({ ok: true });
  const bytes = await received();
  expect(bytes.equals(Buffer.from(text))).toBe(true);
  expect(await bed.host.mark(place)).toEqual(mark);
  expect(await bed.tmux("list-buffers")).toBe("");
});

test("4 MB arrive byte for byte, and no file is left behind", async () => {
  const bed = tmuxTestBed();
  const { place, received } = await openReader(bed);
  const line = `${"日本語 é 🙂 ascii ".repeat(4)}\r\n`;
  const text = line.repeat(Math.ceil(4_000_000 / Buffer.byteLength(line)));

  await bed.host.paste(place, text, { mark });

  const bytes = await received();
  expect(bytes.equals(Buffer.from(text))).toBe(true);
  expect(pasteFiles(bed)).toEqual([]);
});

test.each([
  ["few pieces", "one\ntwo\nthree\nfour 🙂\n$(x) #{pane_id}\nend"],
  ["many pieces", '日本語 é 🙂 \\ " line\n'.repeat(2_000)],
])("%s are written at once, each in brackets of its own", async (_, text) => {
  const bed = tmuxTestBed();
  await bed.host.connect();
  const out = join(bed.folder, "out");
  const place = await bed.host.open(
    bed.spec("ap_1", `stty raw -echo; printf ready; exec cat >${out}`),
  );
  await shows(bed, place, "ready");

  const limit = { lines: 3, characters: 800 };
  expect(await bed.host.paste(place, text, { mark, limit })).toEqual({ ok: true });

  const written = pastePieces(text, limit).map((piece) => `\u001b[200~${piece}\u001b[201~`);
  expect(written.length).toBeGreaterThan(1);
  const whole = Buffer.from(written.join(""));
  await waitFor(() => existsSync(out) && readFileSync(out).length >= whole.length);
  expect(readFileSync(out).equals(whole)).toBe(true);
  expect(await bed.host.mark(place)).toEqual(mark);
  expect(await bed.tmux("list-buffers")).toBe("");
});

test("a program that asked for no brackets gets none", async () => {
  const bed = tmuxTestBed();
  await bed.host.connect();
  const out = join(bed.folder, "out");
  const script = `stty raw -echo; printf ready; dd bs=1 count=7 of=${out} 2>/dev/null; exit`;
  const place = await bed.host.open(bed.spec("ap_1", script));
  await shows(bed, place, "ready");

  await bed.host.paste(place, "a\nb\r\ncd", { mark });

  const text = await waitFor(() => existsSync(out) && readFileSync(out, "utf8").length === 7);
  expect(text).toBe(true);
  expect(readFileSync(out, "utf8")).toBe("a\nb\r\ncd".slice(0, 7));
});

test.each([["short text"], ["long text ".repeat(5_000)]])(
  "nothing is pasted and no mark is set while a line it depends on is not on screen",
  async (text) => {
    const bed = tmuxTestBed();
    await bed.host.connect();
    const place = await bed.host.open(bed.spec("ap_1", "echo 'Continue? [y/N]'; exec cat"));
    await shows(bed, place, "Continue?");
    const before = await bed.host.capture(place);

    const refused = await bed.host.paste(place, text, { mark, onlyWhileVisible: ["Proceed?"] });

    expect(refused).toEqual({ ok: false, reason: "not_visible" });
    expect(await bed.host.mark(place)).toBeUndefined();
    expect(await bed.tmux("list-buffers")).toBe("");
    expect(await bed.host.capture(place)).toEqual(before);
  },
);

test("an empty text only sets the mark", async () => {
  const bed = tmuxTestBed();
  await bed.host.connect();
  const place = await bed.host.open(bed.spec("ap_1", "exec cat"));

  expect(await bed.host.paste(place, "", { mark })).toEqual({ ok: true });
  expect(await bed.host.mark(place)).toEqual(mark);
});

test("texts on their way when we were killed are removed by the next connect", async () => {
  const bed = tmuxTestBed();
  await bed.host.connect();
  writeFileSync(join(bed.folder, "paste-0123456789ab"), "secret");

  const next = bed.hostWith({ epoch: 2 });
  await next.connect();

  expect(pasteFiles(bed)).toEqual([]);
});

async function openReader(bed: TmuxTestBed): Promise<{
  readonly place: TerminalPlace;
  readonly received: () => Promise<Buffer>;
}> {
  const out = join(bed.folder, "out");
  await bed.host.connect();
  const place = await bed.host.open(bed.spec("ap_1", "", { argv: rawReader(out) }));
  await shows(bed, place, "ready");
  const received = async (): Promise<Buffer> => {
    await waitFor(async () => (await bed.host.list())[0]?.dead);
    return readFileSync(out);
  };
  return { place, received };
}

async function shows(bed: TmuxTestBed, place: TerminalPlace, text: string): Promise<void> {
  await waitFor(
    async () => (await bed.host.capture(place))?.lines.some((line) => line.includes(text)),
    {
      what: `"${text}" on the screen`,
    },
  );
}

function pasteFiles(bed: TmuxTestBed): string[] {
  return readdirSync(bed.folder).filter((name) => name.startsWith("paste-"));
}
