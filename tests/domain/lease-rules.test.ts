import { expect, test } from "vitest";
import type { Decision } from "../../src/domain/decision.ts";
import type { Lease } from "../../src/domain/lease.ts";
import {
  acquire,
  nextChange,
  release,
  renew,
  tend,
  type LeaseBook,
  type LeaseWish,
} from "../../src/domain/lease-rules.ts";
import { makeLease } from "../support/records.ts";
import { t0 } from "../support/session.ts";

/** Plays decisions as the store would apply them. */
class Book implements LeaseBook {
  leases: Lease[] = [];
  lastToken = 0;
  readonly all = new Map<string, Lease>();
  readonly events: string[] = [];
  #ids = 0;

  apply(decision: Decision): void {
    for (const write of decision.writes) {
      if (write.noun !== "lease") continue;
      if ("insert" in write) this.all.set(write.insert.id, write.insert);
      else if ("update" in write) {
        this.all.set(write.id, { ...(this.all.get(write.id) as Lease), ...write.update });
      }
    }
    this.events.push(...decision.events.map(({ body }) => body.type));
    this.leases = [...this.all.values()].filter(({ state }) =>
      ["active", "waiting"].includes(state),
    );
    this.lastToken = Math.max(0, ...[...this.all.values()].map(({ token }) => token));
  }

  acquire(holder: string, path: string | string[], wish: Partial<LeaseWish> = {}, now = t0) {
    const places = [path].flat().map((one) => ({
      repoPath: "/r",
      filePath: one,
      key: `/r/${one}`,
    }));
    const full: LeaseWish = {
      holder,
      sessionId: holder.startsWith("session:") ? holder.slice("session:".length) : null,
      places,
      mode: "exclusive",
      ttlMs: 60_000,
      intent: null,
      author: "person",
      requestKey: `${holder} ${this.#ids}`,
      waitsUntil: null,
      ...wish,
    };
    const asked = acquire(this, full, { now, newId: () => `ls_${++this.#ids}` });
    this.apply(asked.decision);
    return asked;
  }

  tend(now: number, live: readonly string[] = []): void {
    this.apply(tend(this, { now, isLive: (id) => live.includes(id) }));
  }

  states(): string[] {
    return [...this.all.values()].map(({ holder, state }) => `${holder} ${state}`);
  }
}

const inLine = { waitsUntil: t0 + 30_000 };

test("one of two writers gets a path, and the other is told who has it", () => {
  const book = new Book();
  book.acquire("agent:a", "src/x.ts");

  const second = book.acquire("agent:b", "src/**");

  expect(second.leases).toEqual([]);
  expect(second.conflicts).toMatchObject([{ with: { holder: "agent:a", filePath: "src/x.ts" } }]);
});

test("readers share a path, and keep a writer off it", () => {
  const book = new Book();
  book.acquire("agent:a", "x", { mode: "shared" });

  expect(book.acquire("agent:b", "x", { mode: "shared" }).leases).toHaveLength(1);
  expect(book.acquire("agent:c", "x").conflicts).toHaveLength(2);
});

test("of several paths all are given or none", () => {
  const book = new Book();
  book.acquire("agent:a", "x");

  expect(book.acquire("agent:b", ["y", "x"]).leases).toEqual([]);
  expect(book.acquire("agent:c", "y").leases).toHaveLength(1);
});

test("to ask again for what one has renews it, with the same token", () => {
  const book = new Book();
  const [first] = book.acquire("agent:a", "x").leases;

  const [again] = book.acquire("agent:a", "x", { mode: "shared" }, t0 + 1_000).leases;

  expect(again).toMatchObject({ id: first?.id, token: first?.token, mode: "exclusive" });
  expect(again?.expiresAt).toBe(t0 + 61_000);
});

test("a shared lease is raised to an exclusive one, with another token, when nobody shares it", () => {
  const book = new Book();
  const [shared] = book.acquire("agent:a", "x", { mode: "shared" }).leases;
  const [raised] = book.acquire("agent:a", "x").leases;

  expect(raised).toMatchObject({ id: shared?.id, mode: "exclusive", token: 2 });
});

test("what is given out is guarded by the token, what is given back is not", () => {
  const book = new Book();
  const given = book.acquire("agent:a", "x");
  const back = release(book, ["ls_1"], { now: t0, because: "done" });

  expect(given.decision.guards).toEqual([{ noun: "token", of: "lease", last: 0 }]);
  expect(back.guards).toEqual([
    { noun: "lease", id: "ls_1", expect: { state: "active", token: 1 } },
  ]);
});

test("who asked first goes first, and nobody overtakes", () => {
  const book = new Book();
  book.acquire("agent:a", "x");
  book.acquire("agent:b", "x", inLine);
  book.acquire("agent:c", "x", inLine);
  expect(book.acquire("agent:d", "x").leases).toEqual([]);

  book.apply(release(book, ["ls_1"], { now: t0 + 1, because: "done" }));
  expect(book.states()).toEqual(["agent:a released", "agent:b active", "agent:c waiting"]);

  book.apply(release(book, ["ls_2"], { now: t0 + 2, because: "done" }));
  expect(book.states()).toEqual(["agent:a released", "agent:b released", "agent:c active"]);
  expect(book.all.get("ls_3")?.token).toBe(5);
});

test("who waits for another path holds nobody up", () => {
  const book = new Book();
  book.acquire("agent:a", "x");
  book.acquire("agent:b", "x", inLine);

  expect(book.acquire("agent:c", "y").leases).toMatchObject([{ state: "active" }]);
});

test("who waited too long goes, and the next one moves up", () => {
  const book = new Book();
  book.acquire("agent:a", "x", { mode: "shared" });
  book.acquire("agent:b", "x", { waitsUntil: t0 + 10 });
  book.acquire("agent:c", "x", { mode: "shared", ...inLine });

  book.tend(t0 + 10);

  expect(book.states()).toEqual(["agent:a active", "agent:b withdrawn", "agent:c active"]);
});

test("a lease of somebody outside expires; one of a live session is renewed, and ends with it", () => {
  const book = new Book();
  book.acquire("agent:a", "x");
  book.acquire("session:ap_1", "y");

  book.tend(t0 + 3_600_000, ["ap_1"]);
  expect(book.states()).toEqual(["agent:a expired", "session:ap_1 active"]);
  expect(book.all.get("ls_2")?.expiresAt).toBe(t0 + 3_660_000);

  book.tend(t0 + 3_600_001, []);
  expect(book.states()).toEqual(["agent:a expired", "session:ap_1 released"]);
  expect(book.events).toEqual([
    "lease_acquired",
    "lease_acquired",
    "lease_expired",
    "lease_renewed",
    "lease_released",
  ]);
});

test("nothing is written while nothing is due", () => {
  const book = new Book();
  book.acquire("session:ap_1", "y");

  expect(tend(book, { now: t0 + 1_000, isLive: () => true }).writes).toEqual([]);
  expect(nextChange(book)).toBe(t0 + 30_000);
});

test("what expired cannot be renewed", () => {
  const book = new Book();
  book.acquire("agent:a", "x");
  book.tend(t0 + 60_000);

  expect(renew(book, ["ls_1"], { now: t0 + 60_001, ttlMs: null, author: "person" }).leases).toEqual(
    [],
  );
});

test("the next look is when the first wait or lease is over", () => {
  const leases = [
    makeLease({ expiresAt: t0 + 500 }),
    makeLease({ id: "ls_2", state: "waiting", waitsUntil: t0 + 100 }),
  ];

  expect(nextChange({ leases, lastToken: 2 })).toBe(t0 + 100);
  expect(nextChange({ leases: [], lastToken: 2 })).toBeNull();
});
