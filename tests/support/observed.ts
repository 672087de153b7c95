import { join } from "node:path";
import { waitFor } from "./wait.ts";
import { readRecord, type TestHome } from "./home.ts";

/** The fields of `observe` that tests look at. */
export interface Observed {
  session_id: string;
  state: string;
  source: string;
  confidence: string;
  because: string;
  event: string;
  outcome: string;
  cursor: number;
  exit_code: number | null;
  limited_until: string | null;
  events: { type: string; seq: number; [field: string]: unknown }[];
  turn: { n: number; state: string; error: string | null; prompt: string } | null;
  prompts: {
    id: string;
    kind: string;
    text: string;
    fingerprint: string;
    accepts_text: boolean;
    options: { label: string; via: string; role: string }[];
  }[];
  worker_output: { text: string | null };
}

/** Far more than anything here takes, also on a machine with more to do than it can. */
const patienceSeconds = 60;

/** One scripted agent under test, with its own record beside it. */
export class Agent {
  readonly id: string;
  readonly #home: TestHome;
  readonly #record: string;

  constructor(home: TestHome, id: string, record: string) {
    this.#home = home;
    this.id = id;
    this.#record = record;
  }

  observe(fields: Record<string, unknown> = {}): Promise<Observed> {
    return this.#home.ask<Observed>("session.observe", { session_id: this.id, ...fields });
  }

  /** Waits for one of the words; a wait that ends otherwise fails with the session's whole history. */
  async waitFor(
    word: string | readonly string[],
    fields: Record<string, unknown> = {},
  ): Promise<Observed> {
    const seen = await this.observe({
      wait_for: [word].flat(),
      timeout_seconds: patienceSeconds,
      ...fields,
    });
    if (seen.outcome === "satisfied") return seen;
    throw new Error(
      `waited for ${[word].flat().join()}, got ${seen.outcome}: ${seen.state}\n${await this.history()}`,
    );
  }

  /** Everything recorded about the session and by the agent, for the message of a failed test. */
  async history(): Promise<string> {
    const { events, observations } = this.#home.app.store;
    const told = await events.since(0, { sessionIds: [this.id], limit: 1_000 });
    const seen = await observations.ofSession(this.id, { limit: 200 });
    return [
      ...told.map((one) => `${one.at} event ${JSON.stringify(one.body)}`),
      ...seen.map(
        (one) => `${one.at} ${one.source} ${JSON.stringify(one.claim)} => ${one.outcome}`,
      ),
      ...this.facts().map((one) => `${String(one["at"])} agent ${JSON.stringify(one)}`),
    ]
      .toSorted()
      .join("\n");
  }

  send(message: string, fields: Record<string, unknown> = {}) {
    return this.#home.ask<{
      ok: boolean;
      timed_out: boolean;
      needs_input: boolean;
      result: string | null;
      delivery: {
        id: string;
        state: string;
        because: string | null;
        accepted_by: string | null;
        enters: number;
      } | null;
      turn: { n: number; state: string } | null;
    }>("session.send", {
      session_id: this.id,
      message,
      timeout_seconds: patienceSeconds,
      ...fields,
    });
  }

  /** Waits until the text that was sent last is held up for a reason like this. */
  async heldUp(because: RegExp): Promise<void> {
    await waitFor(
      async () => {
        const last = (await this.#home.app.store.deliveries.ofSession(this.id)).at(-1);
        return last?.state === "queued" && because.test(last.because ?? "");
      },
      { what: `a text held up because of ${because}` },
    );
  }

  answer(fields: Record<string, unknown>) {
    return this.#home.ask<{
      state: string;
      prompt: { state: string; answer: Record<string, unknown> };
    }>("session.answer", { session_id: this.id, ...fields });
  }

  ask<T = Record<string, unknown>>(
    operation: string,
    fields: Record<string, unknown> = {},
  ): Promise<T> {
    return this.#home.ask<T>(operation, { session_id: this.id, ...fields });
  }

  /** What the agent itself noted. */
  facts(kind?: string): Record<string, unknown>[] {
    const all = readRecord(this.#record);
    return kind === undefined ? all : all.filter((one) => one["fact"] === kind);
  }

  /** Waits until the agent noted something of this kind. */
  noted(kind: string, count = 1): Promise<Record<string, unknown>[]> {
    return waitFor(
      () => {
        const found = this.facts(kind);
        return found.length >= count ? found : undefined;
      },
      { what: `the agent's note of ${kind}` },
    );
  }

  async events(): Promise<string[]> {
    const events = await this.#home.app.store.events.since(0, {
      sessionIds: [this.id],
      limit: 10_000,
    });
    return events.map((event) => event.body.type);
  }
}

let number = 0;

/** Starts a scripted agent. */
export async function startAgent(
  home: TestHome,
  task: string,
  options: Record<string, string> = {},
  fields: Record<string, unknown> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<Agent> {
  const record = join(home.folder, `record-${++number}.jsonl`);
  const spawned = await home.ask<{ session_id: string }>(
    "session.spawn",
    {
      provider_id: "fake",
      task,
      repo_path: home.folder,
      isolation: "shared",
      provider_options: { record, ...options },
      ...fields,
    },
    { env },
  );
  return new Agent(home, spawned.session_id, record);
}
