import { PassThrough } from "node:stream";
import { describe, expect, onTestFinished, test } from "vitest";
import { runMcp } from "../../../src/surface/mcp/main.ts";
import { waitFor } from "../../support/wait.ts";
import { callerDouble, type Asked } from "./support/caller-double.ts";
import { initializeParams, type Reply } from "./support/host.ts";
import { manifest } from "./support/manifest.ts";

const poll = { name: "poll_worker", arguments: { session_id: "ap_1" } };
/** What may wait for a host that does not read, and the answers of what runs by then. */
const bound = 1024 * 1024;

/** A host that sends and reads only when it is told to. */
function startSilent(answer: (asked: Asked) => unknown) {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const caller = callerDouble({ "session.poll": answer });
  const over = new AbortController();
  const ended = runMcp({
    manifest,
    caller,
    version: "1.2.3",
    env: {},
    cwd: "/project",
    log: () => undefined,
    signal: over.signal,
    stdin,
    stdout,
  });
  onTestFinished(() => {
    over.abort();
    stdout.resume();
    return ended;
  });
  const line = (message: object): string => `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`;
  return {
    stdin,
    stdout,
    caller,
    ended,
    greet: () =>
      stdin.write(
        line({ id: "hello", method: "initialize", params: initializeParams }) +
          line({ method: "notifications/initialized" }),
      ),
    /** All of them in one piece, as a host may send them. */
    ask: (method: string, ids: readonly number[], params?: object) =>
      stdin.write(ids.map((id) => line({ id, method, ...(params ? { params } : {}) })).join("")),
    unread: () => stdout.writableLength + stdout.readableLength,
    async read(count: number): Promise<Reply[]> {
      let text = "";
      stdout.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
      const lines = await waitFor(
        () => {
          const whole = text.split("\n").slice(0, -1);
          return whole.length >= count ? whole : undefined;
        },
        { what: `${count} answers` },
      );
      return lines.map((one) => JSON.parse(one) as Reply);
    },
  };
}

/** Turns of the loop in which nothing more came of it. */
async function stands(value: () => number): Promise<number> {
  let last = -1;
  let same = 0;
  await waitFor(
    () => {
      same = value() === last ? same + 1 : 0;
      last = value();
      return same >= 10 ? true : undefined;
    },
    { what: "it stands still" },
  );
  return last;
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

describe("a host that does not read its answers", () => {
  test("has no more than some of what is answered at once, and the rest in order once it reads", async () => {
    const host = startSilent(() => ({}));
    host.greet();
    host.ask("tools/list", numbers(300));
    await waitFor(() => (host.unread() > bound ? true : undefined), { what: "answers" });
    const waiting = await stands(host.unread);
    expect(waiting).toBeLessThan(2 * bound);

    const replies = await host.read(301);
    expect(replies.map(({ id }) => id)).toEqual(["hello", ...numbers(300)]);
  });

  test("has no more calls begun, and loses none", async () => {
    const text = "x".repeat(100_000);
    const host = startSilent(() => ({ session_id: "ap_1", text }));
    host.greet();
    host.ask("tools/call", numbers(400), poll);
    await waitFor(() => (host.unread() > bound ? true : undefined), { what: "answers" });
    await stands(host.unread);
    // what ran when the answers began to pile up, and no more
    expect(host.caller.asked.length).toBeLessThanOrEqual(80);
    host.ask("tools/call", [400], poll);

    const replies = await host.read(402);
    expect(new Set(replies.map(({ id }) => id)).size).toBe(402);
    expect(replies.every(({ error }) => error === undefined)).toBe(true);
    expect(host.caller.asked).toHaveLength(401);
  });

  test("gets what it asked before it closed its end", async () => {
    const host = startSilent(() => ({}));
    host.greet();
    host.ask("tools/list", numbers(300));
    host.stdin.end();
    await waitFor(() => (host.unread() > bound ? true : undefined), { what: "answers" });
    expect(await host.read(301)).toHaveLength(301);
    await host.ended;
  });
});

test("calls beyond the bound wait for their turn, and a cancelled one is never begun", async () => {
  const open: (() => void)[] = [];
  const host = startSilent(
    () => new Promise((resolve) => open.push(() => resolve({ session_id: "ap_1" }))),
  );
  host.stdout.resume();
  host.greet();
  host.ask("tools/call", numbers(70), poll);
  await waitFor(() => (open.length >= 64 ? true : undefined), { what: "calls at work" });
  expect(await stands(() => open.length)).toBe(64);
  const params = { requestId: 69 };
  host.stdin.write(
    `${JSON.stringify({ jsonrpc: "2.0", method: "notifications/cancelled", params })}\n`,
  );
  // told at once, whatever runs
  const alive = host.read(1);
  host.ask("ping", [100]);
  expect((await alive)[0]).toMatchObject({ id: 100, result: {} });
  for (const end of open.splice(0)) end();
  await waitFor(() => (open.length === 5 ? true : undefined), { what: "the rest" });
  for (const end of open.splice(0)) end();
  expect(await stands(() => host.caller.asked.length)).toBe(69);
});
