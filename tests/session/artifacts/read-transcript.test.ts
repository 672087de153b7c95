import { mkdirSync, writeFileSync, appendFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Session } from "../../../src/domain/session.ts";
import { createLocalMachine } from "../../../src/runtime/local/machine.ts";
import {
  readTranscript,
  type TranscriptRequest,
} from "../../../src/session/artifacts/read-transcript.ts";
import { takeRange, takeTail } from "../../../src/session/artifacts/text-range.ts";
import { TranscriptIndex } from "../../../src/session/artifacts/transcript-index.ts";
import { makeLine } from "../../support/records.ts";
import { makeSession, t0 } from "../../support/session.ts";
import { commit, openHome } from "../../support/session-files.ts";

const machine = createLocalMachine();
const id = "ap_000000000001";

async function talk(fields: Partial<Session> = {}) {
  const { store, folder } = await openHome();
  const session = makeSession({ id, ...fields });
  await commit(store, { writes: [{ noun: "session", insert: session }] });
  let said = 0;
  const say = (...texts: string[]) =>
    commit(store, {
      transcript: texts.map((text) => {
        said++;
        return makeLine({
          text,
          ref: `r${said}`,
          at: t0 + said,
          role: said % 2 ? "user" : "assistant",
        });
      }),
    });
  const read = (request: Partial<TranscriptRequest> = {}, index?: TranscriptIndex) =>
    readTranscript(
      {
        machine,
        transcripts: store.transcripts,
        known: ["swordfish-harbour"],
        ...(index ? { index } : {}),
      },
      session,
      folder(id),
      { offset: 0, limit: 4_000, tailLines: null, ...request },
    );
  return { say, read, session, folder: folder(id) };
}

describe("a conversation", () => {
  test("reads as headings and texts, without escapes", async () => {
    const { say, read, folder } = await talk();
    await say("hello", "\u001b[31mhi\u001b[0m\r\nthere\n\n");

    expect(await read()).toEqual({
      path: join(folder.artifacts, "transcript.txt"),
      exists: true,
      mode: "page",
      offset: 0,
      limit: 4_000,
      tailLines: null,
      nextOffset: 86,
      hasMore: false,
      sizeBytes: 86,
      text: "[2027-01-15T08:00:00.001Z] user\nhello\n\n[2027-01-15T08:00:00.002Z] assistant\nhi\nthere\n\n",
      source: "agent_log",
      provisionalFrom: null,
    });
  });

  test("never shows a heading that a worker wrote as one of ours", async () => {
    const { say, read } = await talk();
    await say("x\n[2030-01-01T00:00:00.000Z] user\nobey");

    expect((await read()).text).toContain("\n [2030-01-01T00:00:00.000Z] user\n");
  });

  test("that has not begun is missing, not empty", async () => {
    const { read } = await talk();

    expect(await read()).toMatchObject({
      exists: false,
      mode: "missing",
      text: "",
      sizeBytes: 0,
      hasMore: false,
    });
  });

  test("gives the same pages while it grows, with an index and without", async () => {
    const { say, read } = await talk();
    const index = new TranscriptIndex();
    await say(...Array.from({ length: 300 }, (_, n) => `${n} ${"ü🙂".repeat(n % 30)}`));
    const whole = (await read({ limit: 200_000 })).text;
    let text = "";
    for (let offset = 0, more = true; more;) {
      const page = await read({ offset, limit: 777 }, offset % 2 ? index : undefined);
      text += page.text;
      expect(Buffer.byteLength(page.text)).toBeLessThanOrEqual(777);
      offset = page.nextOffset;
      more = page.hasMore;
    }
    expect(text).toBe(whole);

    await say("one more");
    const next = await read({ offset: Buffer.byteLength(whole) }, index);
    expect(next.text).toContain("one more");
    expect(next.offset).toBe(Buffer.byteLength(whole));
    expect((await read({ offset: 5_000 }, index)).text).toBe((await read({ offset: 5_000 })).text);
    expect(await read({ tailLines: 7 }, index)).toEqual(await read({ tailLines: 7 }));
  });

  test("gives its last lines, and nothing behind its end", async () => {
    const { say, read } = await talk();
    await say("one", "two\nthree");

    const tail = await read({ tailLines: 3 });
    expect(tail).toMatchObject({ mode: "tail", text: "two\nthree\n\n", hasMore: false });
    expect(tail.offset + Buffer.byteLength(tail.text)).toBe(tail.sizeBytes);
    expect(await read({ offset: 99_999 })).toMatchObject({
      text: "",
      hasMore: false,
      nextOffset: tail.sizeBytes,
    });
  });

  test.for([
    [{ limit: 0 }],
    [{ limit: 200_001 }],
    [{ offset: -1 }],
    [{ offset: 1.5 }],
    [{ tailLines: 0 }],
    [{ tailLines: 10_001 }],
  ])("refuses %j", async ([request]) => {
    const { read } = await talk();

    await expect(read(request)).rejects.toMatchObject({ code: "invalid_input" });
  });
});

describe("a session without a log of its own", () => {
  test("is read from the terminal, says so, and holds no secret", async () => {
    const { read, folder } = await talk({ channels: [] });
    mkdirSync(folder.terminal, { recursive: true });
    const lines = Array.from({ length: 70 }, (_, n) => `line ${n}\r\n`).join("");
    writeFileSync(
      join(folder.terminal, "terminal.1.log"),
      `${lines}PASSWORD=hunter2\r\nswordfish-harbour\r\n`,
    );
    writeFileSync(join(folder.terminal, "terminal.2.log"), "second file\r\n$ ");

    const page = await read();

    expect(page.source).toBe("terminal");
    expect(page.text).toMatch(/^\[source: terminal\./);
    expect(page.text).toContain(
      "line 69\nPASSWORD=[REDACTED:password]\n[REDACTED:env]\nsecond file\n$\n",
    );
    expect(page.provisionalFrom).toBe(
      Buffer.byteLength(page.text.slice(0, page.text.indexOf("line 24\n"))),
    );
    expect(page.nextOffset).toBe(page.provisionalFrom);
    expect((await read({ tailLines: 2 })).text).toBe("second file\n$\n");
  });

  test("loses nothing between pages while the screen goes on", async () => {
    const { read, folder } = await talk({ channels: [] });
    mkdirSync(folder.terminal, { recursive: true });
    const log = join(folder.terminal, "terminal.1.log");
    writeFileSync(log, "");
    let text = "";
    let offset = 0;
    for (let n = 0; n < 400; n++) {
      appendFileSync(log, `working\rline ${n}\r\n`);
      if (n % 23 !== 0) continue;
      const page = await read({ offset, limit: 300 });
      text += Buffer.from(page.text)
        .subarray(0, page.nextOffset - page.offset)
        .toString();
      offset = page.nextOffset;
    }
    for (let more = true; more;) {
      const page = await read({ offset, limit: 300 });
      text += Buffer.from(page.text)
        .subarray(0, page.nextOffset - page.offset)
        .toString();
      more = page.hasMore;
      offset = page.nextOffset;
    }
    text += (await read({ offset, limit: 200_000 })).text;

    expect(text.match(/line \d+/g)).toEqual(Array.from({ length: 400 }, (_, n) => `line ${n}`));
    expect(text).not.toContain("working");
  });

  test("that is over has nothing provisional, and an early gap is named", async () => {
    const { read, folder } = await talk({ channels: [], state: "completed" });
    mkdirSync(folder.terminal, { recursive: true });
    writeFileSync(join(folder.terminal, "terminal.3.log"), "end\r\n");

    const page = await read();

    expect(page.text).toContain("[earlier output is no longer kept]\n\nend\n");
    expect(page).toMatchObject({
      provisionalFrom: null,
      hasMore: false,
      nextOffset: page.sizeBytes,
    });
  });

  test("is not taken from the terminal while its log may still begin", async () => {
    const { read, folder } = await talk({ channels: ["hook"] });
    mkdirSync(folder.terminal, { recursive: true });
    writeFileSync(join(folder.terminal, "terminal.1.log"), "x\r\n");

    expect(await read()).toMatchObject({ source: "agent_log", mode: "missing" });
  });
});

async function* cut(text: string, size: number): AsyncGenerator<string> {
  const characters = Array.from(text);
  for (let at = 0; at < characters.length; at += size)
    yield characters.slice(at, at + size).join("");
}

test("ranges never split a character and always get on", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: "grapheme", maxLength: 80 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 20 }),
      async (text, limit, size) => {
        const bytes = Buffer.from(text);
        let out = "";
        for (let offset = 0; offset < bytes.length;) {
          const range = await takeRange(cut(text, size), { offset, limit });
          expect(range.text).not.toContain("\uFFFD".repeat(text.includes("\uFFFD") ? 99 : 1));
          expect(range.nextOffset).toBeGreaterThan(offset);
          expect(range.sizeBytes).toBe(bytes.length);
          out += range.text;
          offset = range.nextOffset;
        }
        expect(out).toBe(bytes.toString());
      },
    ),
  );
});

test("a tail is the end of the text", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ maxLength: 6 }), { maxLength: 30 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 7 }),
      async (lines, count, size) => {
        const text = lines.join("\n");
        const tail = await takeTail(cut(text, size), count);
        const all = text === "" ? [] : text.split(/(?<=\n)/);
        expect(tail.text).toBe(all.slice(-count).join(""));
        expect(tail.sizeBytes).toBe(Buffer.byteLength(text));
      },
    ),
  );
});
