import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import fake from "../../../providers/fake/provider.ts";
import type { ReaderCursor } from "../../../src/domain/decision.ts";
import type { SessionView } from "../../../src/domain/draft.ts";
import type { LogReader } from "../../../src/provider/definition.ts";
import { createLocalMachine } from "../../../src/runtime/local/machine.ts";
import type { LiveSession, Statement } from "../../../src/session/live-session.ts";
import type { SessionParts } from "../../../src/session/parts.ts";
import { tailLog, type LogSource } from "../../../src/session/sources/log-tail.ts";
import { makeSession } from "../../support/session.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { waitFor } from "../../support/wait.ts";

const own = "own-conversation";

interface Bed {
  readonly path: string;
  readonly tail: LogSource;
  /** What the tail handed in, but for foreign pieces. */
  readonly heard: () => readonly Statement[];
  readonly texts: () => readonly string[];
  readonly warnings: readonly string[];
  readonly cursors: Map<string, ReaderCursor>;
}

/** A tail over a file, whose statements are kept instead of judged. */
function follow(
  options: { readonly before?: string; readonly cursors?: Bed["cursors"] } = {},
): Bed {
  const folder = tempFolder();
  const path = join(folder, "own.jsonl");
  if (options.before !== undefined) writeFileSync(path, options.before);
  const cursors = options.cursors ?? new Map<string, ReaderCursor>();
  const all: Statement[] = [];
  const warnings: string[] = [];
  const session = makeSession({ agentSessionId: own, createdAt: 0 });
  const view: SessionView = { session, turns: [], deliveries: [], prompts: [] };
  const live = {
    id: session.id,
    session,
    view,
    onChange: () => () => undefined,
    observe: async (statements: readonly Statement[], read: readonly ReaderCursor[] = []) => {
      all.push(...statements);
      for (const cursor of read) cursors.set(cursor.channel, cursor);
    },
  } as unknown as LiveSession;
  const parts = {
    machine: createLocalMachine(),
    store: { cursors: { get: async (_: string, channel: string) => cursors.get(channel) } },
    log: (_: string, message: string) => void warnings.push(message),
    now: Date.now,
  } as unknown as SessionParts;
  const facts = { log: path };
  const tail = tailLog({ live, parts, facts, env: {} }, fake.log as LogReader);
  onTestFinished(() => tail.close());
  const heard = (): readonly Statement[] => all.filter(({ foreign }) => foreign !== true);
  const texts = (): readonly string[] =>
    heard().flatMap(({ claim }) => (claim.kind === "prompt_taken" ? [claim.text] : []));
  return { path, tail, heard, texts, warnings, cursors };
}

let id = 0;

function line(text: string, conversation = own): string {
  return `${JSON.stringify({ id: `l${++id}`, conversation, type: "user", turn: "t1", text })}\n`;
}

describe("the agent's log", () => {
  test("that is written in halves is read line by line, each once", async () => {
    const { path, texts, warnings } = follow({ before: line("one") });
    await waitFor(() => texts().length === 1);
    const second = line("two");
    appendFileSync(path, second.slice(0, 20));
    await waitFor(() => texts().length === 1);
    appendFileSync(path, second.slice(20) + line("three").slice(0, -1));
    await waitFor(() => texts().length === 2);
    appendFileSync(path, "\n");
    await waitFor(() => texts().length === 3);
    expect(texts()).toEqual(["one", "two", "three"]);
    expect(warnings).toEqual([]);
  });

  test("that is moved away and begun anew is read from the new one's start", async () => {
    const { path, texts, heard } = follow({ before: line("one") + line("two") });
    await waitFor(() => texts().length === 2);
    renameSync(path, `${path}.1`);
    writeFileSync(path, line("three"));
    await waitFor(() => texts().length === 3);
    appendFileSync(path, line("four"));
    await waitFor(() => texts().length === 4);
    // whoever still writes into the old one is not heard any more
    appendFileSync(`${path}.1`, line("old"));
    appendFileSync(path, line("five"));
    await waitFor(() => texts().length === 5);
    expect(texts()).toEqual(["one", "two", "three", "four", "five"]);
    expect(heard().some(({ claim }) => claim.kind === "channel_lost")).toBe(false);
  });

  test("that is cut is said to be, once, and followed from there", async () => {
    const { path, texts, heard, tail } = follow({ before: line("one") + line("two") });
    await waitFor(() => texts().length === 2);
    truncateSync(path, 0);
    const losses = (): number =>
      heard().filter(({ claim }) => claim.kind === "channel_lost").length;
    await waitFor(() => losses() === 1);
    appendFileSync(path, line("three"));
    await waitFor(() => texts().length === 3);
    await tail.drain();
    expect(losses()).toBe(1);
    expect(texts()).toEqual(["one", "two", "three"]);
  });

  test("that vanishes with its folder and comes back is read again", async () => {
    const { path, texts } = follow({ before: line("one") });
    await waitFor(() => texts().length === 1);
    const folder = join(path, "..");
    renameSync(folder, `${folder}.gone`);
    mkdirSync(folder);
    writeFileSync(path, line("two"));
    await waitFor(() => texts().length === 2);
    onTestFinished(() => rmSync(`${folder}.gone`, { recursive: true }));
    expect(texts()).toEqual(["one", "two"]);
  });

  test("holds lines nobody can read, which are passed over", async () => {
    const garbage = [
      "{",
      "null",
      "[]",
      '"text"',
      "7",
      "\u0000\u0001",
      "\ud800",
      "{}",
      "x".repeat(99),
    ];
    const { path, texts } = follow({ before: `${garbage.join("\n")}\n${line("one")}` });
    await waitFor(() => texts().length === 1);
    const bytes = Buffer.from([0xff, 0xfe, 0x0a, 0xc3, 0x0a]);
    const file = openSync(path, "a");
    writeSync(file, bytes);
    closeSync(file);
    appendFileSync(path, line("two"));
    await waitFor(() => texts().length === 2);
    expect(texts()).toEqual(["one", "two"]);
  });

  test("of another conversation moves nothing", async () => {
    const foreign = line("theirs", "another-conversation");
    const { path, texts } = follow({ before: foreign + line("ours") });
    await waitFor(() => texts().length === 1);
    appendFileSync(path, foreign + line("ours again"));
    await waitFor(() => texts().length === 2);
    expect(texts()).toEqual(["ours", "ours again"]);
  });

  test("is read on from where an earlier reader was", async () => {
    const first = follow({ before: line("one") });
    await waitFor(() => first.texts().length === 1);
    first.tail.close();
    const { cursors, path } = first;
    appendFileSync(path, line("two"));
    const second = follow({ cursors });
    second.tail.follow(path);
    await waitFor(() => second.texts().length === 1);
    expect(second.texts()).toEqual(["two"]);
  });

  test("of a million lines takes bounded time and memory, and holds nobody up", async () => {
    const folder = tempFolder();
    const path = join(folder, "own.jsonl");
    const other = `${JSON.stringify({ id: "m", conversation: own, type: "other" })}\n`;
    const file = openSync(path, "w");
    for (let n = 0; n < 100; n++) writeSync(file, other.repeat(10_000));
    writeSync(file, line("the last"));
    closeSync(file);
    const { tail, texts } = follow();
    const before = process.memoryUsage().rss;
    const busyMs: number[] = [];
    tail.follow(path);
    while (texts().length === 0) {
      // what this process worked, and not how long it waited for a processor
      const since = process.cpuUsage();
      await new Promise((resolve) => setImmediate(resolve));
      const { user, system } = process.cpuUsage(since);
      busyMs.push((user + system) / 1_000);
    }
    const grownMb = (process.memoryUsage().rss - before) / 2 ** 20;
    const inAll = busyMs.reduce((sum, ms) => sum + ms, 0);
    expect(grownMb).toBeLessThan(100);
    // some thousand pieces; a few meet the compiler or the garbage collector
    expect(busyMs.filter((ms) => ms > 5).length).toBeLessThan(20);
    expect(inAll).toBeLessThan(15_000);
  }, 90_000);
});
