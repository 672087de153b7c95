import type { TerminalPlace } from "../../domain/session.ts";
import { pause } from "../../platform/clock.ts";
import type { Log } from "../../platform/log.ts";
import type { Machine } from "../machine.ts";
import type { TerminalInfo } from "../terminal.ts";
import { ChildNudge } from "./child-nudge.ts";
import { Coalesced } from "./coalesced.ts";
import type { Notice } from "./connection.ts";
import { isRing } from "./doorbell.ts";
import { hasExit, type Exit } from "./exit.ts";
import { afterGap, infoOf, newPane, type KnownPane } from "./known-pane.ts";
import type { OpenedWindow } from "./open-window.ts";
import { readPane, readPanes, type PaneFacts } from "./panes.ts";
import { quote } from "./quote.ts";
import type { Ask, TakenServer } from "./server.ts";
import type { TerminalNews } from "./terminal-news.ts";

export interface PaneWatchOptions {
  readonly ask: Ask;
  readonly epoch: number;
  readonly socketPath: string;
  readonly machine: Pick<Machine, "process">;
  readonly log: Log;
  readonly news: TerminalNews;
  /** How often panes that write are looked at; still ones are looked at every sixth time. */
  readonly lookEveryMs: number;
}

/** tmux may learn of a pane's end before it learns how its process ended. */
const exitWithinMs = 3_000;
const maxOrphanPieces = 256;
const stillLooksSkipped = 6;

/**
 * Knows the panes of the agents, turns what tmux tells into news of sessions, and looks again
 * whenever tmux tells less than what may have happened.
 */
export class PaneWatch {
  readonly #options: PaneWatchOptions;
  readonly #panes = new Map<string, KnownPane>();
  readonly #nudge = new ChildNudge();
  #keeper = "";
  #isWatching = false;
  #timer: NodeJS.Timeout | undefined;
  #wroteSinceLook = false;
  readonly #looks: Coalesced;
  readonly #rings: Coalesced;
  /** Opens under way, and output of panes whose open has not returned yet. */
  #opening = 0;
  readonly #orphans = new Map<string, Buffer[]>();

  constructor(options: PaneWatchOptions) {
    this.#options = options;
    const failed = (thrown: unknown): void => {
      options.log("warn", "tmux could not be asked", { error: String(thrown) });
    };
    this.#looks = new Coalesced(() => this.#look(), failed);
    this.#rings = new Coalesced(() => this.#lookAtTheDead(), failed);
  }

  get isWatching(): boolean {
    return this.#isWatching;
  }

  /** Learns which panes there are; those that died before are no news. */
  async begin(server: TakenServer): Promise<void> {
    this.#panes.clear();
    this.#keeper = server.keeper;
    this.#nudge.begin(server.pid);
    for (const facts of await readPanes(this.#options.ask)) await this.#remember(facts);
    this.#isWatching = true;
    let skipped = 0;
    this.#timer = setInterval(() => {
      // tmux tells neither of log writers that died nor, ever so rarely, of a death
      skipped = this.#wroteSinceLook || skipped + 1 >= stillLooksSkipped ? 0 : skipped + 1;
      if (skipped === 0) this.lookSoon();
    }, this.#options.lookEveryMs);
    this.#timer.unref();
  }

  end(): void {
    this.#isWatching = false;
    clearInterval(this.#timer);
    this.#nudge.end();
  }

  sessionOf(pane: string): string | undefined {
    return this.#panes.get(pane)?.sessionId;
  }

  /** Opens a pane by `open`, and makes it known before any of its output is told. */
  async add(sessionId: string, open: () => Promise<OpenedWindow>): Promise<TerminalPlace> {
    this.#opening++;
    try {
      const { window, pane, pid } = await open();
      const place = { socket: this.#options.socketPath, window, pane, pid, startToken: null };
      const known = this.#panes.get(pane) ?? this.#know(sessionId, place);
      for (const bytes of this.#orphans.get(pane) ?? []) this.#wrote(known, bytes);
      this.#orphans.delete(pane);
      const process = await this.#options.machine.process(pid);
      known.place = { ...place, startToken: process?.startToken ?? null };
      return known.place;
    } finally {
      if (--this.#opening === 0) this.#orphans.clear();
    }
  }

  /** Every pane with a session, with the exit codes of those that ended. */
  async infos(): Promise<readonly TerminalInfo[]> {
    let panes = await this.#look();
    const unsettled = panes.filter((facts) => facts.dead && !hasExit(facts));
    if (unsettled.length > 0) {
      await Promise.all(
        unsettled.map(async (facts) => {
          const known = this.#panes.get(facts.pane);
          if (known) await this.#settle(known);
        }),
      );
      panes = await this.#look();
    }
    return panes.flatMap((facts) => {
      const known = this.#panes.get(facts.pane);
      return known ? [infoOf(known, facts)] : [];
    });
  }

  /** The pane was closed by us. */
  closed(place: TerminalPlace): void {
    const known = this.#panes.get(place.pane);
    if (known?.place.pid === place.pid) this.#forget(known);
  }

  relogged(pane: string): void {
    const known = this.#panes.get(pane);
    if (known) known.logging = true;
  }

  // --- what tmux tells -----------------------------------------------------------------------

  notice(notice: Exclude<Notice, { kind: "client_left" }>): void {
    switch (notice.kind) {
      case "output":
        return this.#heard(notice.pane, notice.bytes);
      case "pause":
        return this.#goOn(notice.pane);
      case "window_left":
        return this.lookSoon();
    }
  }

  /** What was written meanwhile was not heard. */
  reattached(): void {
    for (const known of this.#panes.values()) this.#resync(known);
    this.lookSoon();
  }

  /** Looks without being told, where nothing is told. */
  async blindTick(): Promise<void> {
    const before = new Map([...this.#panes].map(([pane, known]) => [pane, known.activity]));
    await this.#look();
    for (const [pane, known] of this.#panes) {
      if (before.get(pane) !== known.activity) this.#resync(known);
    }
  }

  lost(): void {
    this.end();
    this.#panes.clear();
  }

  /** Looks at all panes; calls that come meanwhile lead to one more look. */
  lookSoon(): void {
    if (this.#isWatching) this.#looks.ask();
  }

  #heard(pane: string, bytes: Buffer): void {
    if (pane === this.#keeper) return isRing(bytes) ? this.#rings.ask() : undefined;
    const known = this.#panes.get(pane);
    if (known) return this.#wrote(known, bytes);
    // the first output of a pane may arrive together with the answer that names the pane
    if (this.#opening === 0) return;
    const kept = this.#orphans.get(pane) ?? [];
    this.#orphans.set(pane, kept);
    if (kept.length < maxOrphanPieces) kept.push(bytes);
  }

  #wrote(known: KnownPane, bytes: Buffer): void {
    const text = known.decoder.write(bytes);
    if (text === "") return;
    this.#nudge.touch();
    this.#wroteSinceLook = true;
    const { news } = this.#options;
    for (const signal of known.signals.push(text)) {
      if (signal.kind === "bell") news.emit("bell", known.sessionId);
      else if (signal.title !== known.title) {
        known.title = signal.title;
        news.emit("title", known.sessionId, signal.title);
      }
    }
    news.emit("output", known.sessionId, text);
  }

  #goOn(pane: string): void {
    if (!/^%\d+$/.test(pane)) return;
    this.#inBackground(this.#options.ask([`refresh-client -A ${quote(`${pane}:continue`)}`]));
    const known = this.#panes.get(pane);
    if (known) this.#resync(known);
    else this.lookSoon();
  }

  #resync(known: KnownPane): void {
    afterGap(known);
    this.#options.news.emit("resynced", known.sessionId);
  }

  // --- what is known of panes ------------------------------------------------------------------

  /** Reads all panes and tells what changed since the last look. */
  async #look(): Promise<readonly PaneFacts[]> {
    const { ask } = this.#options;
    this.#wroteSinceLook = false;
    const before = [...this.#panes.values()];
    const ours = (await readPanes(ask)).filter((facts) => facts.sessionId !== "");
    for (const facts of ours) {
      const known = this.#panes.get(facts.pane) ?? (await this.#remember(facts));
      if (!known || !this.#isWatching) continue;
      known.activity = facts.activity;
      if (facts.dead) this.#sawDeath(known, facts);
      else this.#sawLogging(known, facts.logging);
    }
    const present = new Set(ours.map((facts) => facts.pane));
    await Promise.all(
      before.map(async (known) => {
        if (present.has(known.place.pane)) return;
        // the list may have been made before this pane was
        const facts = await readPane(ask, known.place.pane);
        if (facts?.pid !== known.place.pid) this.#forget(known);
      }),
    );
    return ours;
  }

  async #lookAtTheDead(): Promise<void> {
    for (const facts of await readPanes(this.#options.ask, { onlyDead: true })) {
      if (facts.sessionId === "" || !this.#isWatching) continue;
      const known = this.#panes.get(facts.pane) ?? (await this.#remember(facts));
      if (known) this.#sawDeath(known, facts);
    }
  }

  async #remember(facts: PaneFacts): Promise<KnownPane | undefined> {
    if (facts.sessionId === "") return undefined;
    const { pane, window, pid, dead } = facts;
    // the pid of a dead pane may belong to somebody else by now
    const process = dead ? undefined : await this.#options.machine.process(pid);
    const existing = this.#panes.get(pane);
    if (existing) return existing;
    const startToken = process?.startToken ?? null;
    const place = { socket: this.#options.socketPath, window, pane, pid, startToken };
    const known = this.#know(facts.sessionId, place);
    known.dead = dead && !this.#isWatching;
    known.logging = facts.logging;
    known.activity = facts.activity;
    known.title = facts.title;
    return known;
  }

  #know(sessionId: string, place: TerminalPlace): KnownPane {
    const known = newPane(sessionId, place);
    this.#panes.set(place.pane, known);
    return known;
  }

  #forget(known: KnownPane): void {
    if (this.#panes.get(known.place.pane) !== known) return;
    this.#panes.delete(known.place.pane);
    this.#options.news.emit("closed", known.sessionId);
  }

  #sawLogging(known: KnownPane, logging: boolean): void {
    const wasLogging = known.logging;
    known.logging = logging;
    if (wasLogging && !logging) this.#options.news.emit("unlogged", known.sessionId);
  }

  /** Tells of a death once, and not before the exit code can be had, if it can be had at all. */
  #sawDeath(known: KnownPane, exit: Exit): void {
    if (known.dead) return;
    known.dead = true;
    const tell = (): void => this.#options.news.emit("died", known.sessionId);
    const notYet = (): void => {
      known.dead = false;
      known.settling = undefined;
      this.lookSoon();
    };
    if (hasExit(exit)) tell();
    else this.#inBackground(this.#settle(known).then(tell, notYet));
  }

  #settle(known: KnownPane): Promise<void> {
    known.settling ??= this.#awaitExit(known.place.pane);
    return known.settling;
  }

  async #awaitExit(pane: string): Promise<void> {
    let waitedMs = 0;
    for (let waitMs = 5; waitedMs < exitWithinMs; waitMs = Math.min(waitMs * 2, 200)) {
      const facts = await readPane(this.#options.ask, pane);
      if (!facts || hasExit(facts)) return;
      this.#nudge.now();
      await pause(waitMs);
      waitedMs += waitMs;
    }
  }

  #inBackground(work: Promise<unknown>): void {
    work.catch((thrown: unknown) => {
      this.#options.log("warn", "tmux could not be asked", { error: String(thrown) });
    });
  }
}
