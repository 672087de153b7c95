import { nothing, type Decision, type Guard, type Write } from "./decision.ts";
import type { EventBody, NewEvent } from "./event.ts";
import { isDue, shouldRenew } from "./hold.ts";
import { includesMode, type Lease, type LeaseMode } from "./lease.ts";
import { overlaps } from "./path-pattern.ts";
import { formatTime } from "./time.ts";

/** All leases that are active or waited for, and the highest token ever given. */
export interface LeaseBook {
  readonly leases: readonly Lease[];
  readonly lastToken: number;
}

export interface LeasePlace {
  readonly repoPath: string;
  readonly filePath: string;
  readonly key: string;
}

export interface LeaseWish {
  readonly holder: string;
  readonly sessionId: string | null;
  readonly places: readonly LeasePlace[];
  readonly mode: LeaseMode;
  readonly ttlMs: number;
  readonly intent: string | null;
  readonly author: string;
  readonly requestKey: string;
  /** Stands in line until then, epoch ms; null to be refused at once. */
  readonly waitsUntil: number | null;
}

/** What stands against a path: a lease, or somebody who asked for one before. */
export interface LeaseConflict {
  readonly place: LeasePlace;
  readonly with: Lease;
}

export interface LeaseContext {
  readonly now: number;
  readonly newId: () => string;
}

/**
 * What stands against a wish. One's own leases never do; neither do two shared ones. Who asked
 * earlier and still waits goes first.
 * @param before the token of the wish in line; all that wait are before a new one
 */
export function conflicts(
  book: LeaseBook,
  wish: Pick<LeaseWish, "holder" | "places" | "mode">,
  before = Infinity,
): LeaseConflict[] {
  const others = book.leases.filter(
    (lease) =>
      lease.holder !== wish.holder &&
      (lease.mode === "exclusive" || wish.mode === "exclusive") &&
      (lease.state === "active" || (lease.state === "waiting" && lease.token < before)),
  );
  return wish.places.flatMap((place) =>
    others
      .filter((lease) => overlaps(lease.key, place.key))
      .map((lease) => ({ place, with: lease })),
  );
}

export interface Acquired {
  readonly decision: Decision;
  /** Empty when it is refused. */
  readonly leases: readonly Lease[];
  readonly conflicts: readonly LeaseConflict[];
}

/**
 * All paths of the wish, or none. A path the holder has already in this mode or a stronger one is
 * renewed, in a weaker one raised.
 */
export function acquire(book: LeaseBook, wish: LeaseWish, ctx: LeaseContext): Acquired {
  const missing = wish.places.filter((place) => !ownOf(book, wish, place));
  const against = conflicts(book, { ...wish, places: missing });
  if (against.length > 0 && wish.waitsUntil === null) {
    return { decision: nothing, leases: [], conflicts: against };
  }
  const draft = new LeaseDraft(book, ctx.now);
  const waits = against.length > 0;
  const leases = wish.places.map((place) => {
    const own = ownOf(book, wish, place);
    if (own) return draft.renew(own, wish.ttlMs, wish.author);
    const weaker = book.leases.find((lease) => isSame(lease, wish.holder, place));
    if (weaker && !waits) return draft.raise(weaker, wish);
    return draft.add(place, wish, { id: ctx.newId(), waits });
  });
  return { decision: draft.decision(), leases, conflicts: against };
}

export interface Tending {
  readonly now: number;
  /** Whether a session lives; what it holds lives and ends with it. */
  readonly isLive: (sessionId: string) => boolean;
}

/**
 * What time alone brings: leases of live sessions are renewed, those of ended ones released, all
 * others expire when they are due; who waited too long goes, and who is first in line is given what
 * became free. Leases end by this and by their holders alone, so that what counts as held never
 * depends on who looks at which clock.
 */
export function tend(book: LeaseBook, { now, isLive }: Tending): Decision {
  const draft = new LeaseDraft(book, now);
  for (const lease of book.leases) {
    const { sessionId } = lease;
    if (sessionId !== null && !isLive(sessionId)) {
      draft.end(lease, lease.state === "active" ? "released" : "withdrawn", "its session ended");
    } else if (lease.state === "waiting") {
      if (lease.waitsUntil === null || lease.waitsUntil <= now) {
        draft.end(lease, "withdrawn", "the wait was over");
      }
    } else if (sessionId !== null) {
      if (shouldRenew(lease, lease.ttlMs, now)) {
        draft.renew(lease, lease.ttlMs, "system:supervisor");
      }
    } else if (isDue(lease, now)) draft.end(lease, "expired", "nobody renewed it");
  }
  draft.grantInLine();
  return draft.decision();
}

/** Ends leases by request, and gives what became free to who waits for it. */
export function release(
  book: LeaseBook,
  ids: readonly string[],
  { now, because }: { readonly now: number; readonly because: string },
): Decision {
  const draft = new LeaseDraft(book, now);
  for (const lease of book.leases) {
    if (!ids.includes(lease.id)) continue;
    draft.end(lease, lease.state === "active" ? "released" : "withdrawn", because);
  }
  draft.grantInLine();
  return draft.decision();
}

export function renew(
  book: LeaseBook,
  ids: readonly string[],
  options: { readonly now: number; readonly ttlMs: number | null; readonly author: string },
): { readonly decision: Decision; readonly leases: readonly Lease[] } {
  const draft = new LeaseDraft(book, options.now);
  const leases = book.leases
    .filter((lease) => lease.state === "active" && ids.includes(lease.id))
    .map((lease) => draft.renew(lease, options.ttlMs ?? lease.ttlMs, options.author));
  return { decision: draft.decision(), leases };
}

/** When time alone changes something next, epoch ms; null for never. */
export function nextChange(book: LeaseBook): number | null {
  const times = book.leases.map((lease) => {
    if (lease.state === "waiting") return lease.waitsUntil ?? 0;
    return lease.sessionId === null ? lease.expiresAt : lease.expiresAt - lease.ttlMs / 2;
  });
  return times.length === 0 ? null : Math.min(...times);
}

function isSame(lease: Lease, holder: string, place: LeasePlace): boolean {
  return lease.state === "active" && lease.holder === holder && lease.key === place.key;
}

function ownOf(
  book: LeaseBook,
  wish: Pick<LeaseWish, "holder" | "mode">,
  place: LeasePlace,
): Lease | undefined {
  return book.leases.find(
    (lease) => isSame(lease, wish.holder, place) && includesMode(lease.mode, wish.mode),
  );
}

/** Leases on their way to another state, and the decision that brings them there. */
class LeaseDraft {
  readonly #leases: Map<string, Lease>;
  readonly #readToken: number;
  #token: number;
  readonly #now: number;
  readonly #guards: Guard[] = [];
  readonly #writes: Write[] = [];
  readonly #events: NewEvent[] = [];

  constructor(book: LeaseBook, now: number) {
    this.#leases = new Map(book.leases.map((lease) => [lease.id, lease]));
    this.#readToken = book.lastToken;
    this.#token = book.lastToken;
    this.#now = now;
  }

  add(
    place: LeasePlace,
    wish: LeaseWish,
    to: { readonly id: string; readonly waits: boolean },
  ): Lease {
    const lease: Lease = {
      ...place,
      id: to.id,
      holder: wish.holder,
      sessionId: wish.sessionId,
      token: ++this.#token,
      mode: wish.mode,
      state: to.waits ? "waiting" : "active",
      ttlMs: wish.ttlMs,
      expiresAt: this.#now + wish.ttlMs,
      intent: wish.intent,
      author: wish.author,
      requestKey: wish.requestKey,
      waitsUntil: to.waits ? wish.waitsUntil : null,
      createdAt: this.#now,
      grantedAt: to.waits ? null : this.#now,
      renewedAt: null,
      endedAt: null,
      because: null,
    };
    this.#leases.set(lease.id, lease);
    this.#writes.push({ noun: "lease", insert: lease });
    this.#tell(lease, to.waits ? { type: "lease_waiting", ...about(lease) } : acquired(lease));
    return lease;
  }

  renew(lease: Lease, ttlMs: number, by: string): Lease {
    const expiresAt = this.#now + ttlMs;
    const renewed = this.#change(lease, { ttlMs, expiresAt, renewedAt: this.#now });
    const expires_at = formatTime(expiresAt);
    this.#tell(renewed, { type: "lease_renewed", ...about(renewed), expires_at, by });
    return renewed;
  }

  /** From shared to exclusive: another right, and therefore another token. */
  raise(lease: Lease, { mode, ttlMs }: LeaseWish): Lease {
    const expiresAt = this.#now + ttlMs;
    const raised = this.#change(lease, { mode, ttlMs, expiresAt, token: ++this.#token });
    this.#tell(raised, acquired(raised));
    return raised;
  }

  end(lease: Lease, state: "released" | "expired" | "withdrawn", because: string): void {
    const ended = this.#change(lease, { state, endedAt: this.#now, because });
    this.#tell(ended, { type: `lease_${state}`, ...about(ended), because });
  }

  /** In the order in which they asked, those whose paths are all free. */
  grantInLine(): void {
    const waiting = [...this.#leases.values()]
      .filter((lease) => lease.state === "waiting")
      .toSorted((a, b) => a.token - b.token);
    for (const requestKey of new Set(waiting.map((lease) => lease.requestKey))) {
      const places = waiting.filter((lease) => lease.requestKey === requestKey);
      const [first] = places;
      if (!first) continue;
      const book = { leases: [...this.#leases.values()], lastToken: this.#token };
      const wish = { holder: first.holder, mode: first.mode, places };
      if (conflicts(book, wish, first.token).length === 0) {
        for (const lease of places) this.#grant(lease);
      }
    }
  }

  decision(): Decision {
    const gives = this.#token > this.#readToken;
    return {
      guards: [
        ...this.#guards,
        // what is only given back needs no look at what others were given meanwhile
        ...(gives ? [{ noun: "token", of: "lease", last: this.#readToken } as const] : []),
      ],
      writes: this.#writes,
      events: this.#events,
    };
  }

  #grant(lease: Lease): void {
    const granted = this.#change(lease, {
      state: "active",
      token: ++this.#token,
      expiresAt: this.#now + lease.ttlMs,
      waitsUntil: null,
      grantedAt: this.#now,
    });
    this.#tell(granted, acquired(granted));
  }

  #change(lease: Lease, update: Partial<Lease>): Lease {
    const { id, state, token } = lease;
    const changed = { ...lease, ...update };
    this.#leases.set(id, changed);
    this.#guards.push({ noun: "lease", id, expect: { state, token } });
    this.#writes.push({ noun: "lease", id, update });
    return changed;
  }

  #tell(lease: Lease, body: EventBody): void {
    this.#events.push({ sessionId: lease.sessionId, at: this.#now, body });
  }
}

function about(lease: Lease) {
  return {
    lease_id: lease.id,
    holder: lease.holder,
    repo_path: lease.repoPath,
    file_path: lease.filePath,
  };
}

function acquired(lease: Lease): EventBody {
  return {
    type: "lease_acquired",
    ...about(lease),
    mode: lease.mode,
    token: lease.token,
    expires_at: formatTime(lease.expiresAt),
  };
}
