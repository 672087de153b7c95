import { accountState, type Account } from "../domain/account.ts";
import type { Event } from "../domain/event.ts";
import type { Session } from "../domain/session.ts";
import { isStructured } from "../domain/source.ts";
import { formatTime } from "../domain/time.ts";
import type { SessionParts } from "./parts.ts";
import type { Worker } from "./worker.ts";

/** A session that may try an account first has so long to show that its text was taken. */
const tryWithinMs = 30_000;
/** And so long to complete its turn; then the next one may try as well. */
const turnWithinMs = 120_000;

/**
 * Keeps the sessions of an account in step with its limit: one meets it, all stand still; after it,
 * one tries, and a turn that it completes lifts it for all. What the store says about the account
 * holds; this only carries it to the sessions.
 */
export class Accounts {
  readonly #parts: SessionParts;
  readonly #workers: () => readonly Worker[];
  readonly #trying = new Map<string, { readonly sessionId: string; readonly since: number }>();
  readonly #unlisten: () => void;

  constructor(parts: SessionParts, workers: () => readonly Worker[]) {
    this.#parts = parts;
    this.#workers = workers;
    this.#unlisten = parts.store.onCommit((events) => {
      for (const event of events) this.#heard(event);
    });
  }

  /** Why nothing may be typed in this session on account of its account; null when it may be. */
  async holdsUp(session: Session): Promise<string | null> {
    const account = await this.#accountOf(session);
    if (!account?.limit) return null;
    const { limit } = account;
    const now = this.#parts.now();
    if (accountState(account, now) === "limited") {
      return `its account is limited until ${formatTime(limit.until)} (${limit.sessionId} met it)`;
    }
    const first = this.#trying.get(account.id);
    if (first && first.sessionId !== session.id && this.#stillTries(first)) {
      return `${first.sessionId} tries first whether the limit of the account is over`;
    }
    if (first?.sessionId !== session.id) {
      this.#trying.set(account.id, { sessionId: session.id, since: now });
    }
    return null;
  }

  /** Tells a session how its account stands: one that just came under this supervisor, for instance. */
  async adopt({ live }: Worker): Promise<void> {
    const account = await this.#accountOf(live.session);
    const state = account ? accountState(account, this.#parts.now()) : "available";
    const known = live.session.limit;
    if (state === "limited" && account?.limit && !known) await stop(live, account.limit);
    if (state === "available" && known && !known.value.own) await goOn(live);
  }

  /**
   * A person's word that the limit is over: nothing stands against the account, nor against any session
   * of it. False when nothing did.
   */
  async lift(id: string, because: string): Promise<boolean> {
    if (await this.#clear(id, because, null)) return true;
    const stuck = this.#workers().filter(
      ({ live }) => live.session.accountId === id && live.session.limit !== null,
    );
    for (const { live } of stuck) await goOn(live);
    return stuck.length > 0;
  }

  close(): void {
    this.#unlisten();
  }

  #heard({ sessionId, body }: Event): void {
    switch (body.type) {
      case "account_limited":
        this.#trying.delete(body.account_id);
        this.#tell(body.account_id, sessionId, async ({ live }) => {
          const account = await this.#accountOf(live.session);
          if (account?.limit) await stop(live, account.limit);
        });
        return;
      case "account_lifted":
        this.#trying.delete(body.account_id);
        this.#tell(body.account_id, null, async (worker) => {
          const { limit } = worker.live.session;
          // a limit may be one of a model: what another session proves does not lift it before its time
          if (limit && (sessionId === null || !limit.value.own)) await goOn(worker.live);
          worker.kick();
        });
        return;
      case "limit_lifted":
        // a prompt that was taken says nothing of the account, on which nothing may be sent yet
        if (sessionId !== null) this.#tellOne(sessionId);
        return;
      case "turn_completed":
        if (sessionId !== null) this.#run(this.#prove(sessionId, body.turn_id));
        return;
      // a model answered that
      case "tool_started":
        if (sessionId !== null) this.#run(this.#prove(sessionId, null));
        return;
      default:
    }
  }

  /**
   * A turn that began after the limit was met, and in which a model answered, proves that the limit is
   * over, whatever its reset: somebody may have bought more.
   * @param turnId null for the turn that runs
   */
  async #prove(sessionId: string, turnId: string | null): Promise<void> {
    const session = await this.#parts.store.sessions.get(sessionId);
    const account = session && (await this.#accountOf(session));
    const id = turnId ?? session?.currentTurnId ?? null;
    if (!session || !account?.limit || id === null) return;
    const turn = await this.#parts.store.turns.get(id);
    if (turn?.startedAt == null || turn.startedAt <= account.limit.since) return;
    // what only the screen shows may have been a command of the CLI's own
    if (session.acceptance !== "none" && !turn.takenBy.some(isStructured)) return;
    const what = turnId === null ? "a model answered in" : "a model completed";
    await this.#clear(account.id, `${what} turn ${turn.n} of ${sessionId}`, sessionId);
  }

  async #clear(id: string, because: string, provenBy: string | null): Promise<boolean> {
    const account = await this.#parts.store.accounts.get(id);
    if (!account?.limit) return false;
    const { limit } = account;
    const committed = await this.#parts.store.commit({
      guards: [{ noun: "account", id, expect: { limit } }],
      writes: [{ noun: "account", id, update: { limit: null } }],
      events: [
        {
          sessionId: provenBy,
          at: this.#parts.now(),
          body: { type: "account_lifted", account_id: id, because },
        },
      ],
    });
    return committed.ok;
  }

  #stillTries({
    sessionId,
    since,
  }: {
    readonly sessionId: string;
    readonly since: number;
  }): boolean {
    const worker = this.#workers().find(({ live }) => live.id === sessionId);
    if (!worker?.live.isLive) return false;
    const { session, deliveries, prompts } = worker.live.view;
    const now = this.#parts.now();
    // one that waits for a person says nothing of its account
    if (session.currentTurnId !== null) return prompts.length === 0 && now < since + turnWithinMs;
    return deliveries.length > 0 && now < since + tryWithinMs;
  }

  async #accountOf({ accountId }: Session): Promise<Account | undefined> {
    return accountId === null ? undefined : this.#parts.store.accounts.get(accountId);
  }

  #tellOne(sessionId: string): void {
    const worker = this.#workers().find(({ live }) => live.id === sessionId);
    if (worker) this.#run(this.adopt(worker));
  }

  #tell(accountId: string, except: string | null, what: (worker: Worker) => Promise<void>): void {
    for (const worker of this.#workers()) {
      if (worker.live.session.accountId !== accountId || worker.live.id === except) continue;
      this.#run(what(worker));
    }
  }

  #run(work: Promise<void>): void {
    work.catch((thrown: unknown) => {
      this.#parts.log("warn", "a limit could not be carried to all sessions of its account", {
        error: String(thrown),
      });
    });
  }
}

type Live = Worker["live"];

async function stop(live: Live, limit: NonNullable<Account["limit"]>): Promise<void> {
  const { resetsAt, until, sessionId } = limit;
  const because = `its account is limited: ${sessionId} was told "${limit.because}"`;
  const claim = { kind: "account_limited", resetsAt, until, because } as const;
  await live.observe([{ source: "operation", claim }]);
}

async function goOn(live: Live): Promise<void> {
  await live.observe([{ source: "operation", claim: { kind: "limit_lifted" } }]);
}
