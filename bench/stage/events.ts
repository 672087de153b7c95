import type { EventJson } from "../../src/operations/projection.ts";
import { stampNs } from "../measure/clock.ts";
import type { BenchHome } from "./home.ts";

export interface HeardEvent {
  readonly event: EventJson;
  readonly atNs: number;
}

/** Every event of a home, with the moment at which this process had it. */
export class EventFeed implements Disposable {
  readonly heard: HeardEvent[] = [];
  readonly #gone = new AbortController();
  readonly #waiting = new Set<(one: HeardEvent) => void>();

  static async open({ client }: BenchHome): Promise<EventFeed> {
    const feed = new EventFeed();
    await new Promise<void>((ready, reject) => {
      const follow = async (): Promise<void> => {
        for await (const event of client.events({ onReady: ready }, feed.#gone.signal)) {
          feed.#take({ event, atNs: stampNs() });
        }
      };
      follow().catch(reject);
    });
    return feed;
  }

  /** The first event that fits, among those to come. @throws {Error} when none does in time */
  next(what: string, fits: (event: EventJson) => boolean, timeoutMs = 30_000): Promise<HeardEvent> {
    return new Promise((resolve, reject) => {
      const look = (one: HeardEvent): void => {
        if (!fits(one.event)) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(one);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`${what} did not come in ${timeoutMs} ms`));
      }, timeoutMs);
      this.#waiting.add(look);
    });
  }

  [Symbol.dispose](): void {
    this.#gone.abort();
  }

  #take(one: HeardEvent): void {
    this.heard.push(one);
    for (const look of this.#waiting) look(one);
  }
}
