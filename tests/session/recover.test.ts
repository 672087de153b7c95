import { expect, test } from "vitest";
import type { TerminalInfo } from "../../src/runtime/terminal.ts";
import { recoverSessions } from "../../src/session/recover.ts";
import { makeSession } from "../support/session.ts";

test("an agent that was started while panes were listed is there, and is left alone", async () => {
  const session = makeSession();
  const pane = { sessionId: session.id, dead: false } as TerminalInfo;
  const lists: TerminalInfo[][] = [[], [pane]];
  const touched: string[] = [];
  const never = new Proxy(
    {},
    { get: (_, name) => () => Promise.reject(new Error(`${String(name)} was asked for`)) },
  );
  const picked = recoverSessions(
    {
      store: { sessions: { live: async () => [session] } },
      host: { connect: async () => undefined, list: async () => lists.shift() ?? [] },
      machine: never,
      home: never,
      log: (_level: string, what: string) => touched.push(what),
    } as never,
    { get: () => ({ live: { session } }), gone: async () => touched.push("gone") } as never,
    { underWay: () => undefined } as never,
    1,
  );

  expect(await picked).toBe(true);
  expect(touched).toEqual([]);
});
