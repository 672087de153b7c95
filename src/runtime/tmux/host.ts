import { readdir, rm } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { AgentpoolError } from "../../domain/errors.ts";
import { plainText } from "../../domain/plain-text.ts";
import type { TerminalPlace } from "../../domain/session.ts";
import { pause } from "../../platform/clock.ts";
import type { Log } from "../../platform/log.ts";
import type { Machine, ProcessIdentity } from "../machine.ts";
import type {
  CapturedScreen,
  DeliveryMark,
  OpenTerminal,
  PasteOptions,
  PressOptions,
  StepResult,
  TerminalEvents,
  TerminalHost,
  TerminalInfo,
  ViewerInfo,
} from "../terminal.ts";
import { checkTmux } from "./check.ts";
import { Connection } from "./connection.ts";
import { controlClientEnded } from "./control-client.ts";
import { saysNoServer } from "./forked-client.ts";
import { guardedStep, isSamePane, paneOf, runOnPane } from "./guard.ts";
import { endLeftClients } from "./left-clients.ts";
import { endLingeringServer } from "./lingering-server.ts";
import { logLimits, logWriter, type LogLimits } from "./log-writer.ts";
import { openWindow } from "./open-window.ts";
import { PaneWatch } from "./pane-watch.ts";
import { readPanes } from "./panes.ts";
import { isPasteFile, markCommand, pasteText, readMark } from "./paste.ts";
import { isKey, quote } from "./quote.ts";
import { captureScreen } from "./screen.ts";
import { isEpoch, staleEpoch, takeServer, type Ask } from "./server.ts";
import { TerminalNews } from "./terminal-news.ts";
import { createViewer, sweepViewers, viewerDetachKeys, viewerPatienceMs } from "./viewer.ts";

export interface TmuxHostOptions {
  /** Absolute, under 100 bytes; its folder is made 0700 if it is missing. */
  readonly socketPath: string;
  /** Rises with each take-over; a host with a lower one than the server's types nothing. */
  readonly epoch: number;
  /** Default `tmux`, looked up on the PATH of `serverEnv`. */
  readonly tmuxBinary?: string;
  /** Whole environment of the server, and so the base of every agent's. */
  readonly serverEnv: Readonly<Record<string, string>>;
  /** Tells pids from later ones. */
  readonly machine: Pick<Machine, "process" | "signal">;
  readonly log: Log;
  readonly now: () => number;
  readonly logLimits?: LogLimits;
  /** How long tmux may leave a request without a word before its client is replaced. Default 10 s. */
  readonly silentForMs?: number;
  /** How soon a dead log writer is noticed while its pane writes. Default 5 s. */
  readonly lookEveryMs?: number;
}

const silentForMs = 10_000;
/** A server that is just ending still takes clients; so long the next one is waited for. */
const leavingMs = [20, 50, 100, 200, 400, 800] as const;
const lookEveryMs = 5_000;
/** How long a server that was told to end may take to let go of its panes. */
const endWithinMs = 2_000;
const endLookEveryMs = 20;

/**
 * Terminals in a tmux server of our own; see TerminalHost for what is promised.
 * @throws invalid_input when the socket's path is relative or too long
 */
export function createTmuxHost(options: TmuxHostOptions): TerminalHost {
  const { socketPath } = options;
  if (!isAbsolute(socketPath) || Buffer.byteLength(socketPath) >= 100) {
    throw new AgentpoolError("invalid_input", `"${socketPath}" cannot be the tmux socket`, {
      why: "It must be absolute and shorter than 100 bytes.",
    });
  }
  return new TmuxHost(options);
}

class TmuxHost implements TerminalHost {
  readonly #options: TmuxHostOptions;
  readonly #binary: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #limits: LogLimits;
  readonly #news: TerminalNews;
  readonly #connection: Connection;
  readonly #watch: PaneWatch;
  readonly #ask: Ask = (commands, options) => this.#connection.ask(commands, options);
  #server: ProcessIdentity | undefined;
  #checked = false;
  #connecting: Promise<void> | undefined;
  /** The open under way, and before it all earlier ones. */
  #opening: Promise<unknown> = Promise.resolve();
  #sweep: NodeJS.Timeout | undefined;

  constructor(options: TmuxHostOptions) {
    const { socketPath, epoch, machine, log } = options;
    this.#options = options;
    this.#binary = options.tmuxBinary ?? "tmux";
    this.#limits = options.logLimits ?? logLimits;
    // the marks of a tmux that the caller itself may run in
    const { TMUX: _outer, TMUX_PANE: _pane, ...env } = options.serverEnv;
    this.#env = env;
    this.#news = new TerminalNews(log);
    this.#watch = new PaneWatch({
      ask: this.#ask,
      epoch,
      socketPath,
      machine,
      log,
      news: this.#news,
      lookEveryMs: options.lookEveryMs ?? lookEveryMs,
    });
    this.#connection = new Connection({
      binary: this.#binary,
      socketPath,
      env,
      silentForMs: options.silentForMs ?? silentForMs,
      log,
      onNotice: (notice) => {
        if (notice.kind === "client_left") this.#sweepNow();
        else this.#watch.notice(notice);
      },
      onReattached: () => this.#watch.reattached(),
      onBlindTick: () => this.#watch.blindTick(),
      onLost: (because) => {
        clearTimeout(this.#sweep);
        this.#watch.lost();
        this.#news.emit("lost", because);
      },
    });
  }

  connect(): Promise<void> {
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  async #connect(): Promise<void> {
    const { epoch, log, socketPath } = this.#options;
    if (!this.#checked) {
      log("info", "tmux found", { version: await checkTmux(this.#binary, this.#env) });
      this.#checked = true;
    }
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#connection.open();
        if (this.#watch.isWatching) return;
        const server = await takeServer(this.#ask, epoch);
        this.#server = await this.#options.machine.process(server.pid);
        await this.#watch.begin(server);
        break;
      } catch (thrown) {
        await this.#connection.close();
        const waitMs = leavingMs[attempt];
        if (!isLeaving(thrown) || attempt > leavingMs.length) throw thrown;
        if (waitMs === undefined) {
          const pids = await endLingeringServer(socketPath);
          log("warn", "a tmux server that did not get to its end was ended", { pids });
        }
        await pause(waitMs ?? leavingMs[0], { keepAlive: true });
      }
    }
    await removePasteFiles(dirname(socketPath));
    await this.#endLeftClients();
    await this.#sweepViewers();
  }

  #endLeftClients(): Promise<void> {
    return endLeftClients(this.#ask, this.#connection.clientPids, this.#options.machine);
  }

  /**
   * One after the other: each takes the server some milliseconds of forking, and a thousand of them
   * at once would keep it from answering anything for as long as that takes.
   */
  open(spec: OpenTerminal): Promise<TerminalPlace> {
    const options = { epoch: this.#options.epoch, logLimits: this.#limits };
    const opening = this.#opening.then(() =>
      this.#watch.add(spec.sessionId, () => openWindow(this.#ask, spec, options)),
    );
    this.#opening = opening.catch(() => undefined);
    return opening;
  }

  list(): Promise<readonly TerminalInfo[]> {
    return this.#watch.infos();
  }

  capture(place: TerminalPlace): Promise<CapturedScreen | undefined> {
    return captureScreen(this.#ask, place, this.#options.now);
  }

  paste(place: TerminalPlace, text: string, options: PasteOptions): Promise<StepResult> {
    const { epoch, socketPath } = this.#options;
    return pasteText(this.#ask, place, text, { ...options, epoch, folder: dirname(socketPath) });
  }

  async press(
    place: TerminalPlace,
    keys: readonly string[],
    options: PressOptions = {},
  ): Promise<StepResult> {
    const unknown = keys.find((key) => !isKey(key));
    if (unknown !== undefined) {
      throw new AgentpoolError("invalid_input", `"${unknown}" is no key`, {
        why: "tmux would type the word instead.",
      });
    }
    const { mark, onlyWhileVisible } = options;
    const send = `send-keys -t ${paneOf(place)} -- ${keys.map(quote).join(" ")}`;
    return guardedStep(this.#ask, place, {
      epoch: this.#options.epoch,
      onlyWhileVisible,
      commands: [...(keys.length > 0 ? [send] : []), ...(mark ? [markCommand(place, mark)] : [])],
    });
  }

  async mark(place: TerminalPlace): Promise<DeliveryMark | undefined> {
    const format = `#{?${isSamePane(place)},#{@ap_delivery},}`;
    const { blocks, error } = await this.#ask(
      [`display-message -p -t ${paneOf(place)} ${quote(format)}`],
      { again: true },
    );
    if (error !== undefined && !/can't find (pane|window)/.test(error)) {
      // a question that failed must not pass for a pane without a mark: the text would go twice
      throw new AgentpoolError("terminal_failed", `tmux failed on pane ${place.pane}`, {
        why: error,
      });
    }
    return readMark(blocks.flat()[0] ?? "");
  }

  async viewer(place: TerminalPlace, { write }: { readonly write: boolean }): Promise<ViewerInfo> {
    const { epoch, socketPath } = this.#options;
    const title = this.#watch.sessionOf(place.pane) ?? place.pane;
    const lines = (await this.capture(place))?.lines ?? [];
    const usedLines = lines.findLastIndex((line) => plainText(line).trim() !== "") + 1;
    const name = await createViewer(this.#ask, place, { epoch, write, title, usedLines });
    this.#scheduleSweep();
    const attach = ["attach-session", ...(write ? [] : ["-r"]), "-t", `=${name}`];
    return {
      argv: [this.#binary, "-S", socketPath, ...attach],
      detachKeys: viewerDetachKeys,
    };
  }

  async close(place: TerminalPlace): Promise<void> {
    const command = `kill-window -t ${paneOf(place)}`;
    await runOnPane(this.#ask, place, { epoch: this.#options.epoch, command });
    this.#watch.closed(place);
  }

  async relog(place: TerminalPlace, logFolder: string): Promise<void> {
    await runOnPane(this.#ask, place, {
      epoch: this.#options.epoch,
      condition: "#{==:#{pane_pipe},0}",
      command: `pipe-pane -t ${paneOf(place)} ${logWriter(logFolder, this.#limits)}`,
    });
    this.#watch.relogged(place.pane);
  }

  on<E extends keyof TerminalEvents>(event: E, listener: TerminalEvents[E]): () => void {
    return this.#news.on(event, listener);
  }

  async disconnect(): Promise<void> {
    clearTimeout(this.#sweep);
    this.#watch.end();
    await this.#connection.close();
  }

  async shutdown(): Promise<void> {
    const living = (await readPanes(this.#ask)).filter((facts) => facts.sessionId && !facts.dead);
    if (living.length > 0) {
      throw new AgentpoolError("conflict", "The tmux server cannot be ended", {
        why: `${living.length} sessions live in it.`,
        details: { session_ids: living.map((facts) => facts.sessionId) },
      });
    }
    await this.#tellToEnd();
    if (await this.#connection.isServerGone()) return;
    await endLingeringServer(this.#options.socketPath);
    if (await this.#connection.isServerGone()) return;
    throw new AgentpoolError("terminal_failed", "The tmux server does not end");
  }

  async endUnreachable(): Promise<void> {
    const { machine } = this.#options;
    const server = this.#server;
    if (!server || !this.#connection.stands) return this.disconnect();
    await this.#tellToEnd();
    const isGone = async (): Promise<boolean> =>
      (await machine.process(server.pid))?.startToken !== server.startToken;
    for (let waitedMs = 0; !(await isGone()); waitedMs += endLookEveryMs) {
      if (waitedMs >= endWithinMs) {
        await machine.signal(server, "SIGKILL");
        return undefined;
      }
      await pause(endLookEveryMs, { keepAlive: true });
    }
    return undefined;
  }

  /** @throws stale_epoch when the server is a successor's by now; it lives on, with its clients */
  async #tellToEnd(): Promise<void> {
    const { epoch } = this.#options;
    clearTimeout(this.#sweep);
    this.#watch.lost();
    const read = await this.#ask([`display-message -p ${quote("#{@ap_epoch}")}`], { again: true });
    if (Number(read.blocks[0]?.[0]) !== epoch) {
      await this.#connection.close();
      throw staleEpoch(epoch);
    }
    await this.#endLeftClients();
    const reply = await this.#connection.finish([
      `if-shell -F ${quote(isEpoch(epoch))} { kill-server } { display-message -p ap:stale_epoch }`,
    ]);
    if (reply?.blocks.flat().includes("ap:stale_epoch")) throw staleEpoch(epoch);
  }

  #scheduleSweep(): void {
    clearTimeout(this.#sweep);
    this.#sweep = setTimeout(() => this.#sweepNow(), viewerPatienceMs + 1_000);
    this.#sweep.unref();
  }

  #sweepNow(): void {
    this.#sweepViewers().catch((thrown: unknown) => {
      this.#options.log("warn", "viewers could not be swept", { error: String(thrown) });
    });
  }

  async #sweepViewers(): Promise<void> {
    const { epoch, now } = this.#options;
    if (await sweepViewers(this.#ask, { epoch, now: now() })) this.#scheduleSweep();
  }
}

/** tmux met the end of a server instead of beginning: the next one starts afresh. */
function isLeaving(thrown: unknown): boolean {
  if (!(thrown instanceof AgentpoolError) || thrown.code !== "terminal_failed") return false;
  return saysNoServer(thrown.why ?? "") || thrown.why === controlClientEnded;
}

/** Texts that were on their way into a pane when we were killed. */
async function removePasteFiles(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter(isPasteFile);
  await Promise.all(names.map((name) => rm(join(folder, name), { force: true })));
}
