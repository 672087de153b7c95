import type { Account } from "./account.ts";
import type { Decision, Guard, Noun, Records, Write } from "./decision.ts";
import type { Delivery } from "./delivery.ts";
import type { EventBody, NewEvent } from "./event.ts";
import type { StoredObservation } from "./observation.ts";
import type { Prompt } from "./prompt.ts";
import type { Session } from "./session.ts";
import type { TranscriptEntry } from "./transcript.ts";
import type { Turn } from "./turn.ts";

/** Everything a rule about one session may look at. */
export interface SessionView {
  readonly session: Session;
  /** Unfinished turns and the last few ended ones, by `n`. */
  readonly turns: readonly Turn[];
  /** Deliveries that have not reached a final state, by `n`. */
  readonly deliveries: readonly Delivery[];
  /** Prompts that are open or whose answer is unconfirmed, oldest first. */
  readonly prompts: readonly Prompt[];
}

/** Ended turns that stay in the view, so that late reports of their end find them. */
const rememberedTurns = 8;

/**
 * Collects the changes of one decision over a view. Rules read `session`, `turns` and so on as
 * they stand after the changes so far; `decision()` and `view()` give the result.
 */
export class Draft {
  #session: Session;
  readonly #baseVersion: number;
  readonly #turns: Map<string, Turn>;
  readonly #deliveries: Map<string, Delivery>;
  readonly #prompts: Map<string, Prompt>;
  readonly #inserted = new Map<string, Noun>();
  readonly #updated = new Map<string, { noun: Noun; fields: Record<string, unknown> }>();
  readonly #guards: Guard[];
  #account: Account | undefined;
  readonly #events: NewEvent[] = [];
  #changes = 0;
  readonly observations: Omit<StoredObservation, "n" | "seq">[] = [];
  readonly transcript: Omit<TranscriptEntry, "n">[] = [];

  constructor(view: SessionView) {
    this.#session = view.session;
    this.#baseVersion = view.session.version;
    this.#turns = new Map(view.turns.map((turn) => [turn.id, turn]));
    this.#deliveries = new Map(view.deliveries.map((delivery) => [delivery.id, delivery]));
    this.#prompts = new Map(view.prompts.map((prompt) => [prompt.id, prompt]));
    this.#guards = [
      { noun: "session", id: view.session.id, expect: { version: view.session.version } },
    ];
  }

  get session(): Session {
    return this.#session;
  }

  get turns(): Turn[] {
    return [...this.#turns.values()].sort((a, b) => a.n - b.n);
  }

  get deliveries(): Delivery[] {
    return [...this.#deliveries.values()].sort((a, b) => a.n - b.n);
  }

  get prompts(): Prompt[] {
    return [...this.#prompts.values()];
  }

  turn(id: string | null): Turn | undefined {
    return id === null ? undefined : this.#turns.get(id);
  }

  delivery(id: string | null): Delivery | undefined {
    return id === null ? undefined : this.#deliveries.get(id);
  }

  prompt(id: string | null): Prompt | undefined {
    return id === null ? undefined : this.#prompts.get(id);
  }

  /** The decision holds only if this does when it is committed. */
  require(guard: Guard): void {
    this.#guards.push(guard);
  }

  setSession(fields: Partial<Session>): void {
    const stamped = { ...fields, version: this.#baseVersion + 1 };
    this.#session = { ...this.#session, ...stamped };
    this.#touch("session", this.#session.id, stamped);
  }

  setTurn(id: string, fields: Partial<Turn>): void {
    this.#set(this.#turns, "turn", id, fields);
  }

  setDelivery(id: string, fields: Partial<Delivery>): void {
    this.#set(this.#deliveries, "delivery", id, fields);
  }

  setPrompt(id: string, fields: Partial<Prompt>): void {
    this.#set(this.#prompts, "prompt", id, fields);
  }

  addTurn(turn: Turn): void {
    this.#turns.set(turn.id, turn);
    this.#inserted.set(turn.id, "turn");
  }

  addDelivery(delivery: Delivery): void {
    this.#deliveries.set(delivery.id, delivery);
    this.#inserted.set(delivery.id, "delivery");
  }

  addPrompt(prompt: Prompt): void {
    this.#prompts.set(prompt.id, prompt);
    this.#inserted.set(prompt.id, "prompt");
  }

  /** Nothing more is sent on the account of the session. */
  park(account: Account): void {
    this.#account = account;
    this.#changes += 1;
  }

  emit(at: number, body: EventBody): void {
    this.#events.push({ sessionId: this.#session.id, at, body });
  }

  /** Rises with every change; tells whether something happened in between. */
  get changeCount(): number {
    return this.#changes + this.#events.length + this.transcript.length;
  }

  decision(): Decision {
    const writes: Write[] = [];
    for (const [id, noun] of this.#inserted) {
      writes.push({ noun, insert: this.#record(noun, id) } as Write);
    }
    for (const [id, { noun, fields }] of this.#updated) {
      if (!this.#inserted.has(id)) writes.push({ noun, id, update: fields } as Write);
    }
    if (this.#account) writes.push({ noun: "account", put: this.#account });
    return {
      guards: this.#guards,
      writes,
      events: this.#events,
      observations: this.observations,
      transcript: this.transcript,
    };
  }

  /** The view after the decision, without what is over. */
  view(): SessionView {
    const turns = this.turns;
    const keepFrom = (turns.at(-1)?.n ?? 0) - rememberedTurns;
    return {
      session: this.#session,
      turns: turns.filter(
        (turn) => turn.state === "queued" || turn.state === "running" || turn.n > keepFrom,
      ),
      deliveries: this.deliveries.filter(
        (delivery) => !["accepted", "refused", "expired", "cancelled"].includes(delivery.state),
      ),
      prompts: this.prompts.filter(
        (prompt) => prompt.state === "open" || prompt.state === "answer_unconfirmed",
      ),
    };
  }

  #record<N extends Noun>(noun: N, id: string): Records[N] {
    const map = { turn: this.#turns, delivery: this.#deliveries, prompt: this.#prompts } as const;
    return (map[noun as keyof typeof map].get(id) ?? this.#session) as Records[N];
  }

  #set<R extends { readonly id: string }>(
    map: Map<string, R>,
    noun: Noun,
    id: string,
    fields: Partial<R>,
  ): void {
    const present = map.get(id);
    if (!present) return;
    map.set(id, { ...present, ...fields });
    this.#touch(noun, id, fields);
  }

  #touch(noun: Noun, id: string, fields: object): void {
    this.#changes += 1;
    const entry = this.#updated.get(id);
    if (entry) Object.assign(entry.fields, fields);
    else this.#updated.set(id, { noun, fields: { ...fields } });
  }
}
