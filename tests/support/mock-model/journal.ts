/** Every request the mock model saw, in memory and, when asked for, as a JSONL file. */
import { appendFileSync } from "node:fs";
import type { Exchange } from "./exchange.ts";

export interface JournalEntry {
  readonly number: number;
  /** When it arrived, epoch ms. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed body; null when there was none. */
  readonly body: unknown;
  /** What was understood; null for anything that is no model request. */
  readonly exchange: Exchange | null;
  /** What was answered, in words of the scenario: `tool shell`, `refused 429`, `text`. */
  did: string;
  status: number | null;
  /** When the answer ended, epoch ms. */
  endedAt: number | null;
  /** `aborted`: the agent hung up before the answer was whole, as on an interrupt. */
  outcome: "open" | "answered" | "aborted";
}

export class Journal {
  readonly entries: JournalEntry[] = [];
  readonly #file: string | undefined;
  #waiters: (() => void)[] = [];

  constructor(file?: string) {
    this.#file = file;
  }

  /** Requests of a user's turn, oldest first; hidden ones of the agent are left out. */
  turns(): readonly (JournalEntry & { readonly exchange: Exchange })[] {
    return this.entries.filter(
      (entry): entry is JournalEntry & { readonly exchange: Exchange } =>
        entry.exchange?.purpose === "turn",
    );
  }

  /** User texts as they arrived, in order, each text of a conversation once. */
  prompts(): readonly string[] {
    return this.turns()
      .filter((entry) => entry.exchange.toolResults.length === 0)
      .map((entry) => entry.exchange.userText);
  }

  /** Resolves with the first turn request, present or future, that satisfies the condition. */
  async waitFor(
    condition: (entry: JournalEntry & { readonly exchange: Exchange }) => boolean,
    options: { readonly timeoutMs?: number; readonly what?: string } = {},
  ): Promise<JournalEntry & { readonly exchange: Exchange }> {
    const { timeoutMs = 40_000, what = "a request at the mock model" } = options;
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = this.turns().find(condition);
      if (found !== undefined) return found;
      const leftMs = deadline - Date.now();
      if (leftMs <= 0) {
        const seen = this.entries.map((entry) => `${entry.path} ${entry.did}`).join("\n  ");
        throw new Error(`no ${what} within ${timeoutMs} ms; seen:\n  ${seen || "nothing"}`);
      }
      await this.#changed(leftMs);
    }
  }

  /** Adds an entry; the caller goes on to fill in how it ended and calls `settled`. */
  opened(entry: Omit<JournalEntry, "number">): JournalEntry {
    const numbered: JournalEntry = { number: this.entries.length + 1, ...entry };
    this.entries.push(numbered);
    this.#note("request", numbered);
    return numbered;
  }

  settled(entry: JournalEntry): void {
    const { number, did, status, endedAt, outcome } = entry;
    this.#note("answer", { number, did, status, endedAt, outcome });
  }

  #note(kind: string, data: object): void {
    if (this.#file !== undefined) {
      appendFileSync(this.#file, `${JSON.stringify({ kind, ...data })}\n`, { mode: 0o600 });
    }
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  async #changed(withinMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#waiters.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
