import { AgentpoolError } from "../../domain/errors.ts";
import type { Event } from "../../domain/event.ts";
import { isFenced } from "../../domain/hold.ts";
import type { Lease, LeaseMode } from "../../domain/lease.ts";
import {
  acquire,
  conflicts,
  nextChange,
  release,
  renew,
  tend,
  type LeaseBook,
  type LeaseConflict,
  type LeasePlace,
  type LeaseWish,
} from "../../domain/lease-rules.ts";
import { isEndState } from "../../domain/session.ts";
import { newId } from "../../platform/new-id.ts";
import { commitAfresh, type Ruling } from "../../store/commit-afresh.ts";
import { InTurn } from "../in-turn.ts";
import type { SessionParts } from "../parts.ts";
import { conflictError } from "./conflict-error.ts";

type LeaseParts = Pick<SessionParts, "store" | "log" | "now">;

/** Timers do not fire before; a lease that is due is looked at once more after this. */
const leastPauseMs = 20;
const longestPauseMs = 60_000;

export interface Renewal {
  readonly ids: readonly string[];
  readonly ttlMs: number | null;
  readonly author: string;
}

/**
 * The leases of this home: given out and taken back in one commit each, so that of any number of
 * processes that ask for the same path one gets it. What time brings, `tend` does: at the start, at
 * the moment it is due, before each request, and when a session ends.
 */
export class Leases {
  readonly #parts: LeaseParts;
  readonly #turns = new InTurn();
  readonly #waiting = new Set<() => void>();
  #unlisten: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
  }

  /** Begins to look after them; sessions have been adopted before, so that theirs are renewed. */
  async open(): Promise<void> {
    this.#unlisten = this.#parts.store.onCommit((events) => this.#heard(events));
    await this.tend();
  }

  /** Those who wait keep their place in line for the next supervisor. */
  close(): void {
    this.#closed = true;
    this.#unlisten?.();
    clearTimeout(this.#timer);
  }

  /** Brings them up to the present. */
  async tend(): Promise<void> {
    const book = await this.#decide(async (read, now) => {
      const live = new Set((await this.#parts.store.sessions.live()).map(({ id }) => id));
      return { decision: tend(read, { now, isLive: (id) => live.has(id) }), result: undefined };
    }).then(() => this.#parts.store.leases.book());
    this.#lookAgain(book);
  }

  /**
   * All paths of the wish or none. With `waitsUntil` in the future it stands in line until then;
   * the same request key goes on with the same place in line.
   * @throws lease_conflict naming holder, expiry and path
   */
  async acquire(wish: LeaseWish, signal: AbortSignal): Promise<readonly Lease[]> {
    await this.tend();
    const before = await this.#ofRequest(wish.requestKey);
    const asked = before.length > 0 ? before : await this.#ask(wish);
    this.#lookAgain(await this.#parts.store.leases.book());
    if (asked.every(({ state }) => state !== "waiting")) return asked;
    const had = asked.filter(({ state }) => state === "active");
    return [...had, ...(await this.#wait(wish, signal))];
  }

  /** @throws lease_ended when one of them is over, or was given out anew since */
  async renew({ ids, ttlMs, author }: Renewal): Promise<readonly Lease[]> {
    await this.tend();
    const renewed = await this.#decide((book, now) => {
      const { decision, leases } = renew(book, ids, { now, ttlMs, author });
      return { decision, result: leases };
    });
    this.#lookAgain(await this.#parts.store.leases.book());
    if (renewed.length === ids.length) return renewed;
    const lost = ids.find((id) => !renewed.some((lease) => lease.id === id)) ?? "";
    throw leaseEnded(lost, await this.#parts.store.leases.get(lost));
  }

  /** Those that were still held, or waited for. */
  async release(ids: readonly string[], because: string): Promise<readonly Lease[]> {
    return this.#decide((book, now) => ({
      decision: release(book, ids, { now, because }),
      result: book.leases.filter((lease) => ids.includes(lease.id)),
    }));
  }

  /** What stands against these paths now. */
  async check(
    places: readonly LeasePlace[],
    { holder, mode }: { readonly holder: string; readonly mode: LeaseMode },
  ): Promise<readonly LeaseConflict[]> {
    await this.tend();
    return conflicts(await this.#parts.store.leases.book(), { holder, places, mode });
  }

  /** @throws lease_not_found; lease_ended when `token` is not the present one */
  async require(id: string, token: number | null): Promise<Lease> {
    const lease = await this.#parts.store.leases.get(id);
    if (!lease) {
      throw new AgentpoolError("lease_not_found", `No lease "${id}"`, {
        why: "A lease is named here by its id; a file by --file, beside --agent or --session-id.",
        hint: "See which there are: agentpool leases list --all",
      });
    }
    if (isFenced(lease, token)) throw leaseEnded(id, lease, token);
    return lease;
  }

  #ask(wish: LeaseWish): Promise<readonly Lease[]> {
    const { now } = this.#parts;
    return this.#decide((book) => {
      const newLeaseId = (): string => newId("lease", now());
      const asked = acquire(book, wish, { now: now(), newId: newLeaseId });
      if (asked.leases.length === 0) throw conflictError(wish, asked.conflicts);
      return { decision: asked.decision, result: asked.leases };
    });
  }

  /** What a request was given, or waits for; nothing once it gave up. */
  async #ofRequest(requestKey: string): Promise<readonly Lease[]> {
    const asked = await this.#parts.store.leases.byRequest(requestKey);
    return asked.filter(({ state }) => state !== "withdrawn");
  }

  async #wait(wish: LeaseWish, signal: AbortSignal): Promise<readonly Lease[]> {
    for (;;) {
      const news = this.#news(signal);
      const mine = await this.#ofRequest(wish.requestKey);
      if (mine.every(({ state }) => state !== "waiting")) {
        news.stop();
        if (mine.length > 0) return mine;
        const book = await this.#parts.store.leases.book();
        throw conflictError(wish, conflicts(book, wish), { waited: true });
      }
      await news.came;
      if (!signal.aborted) continue;
      // with the supervisor leaving, the request comes again to the next one
      if (!this.#closed) await this.release(idsOf(mine), "whoever waited went away");
      throw signal.reason;
    }
  }

  /** Resolves when a lease changed, the signal came or all ends. */
  #news(signal: AbortSignal): { readonly came: Promise<void>; readonly stop: () => void } {
    let stop = (): void => undefined;
    const came = new Promise<void>((resolve) => {
      stop = () => {
        this.#waiting.delete(stop);
        signal.removeEventListener("abort", stop);
        resolve();
      };
      this.#waiting.add(stop);
      signal.addEventListener("abort", stop);
      if (signal.aborted) stop();
    });
    return { came, stop };
  }

  #heard(events: readonly Event[]): void {
    const ended = events.some(
      ({ body }) => body.type === "session_state_changed" && isEndState(body.to),
    );
    if (ended) this.#tendSoon(0);
    if (events.some(({ body }) => body.type.startsWith("lease_"))) {
      for (const wake of this.#waiting) wake();
    }
  }

  #lookAgain(book: LeaseBook): void {
    const next = nextChange(book);
    if (next === null) clearTimeout(this.#timer);
    else this.#tendSoon(Math.max(leastPauseMs, next - this.#parts.now()));
  }

  #tendSoon(inMs: number): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(
      () => {
        this.tend().catch((thrown: unknown) => {
          if (this.#closed) return;
          this.#parts.log("error", "leases could not be looked after", { error: String(thrown) });
          this.#tendSoon(longestPauseMs);
        });
      },
      Math.min(inMs, longestPauseMs),
    );
    this.#timer.unref();
  }

  /** Reads, decides and commits until nothing came between; one after the other in this process. */
  #decide<T>(rule: (book: LeaseBook, now: number) => Ruling<T> | Promise<Ruling<T>>): Promise<T> {
    const { store, now } = this.#parts;
    return this.#turns.run("leases", () =>
      commitAfresh(store, async () => rule(await store.leases.book(), now()), { of: "the leases" }),
    );
  }
}

function idsOf(leases: readonly Lease[]): string[] {
  return leases.map(({ id }) => id);
}

function leaseEnded(id: string, lease: Lease | undefined, token?: number | null): AgentpoolError {
  const why =
    lease?.state === "active"
      ? `It was given out anew with token ${lease.token}${token === undefined ? "" : `, and you have ${token}`}.`
      : `It is ${lease?.state ?? "gone"}${lease?.because ? `: ${lease.because}` : ""}.`;
  return new AgentpoolError("lease_ended", `The lease ${id} is not yours any more`, {
    why,
    hint: "Look at the file again before you change it, and ask anew: agentpool leases acquire --help",
    details: { lease_id: id, state: lease?.state ?? null, token: lease?.token ?? null },
  });
}
