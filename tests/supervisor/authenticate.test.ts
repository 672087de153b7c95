import { expect, test } from "vitest";
import type { Session } from "../../src/domain/session.ts";
import { hashOf, newSessionToken, withHash } from "../../src/session/session-token.ts";
import { authenticate } from "../../src/supervisor/authenticate.ts";
import { makeSession } from "../support/session.ts";

const home = { tokens: "/home/run/tokens" };
const first = "ap_00000000000a";
const second = "ap_00000000000b";

/** Processes with their parents, by their pids; those that are not named are children of the first. */
function machineWith(parents: Readonly<Record<number, number>>) {
  return {
    process: async (pid: number) => {
      const parentPid = parents[pid] ?? (pid === 1 ? 0 : 1);
      return { pid, parentPid, startToken: `s${pid}`, name: "x" };
    },
  };
}

function setUp() {
  const tokens = {
    [first]: newSessionToken(home, first),
    [second]: newSessionToken(home, second),
  };
  const place = (pid: number) => ({
    socket: "s",
    window: "@1",
    pane: "%1",
    pid,
    startToken: `s${pid}`,
  });
  const sessions = new Map<string, Session>(
    [first, second].map((id, index) => [
      id,
      makeSession({
        id,
        state: "idle",
        terminal: place(100 + index),
        tokenHashes: [tokens[id as typeof first].hash],
      }),
    ]),
  );
  const ask = (facts: { readonly pid: number | null; readonly token: string | null }) =>
    authenticate(
      {
        machine: machineWith({ 210: 209, 209: 200, 200: 100, 201: 101 }),
        session: async (id) => sessions.get(id),
      },
      [...sessions.values()].filter(({ state }) => state === "idle"),
      facts,
    );
  const change = (id: string, fields: Partial<Session>): void => {
    sessions.set(id, { ...(sessions.get(id) ?? makeSession()), ...fields });
  };
  return { tokens, ask, change, sessions };
}

test("who shows a session's present token is that session, wherever the call comes from", async () => {
  const { tokens, ask } = setUp();
  const session = { kind: "session", sessionId: first };
  expect(await ask({ pid: 999, token: tokens[first].text })).toEqual(session);
  expect(await ask({ pid: null, token: tokens[first].text })).toEqual(session);
  expect(await ask({ pid: 200, token: tokens[first].text })).toEqual(session);
  expect(await ask({ pid: 200, token: null })).toEqual(session);
  expect(await ask({ pid: 210, token: null })).toEqual(session);
  expect(await ask({ pid: 999, token: null })).toEqual({ kind: "person" });
});

test.each([
  ["of no session there is", "ap_0000000000ff.".padEnd(59, "x")],
  ["never given to its session", `${first}.`.padEnd(59, "x")],
  ["of another form", "let me in"],
  ["empty", ""],
])("a token %s makes its bearer nobody", async (_, token) => {
  const { ask } = setUp();
  await expect(ask({ pid: 999, token })).rejects.toMatchObject({ code: "session_token_forged" });
});

test("a token of one session in a process of another is refused", async () => {
  const { tokens, ask } = setUp();
  await expect(ask({ pid: 201, token: tokens[first].text })).rejects.toMatchObject({
    code: "session_token_forged",
  });
});

test("a token from before the session was resumed is stale, and the new one counts", async () => {
  const { tokens, ask, change, sessions } = setUp();
  const next = newSessionToken(home, first);
  const before = sessions.get(first)?.tokenHashes ?? null;
  change(first, { tokenHashes: withHash(before, next.hash) });

  await expect(ask({ pid: 999, token: tokens[first].text })).rejects.toMatchObject({
    code: "session_token_stale",
    details: { session_id: first },
  });
  expect(await ask({ pid: 999, token: next.text })).toMatchObject({ sessionId: first });
});

test("a token dies with its session", async () => {
  const { tokens, ask, change } = setUp();
  change(first, { state: "completed" });
  await expect(ask({ pid: 999, token: tokens[first].text })).rejects.toMatchObject({
    code: "session_ended",
  });
});

test("tokens differ, lie in files of their own, and only their hash is kept", () => {
  const [one, other] = [newSessionToken(home, first), newSessionToken(home, first)];
  expect(one.text).not.toBe(other.text);
  expect(one.path).not.toBe(other.path);
  expect(one.path.startsWith(`${home.tokens}/${first}.`)).toBe(true);
  expect(one.hash).toBe(hashOf(one.text));
  expect(JSON.stringify(one.env)).not.toContain(one.text);
  let hashes: readonly string[] | null = null;
  for (let n = 0; n < 100; n++) hashes = withHash(hashes, String(n));
  expect(hashes?.length).toBeLessThan(100);
  expect(hashes?.at(-1)).toBe("99");
});
