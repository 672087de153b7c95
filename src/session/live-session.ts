import { AgentpoolError } from "../domain/errors.ts";
import { isNothing, type Decision, type ReaderCursor } from "../domain/decision.ts";
import { Draft, type SessionView } from "../domain/draft.ts";
import { next, restate } from "../domain/evidence.ts";
import type { Claim, Observation } from "../domain/observation.ts";
import { nextDueAt } from "../domain/screen-rules.ts";
import { isLive, type Session } from "../domain/session.ts";
import type { Source } from "../domain/source.ts";
import type { RuleContext } from "../domain/turn-rules.ts";
import { newId } from "../platform/new-id.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import type { SessionParts } from "./parts.ts";
import { quotaWrites } from "./quota.ts";
import { redactClaim } from "./redact-claim.ts";

type Rule<T> = (draft: Draft, ctx: RuleContext) => T;

/** A rule that could not be applied (a full disk, a store somebody holds) is tried again so soon. */
const againAfterMs = 1_000;

/** One statement of a source, before it is stamped with session and time. */
export interface Statement {
  readonly source: Source;
  readonly claim: Claim;
  readonly ref?: string | null;
  readonly foreign?: boolean;
  /** When it happened, where the source tells; now otherwise. */
  readonly at?: number;
}

/**
 * One worker as the supervisor knows it. Every change of a session goes through here, one after
 * the other: statements of sources by `observe`, requests of people and programs by `change`.
 * What the view shows has been committed.
 */
export class LiveSession {
  readonly id: string;
  readonly provider: ProviderDefinition;
  readonly #parts: SessionParts;
  readonly #listeners = new Set<() => void>();
  #view: SessionView;
  #queue: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #secrets: readonly string[] = [];

  constructor(parts: SessionParts, provider: ProviderDefinition, view: SessionView) {
    this.id = view.session.id;
    this.provider = provider;
    this.#parts = parts;
    this.#view = view;
    this.#schedule(nextDueAt(new Draft(view)));
  }

  get view(): SessionView {
    return this.#view;
  }

  get session(): Session {
    return this.#view.session;
  }

  get isLive(): boolean {
    return !this.#closed && isLive(this.#view.session);
  }

  /** Values that are kept out of everything that is stored about the session. */
  get secrets(): readonly string[] {
    return this.#secrets;
  }

  /** Keeps these values out of everything that is stored about the session. */
  keepOut(secrets: readonly string[]): void {
    this.#secrets = secrets;
  }

  /** Takes in statements in their order, with the reader's progress, in one commit. */
  observe(statements: readonly Statement[], cursors: readonly ReaderCursor[] = []): Promise<void> {
    return this.#inTurn(async () => {
      const now = this.#parts.now();
      const observations = statements.map((statement): Observation => ({
        sessionId: this.id,
        at: statement.at ?? now,
        source: statement.source,
        ref: statement.ref ?? null,
        foreign: statement.foreign ?? false,
        claim: redactClaim(statement.claim, this.#secrets),
      }));
      const quota = await quotaWrites(this.#parts.store, this.session, { observations, now });
      await this.#commit((view) => {
        const outcome = next(view, observations, this.#context(now));
        const writes = [...outcome.decision.writes, ...quota];
        const decision: Decision = {
          ...outcome.decision,
          writes,
          ...(cursors.length === 0 ? {} : { cursors }),
        };
        return { decision, view: outcome.view, dueAt: outcome.dueAt, result: undefined };
      });
    });
  }

  /**
   * Applies a rule on behalf of an operation and commits what it changed. The rule may run twice
   * when the store shows a newer session than the view; it must not act outside the draft.
   */
  change<T>(rule: Rule<T>): Promise<T> {
    return this.#inTurn(() => this.#apply(rule));
  }

  /**
   * Changes, acts, and changes again by what came of it; what sources say meanwhile waits until
   * then, so that it cannot be told of the act before its record is. The act must be short, and
   * must not itself change or observe this session.
   */
  around<T>(
    before: Rule<void>,
    act: () => Promise<T>,
    after: (draft: Draft, ctx: RuleContext, came: T) => void,
  ): Promise<T> {
    return this.#inTurn(async () => {
      await this.#apply(before);
      const came = await act();
      await this.#apply((draft, ctx) => after(draft, ctx, came));
      return came;
    });
  }

  /** Calls back after each commit that changed this session. Returns the undo. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves as soon as the probe gives a value, looking after each change; undefined at the bound. */
  async until<T>(
    probe: (view: SessionView) => T | undefined,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<T | undefined> {
    const first = probe(this.#view);
    if (first !== undefined || options.timeoutMs <= 0) return first;
    return new Promise((resolve) => {
      const finish = (value: T | undefined): void => {
        stop();
        clearTimeout(timer);
        options.signal?.removeEventListener("abort", abort);
        resolve(value);
      };
      const abort = (): void => finish(undefined);
      const stop = this.onChange(() => {
        const value = probe(this.#view);
        if (value !== undefined) finish(value);
      });
      const timer = setTimeout(abort, options.timeoutMs);
      options.signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /** Waits until everything handed in so far is committed. */
  async settled(): Promise<void> {
    await this.#queue.catch(() => undefined);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#listeners.clear();
  }

  #apply<T>(rule: Rule<T>): Promise<T> {
    const now = this.#parts.now();
    return this.#commit((view) => {
      const draft = new Draft(view);
      const result = rule(draft, this.#context(now));
      restate(draft, now, now);
      return { decision: draft.decision(), view: draft.view(), dueAt: nextDueAt(draft), result };
    });
  }

  #context(now: number): RuleContext {
    return { now, newId: (kind) => newId(kind, now) };
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#queue.then(work, work);
    this.#queue = run.catch(() => undefined);
    return run;
  }

  async #commit<T>(
    decide: (view: SessionView) => {
      readonly decision: Decision;
      readonly view: SessionView;
      readonly dueAt: number | null;
      readonly result: T;
    },
  ): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      const { decision, view, dueAt, result } = decide(this.#view);
      if (isNothing(decision)) {
        this.#view = view;
        this.#schedule(dueAt);
        return result;
      }
      const committed = await this.#parts.store.commit(decision);
      if (committed.ok) {
        this.#view = view;
        this.#schedule(dueAt);
        for (const listener of this.#listeners) listener();
        return result;
      }
      if (attempt > 0) {
        throw new AgentpoolError("conflict", `Session ${this.id} changed while it was written`, {
          details: { guard: committed.guard },
        });
      }
      this.#view = await loadView(this.#parts, this.id);
    }
  }

  #schedule(dueAt: number | null): void {
    clearTimeout(this.#timer);
    if (dueAt === null || !this.isLive) return;
    // timers are cut at 24 days by the platform; a limit may reset later than that
    const delay = Math.min(Math.max(0, dueAt - this.#parts.now()), 3_600_000);
    this.#timer = setTimeout(() => {
      this.observe([{ source: "timer", claim: { kind: "tick" } }]).catch((thrown: unknown) => {
        this.#parts.log("error", "a time-based rule failed", {
          session: this.id,
          error: String(thrown),
        });
        this.#schedule(this.#parts.now() + againAfterMs);
      });
    }, delay);
    this.#timer.unref();
  }
}

/** The view of a session as the store has it. @throws session_not_found */
export async function loadView(
  parts: Pick<SessionParts, "store">,
  id: string,
): Promise<SessionView> {
  const { store } = parts;
  const session = await store.sessions.get(id);
  if (!session) throw new AgentpoolError("session_not_found", `No session "${id}"`);
  const [turns, deliveries, prompts] = await Promise.all([
    store.turns.ofSession(id, 64),
    store.deliveries.ofSession(id, [
      "queued",
      "pasted",
      "submitted",
      "queued_by_agent",
      "unconfirmed",
    ]),
    store.prompts.open(id),
  ]);
  return { session, turns, deliveries, prompts };
}
