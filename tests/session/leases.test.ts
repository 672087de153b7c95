import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Lease } from "../../src/domain/lease.ts";
import type { LeaseWish } from "../../src/domain/lease-rules.ts";
import { Leases } from "../../src/session/leases/leases.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import { decide } from "../support/records.ts";
import { makeSession } from "../support/session.ts";
import { startProgram } from "../support/start-program.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitFor } from "../support/wait.ts";

const racers = 4;
const rounds = 60;

async function open(): Promise<{ store: Store; file: string }> {
  const file = join(tempFolder(), "agentpool.db");
  const store = await openStore({ file, mode: "write", now: 0 });
  onTestFinished(() => store.close());
  return { store, file };
}

/** Leases with a clock that a test moves. */
async function leasesAt(now: number) {
  const { store } = await open();
  const clock = { now };
  const make = async (): Promise<Leases> => {
    const made = new Leases({ store, log: () => undefined, now: () => clock.now });
    onTestFinished(() => made.close());
    await made.open();
    return made;
  };
  return { store, clock, make, leases: await make() };
}

let asked = 0;
function wish(holder: string, path: string, more: Partial<LeaseWish> = {}): LeaseWish {
  return {
    holder,
    sessionId: holder.startsWith("session:") ? holder.slice("session:".length) : null,
    places: [{ repoPath: "/r", filePath: path, key: `/r/${path}` }],
    mode: "exclusive",
    ttlMs: 600_000,
    intent: null,
    author: "person",
    requestKey: `key ${++asked}`,
    waitsUntil: null,
    ...more,
  };
}

const never = new AbortController().signal;

test(`of ${racers} processes that ask for ${rounds} paths each path is given to one`, async () => {
  const { store, file } = await open();
  const go = String(Date.now() + 1_500);
  const programs = await Promise.all(
    Array.from({ length: racers }, (_, n) =>
      startProgram("lease-racer", [file, `racer${n}`, String(rounds), go]),
    ),
  );

  const codes = await Promise.all(programs.map(({ exited }) => exited));

  expect({ codes, errors: programs.map(({ stderr }) => stderr()).join("") }).toEqual({
    codes: codes.map(() => 0),
    errors: "",
  });
  const won = programs.flatMap(({ lines }) => lines.filter((line) => line !== "ready").map(Number));
  expect(won.toSorted((a, b) => a - b)).toEqual(Array.from({ length: rounds }, (_, n) => n));
  const { leases, lastToken } = await store.leases.book();
  expect(leases).toHaveLength(rounds);
  expect(new Set(leases.map(({ token }) => token)).size).toBe(rounds);
  expect(lastToken).toBe(rounds);
});

test("whoever waits gets the path the moment it is given back, in the order of asking", async () => {
  const { leases } = await leasesAt(1_000);
  const [first] = await leases.acquire(wish("agent:a", "x"), never);
  const got: string[] = [];
  const waiters = ["agent:b", "agent:c"].map(async (holder) => {
    const inLine = wish(holder, "x", { waitsUntil: 100_000 });
    const [lease] = await leases.acquire(inLine, never);
    got.push(holder);
    await leases.release([lease?.id ?? ""], "done");
  });
  await waitFor(async () => (await leases.check([place("x")], writer)).length === 3);

  await leases.release([first?.id ?? ""], "done");
  await Promise.all(waiters);

  expect(got).toEqual(["agent:b", "agent:c"]);
});

const writer = { holder: "agent:z", mode: "exclusive" } as const;
const place = (path: string) => ({ repoPath: "/r", filePath: path, key: `/r/${path}` });

test("a wait that ends in vain names holder, expiry and path", async () => {
  const { store } = await open();
  const leases = new Leases({ store, log: () => undefined, now: Date.now });
  onTestFinished(() => leases.close());
  await leases.open();
  await leases.acquire(wish("agent:a", "x"), never);
  const startedAt = Date.now();

  const waits = leases.acquire(wish("agent:b", "x", { waitsUntil: startedAt + 200 }), never);

  await expect(waits).rejects.toMatchObject({
    code: "lease_conflict",
    message: expect.stringMatching(/^x is held by agent:a until \d{4}-/),
    why: expect.stringContaining("The wait was over"),
    details: { path: "x", holder: "agent:a", state: "active" },
  });
  const waited = Date.now() - startedAt;
  expect(waited).toBeGreaterThanOrEqual(200);
  expect((await store.leases.book()).leases).toHaveLength(1);
});

test("whoever goes away while waiting leaves the line", async () => {
  const { leases, store } = await leasesAt(1_000);
  await leases.acquire(wish("agent:a", "x"), never);
  const gone = new AbortController();
  const waits = leases.acquire(wish("agent:b", "x", { waitsUntil: 100_000 }), gone.signal);
  await waitFor(async () => (await store.leases.book()).leases.length === 2);

  gone.abort(new Error("gone"));

  await expect(waits).rejects.toThrow("gone");
  expect((await store.leases.book()).leases).toMatchObject([{ holder: "agent:a" }]);
});

test("a place in line outlives the supervisor, for a request that comes again", async () => {
  const { leases, make, store } = await leasesAt(1_000);
  const [first] = await leases.acquire(wish("agent:a", "x"), never);
  const early = wish("agent:b", "x", { waitsUntil: 100_000 });
  const left = new AbortController();
  const lost = leases.acquire(early, left.signal);
  await waitFor(async () => (await store.leases.book()).leases.length === 2);
  leases.close();
  left.abort(new Error("the supervisor leaves"));
  await expect(lost).rejects.toThrow("the supervisor leaves");

  const next = await make();
  const late = next.acquire(wish("agent:c", "x", { waitsUntil: 100_000 }), never);
  const again = next.acquire(early, never);
  await waitFor(async () => (await store.leases.book()).leases.length === 3);
  await next.release([first?.id ?? ""], "done");

  const [given] = await again;
  expect(given).toMatchObject({ holder: "agent:b", state: "active" });
  await next.release([given?.id ?? ""], "done");
  expect(await late).toMatchObject([{ holder: "agent:c" }]);
});

test("the same request made again is given the same lease", async () => {
  const { leases } = await leasesAt(1_000);
  const once = wish("agent:a", "x");

  const [first] = await leases.acquire(once, never);
  const [again] = await leases.acquire(once, never);

  expect(again).toEqual(first);
});

test("after a restart leases of live sessions are renewed before others expire", async () => {
  const { leases, store, clock, make } = await leasesAt(1_000);
  const session = makeSession({ id: "ap_000000000001", state: "idle" });
  await store.commit(decide({ writes: [{ noun: "session", insert: session }] }));
  await leases.acquire(wish(`session:${session.id}`, "mine"), never);
  await leases.acquire(wish("agent:a", "theirs"), never);
  leases.close();
  clock.now += 24 * 3_600_000;

  await make();

  expect(await states(store)).toEqual(["mine active", "theirs expired"]);
  expect((await store.leases.book()).leases[0]?.expiresAt).toBe(clock.now + 600_000);
});

test("leases end with their session", async () => {
  const { leases, store } = await leasesAt(1_000);
  const session = makeSession({ id: "ap_000000000001", state: "idle" });
  await store.commit(decide({ writes: [{ noun: "session", insert: session }] }));
  await leases.acquire(wish(`session:${session.id}`, "mine"), never);

  await store.commit({
    guards: [],
    writes: [{ noun: "session", id: session.id, update: { state: "lost", endedAt: 2_000 } }],
    events: [
      {
        sessionId: session.id,
        at: 2_000,
        body: {
          type: "session_state_changed",
          from: "idle",
          to: "lost",
          source: "process",
          confidence: "certain",
          because: "gone",
        },
      },
    ],
  });

  const released = await waitFor(async () => (await states(store))[0] === "mine released");
  expect(released).toBe(true);
});

test("a lease that was lost cannot be renewed, nor acted on with its old token", async () => {
  const { leases, clock } = await leasesAt(1_000);
  const [old] = await leases.acquire(wish("agent:a", "x", { mode: "shared" }), never);
  const id = old?.id ?? "";
  await leases.acquire(wish("agent:a", "x"), never);

  await expect(leases.require(id, old?.token ?? 0)).rejects.toMatchObject({ code: "lease_ended" });
  await expect(leases.require("ls_none", null)).rejects.toMatchObject({ code: "lease_not_found" });
  clock.now += 700_000;
  const renewal = { ids: [id], ttlMs: null, author: "person" };
  await expect(leases.renew(renewal)).rejects.toMatchObject({ code: "lease_ended" });
});

async function states(store: Store): Promise<string[]> {
  const found = await store.leases.list({ all: true, limit: 99 });
  return found.map(({ filePath, state }: Lease) => `${filePath} ${state}`).toSorted();
}
