import { closeSync, constants, openSync, writeSync } from "node:fs";
import { pause, sinceMs, stampNs } from "../measure/clock.ts";
import type { Heard } from "./receiver.ts";

export interface Target {
  /** How the receiver will name it. */
  readonly key: string;
  readonly tty: string;
}

export interface Write {
  readonly key: string;
  readonly atNs: number;
}

/**
 * Writes into the terminals of many panes from one process, so that hundreds of busy agents cost
 * only what they write. To tmux it is the same terminal the pane's own program writes into.
 */
export class Writer implements Disposable {
  readonly #targets: readonly (Target & { readonly file: number })[];
  #frame = 0;

  constructor(targets: readonly Target[]) {
    this.#targets = targets.map((target) => ({
      ...target,
      // a terminal that is full must not stop us
      file: openSync(target.tty, constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK),
    }));
  }

  /** Each target gets so many frames a second, evenly spread over time. */
  async write(perSecond: number, forMs: number): Promise<Write[]> {
    const everyNs = 1e9 / (perSecond * this.#targets.length);
    const startedAt = stampNs();
    const done: Write[] = [];
    while (sinceMs(startedAt) < forMs) {
      const due = Math.floor((stampNs() - startedAt) / everyNs);
      while (done.length < due) {
        const target = this.#targets[done.length % this.#targets.length];
        if (!target) break;
        done.push({ key: target.key, atNs: stampNs() });
        this.#draw(target.file);
      }
      await pause(1);
    }
    return done;
  }

  [Symbol.dispose](): void {
    for (const { file } of this.#targets) closeSync(file);
  }

  /** The spinner's line of a working agent, as bench/programs/still.sh drew it. */
  #draw(file: number): void {
    this.#frame++;
    const glyph = String.fromCodePoint(0x2801 + (this.#frame % 250));
    const line = `\u001b7\u001b[46;1H${glyph} Working… (${this.#frame % 100}s · esc to interrupt)\u001b[K\u001b8`;
    try {
      writeSync(file, line);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== "EAGAIN") throw thrown;
    }
  }
}

/**
 * How long each write took to be heard of, in ms: until the next word about its pane. Writes that
 * nobody was told of count as `lost`.
 */
export function reactions(
  writes: readonly Write[],
  heard: Heard,
): { readonly ms: readonly number[]; readonly lost: number } {
  const byKey = new Map<string, number[]>();
  for (const [key, atNs] of heard) {
    const list = byKey.get(key);
    if (list) list.push(atNs);
    else byKey.set(key, [atNs]);
  }
  const next = new Map<string, number>();
  const ms: number[] = [];
  let lost = 0;
  for (const { key, atNs } of writes) {
    const list = byKey.get(key) ?? [];
    let at = next.get(key) ?? 0;
    while (at < list.length && (list[at] ?? 0) < atNs) at++;
    next.set(key, at);
    const found = list[at];
    if (found === undefined) lost++;
    else ms.push((found - atNs) / 1e6);
  }
  return { ms, lost };
}
