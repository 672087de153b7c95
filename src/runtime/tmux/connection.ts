import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { AgentpoolError } from "../../domain/errors.ts";
import { pause } from "../../platform/clock.ts";
import type { Log } from "../../platform/log.ts";
import { ControlClient, type ClientEvent, type Reply } from "./control-client.ts";
import { askForked, saysNoServer } from "./forked-client.ts";
import { quote } from "./quote.ts";
import { keeperCommand, keeperWindow, sessionName } from "./server.ts";

export type Notice = Exclude<ClientEvent, { kind: "other" }>;

export interface ConnectionOptions {
  readonly binary: string;
  readonly socketPath: string;
  readonly env: Readonly<Record<string, string>>;
  /** How long tmux may leave a request, or a client that attaches, without a word. */
  readonly silentForMs: number;
  readonly log: Log;
  readonly onNotice: (notice: Notice) => void;
  /** A new control client took over; whatever was written in between was not heard. */
  readonly onReattached: () => void;
  /** There is no control client; called about once a second until there is. */
  readonly onBlindTick: () => Promise<void>;
  /** The server is gone. The connection is closed by then and may be opened again. */
  readonly onLost: (because: string) => void;
}

const startWithinMs = 10_000;
const forkedWithinMs = 5_000;
const retryEveryMs = 1_000;
const settleMs = 20;
const goneAttempts = 100;
const goneEveryMs = 50;
/** Lag after which tmux stops sending a pane's output, in seconds: bounds memory on both sides. */
const pauseAfterSeconds = 1;
const attach = ["-N", "-C", "attach-session", "-t", `=${sessionName}`] as const;

/**
 * The link to one tmux server: a control client, replaced when it ends or falls silent, and single
 * forked clients while none can be had.
 *
 * Beside it stands a second control client that asks for no output and says nothing. tmux stops
 * reading a pane, and so holds up the agent, as soon as no client wants more of it; alone, our
 * client did so in four of ten floods while we were stopped, before `pause-after` took effect
 * (tmux 3.3a). A client without output always wants more.
 *
 * While a control client attaches, nothing else is asked: a notification that meets a client which
 * has not told its last word yet crashes the server (tmux up to 3.6, its pull request 4980).
 */
export class Connection {
  readonly #options: ConnectionOptions;
  #client: ControlClient | undefined;
  #bystander: ControlClient | undefined;
  /** Ends when a control client stands, or forked clients must do, or the server is gone. */
  #recovery: Promise<void> | undefined;
  /** The attaching under way, and before it all earlier ones. */
  #attaching: Promise<unknown> = Promise.resolve();
  #blind = false;
  #open = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Starts the server if there is none, and the control clients. @throws terminal_failed */
  async open(): Promise<void> {
    if (this.#open) {
      await this.#recovery;
      if (this.#open) return;
    }
    await mkdir(dirname(this.#options.socketPath), { recursive: true, mode: 0o700 });
    const newSession = ["-C", "new-session", "-A", "-s", sessionName, "-n", keeperWindow];
    this.#client = await this.#startClient([...newSession, ...keeperCommand], startWithinMs);
    this.#blind = false;
    this.#open = true;
    await this.#standBy();
    if (this.#client.isGone) this.#recover("it ended at once");
  }

  /**
   * Runs commands as one list, see ControlClient.ask. A question that changes nothing may be
   * asked again by a new client when the old one ended over it.
   * @throws terminal_failed
   */
  async ask(
    commands: readonly string[],
    options: { readonly again?: boolean } = {},
  ): Promise<Reply> {
    const { again = false } = options;
    for (let attempt = 0; ; attempt++) {
      if (this.#recovery && !this.#blind) await this.#recovery;
      await this.#attaching;
      if (!this.#open) {
        throw new AgentpoolError("terminal_failed", "There is no connection to tmux");
      }
      try {
        return await (this.#client && !this.#client.isGone
          ? this.#client.ask(commands)
          : this.#askForked(commands));
      } catch (thrown) {
        if (!again || attempt > 0) throw thrown;
      }
    }
  }

  /** Of the control clients that stand. */
  get clientPids(): readonly number[] {
    return [this.#client?.pid, this.#bystander?.pid].filter((pid) => pid !== undefined);
  }

  /** Whether a request goes to the server over a client that is connected to it already. */
  get stands(): boolean {
    return this.#client !== undefined && !this.#client.isGone;
  }

  /** Ends the control clients; server and agents live on. */
  async close(): Promise<void> {
    this.#open = false;
    await this.#attaching;
    const clients = [this.#client, this.#bystander].filter((client) => client !== undefined);
    this.#client = undefined;
    this.#bystander = undefined;
    await Promise.all(clients.map((client) => client.close()));
    await this.#recovery;
  }

  /** Runs commands after which the server is expected to be gone, and closes. */
  async finish(commands: readonly string[]): Promise<Reply | undefined> {
    const client = this.#client;
    this.#open = false;
    try {
      return await client?.ask(commands);
    } catch {
      // it is gone before it could answer
      return undefined;
    } finally {
      await this.close();
    }
  }

  /** Waits until no server is left on the socket. @returns false when one still is after a while */
  async isServerGone(): Promise<boolean> {
    for (let attempt = 0; attempt < goneAttempts; attempt++) {
      if ((await this.#probe()) === "gone") return true;
      await pause(goneEveryMs, { keepAlive: true });
    }
    return false;
  }

  // --- control clients -----------------------------------------------------------------------

  async #startClient(args: readonly string[], withinMs: number): Promise<ControlClient> {
    const client = await this.#start(args, {
      withinMs,
      onEvent: (event) => {
        if (event.kind !== "other") this.#options.onNotice(event);
      },
      onGone: (because) => {
        if (this.#client?.isGone) this.#recover(because);
      },
    });
    const setUp = await client.ask([`refresh-client -f pause-after=${pauseAfterSeconds}`]);
    if (setUp.error === undefined) return client;
    await client.close();
    throw new AgentpoolError("terminal_failed", "tmux refused the control client", {
      why: setUp.error,
    });
  }

  /** Makes sure the bystander stands; when it ends, another follows. Never throws. */
  async #standBy(): Promise<void> {
    if (!this.#open || (this.#bystander && !this.#bystander.isGone)) return;
    try {
      const bystander = await this.#start([...attach, "-f", "no-output"], {
        withinMs: this.#options.silentForMs,
        onEvent: () => undefined,
        onGone: () => this.#standByLater(),
      });
      if (this.#open) this.#bystander = bystander;
      else await bystander.close();
    } catch (thrown) {
      this.#options.log("warn", "no second tmux client could be had", { error: String(thrown) });
    }
  }

  #standByLater(): void {
    if (!this.#open) return;
    const again = async (): Promise<void> => {
      await pause(retryEveryMs);
      await this.#recovery;
      await this.#standBy();
    };
    again().catch((thrown: unknown) => {
      this.#options.log("warn", "no second tmux client could be had", { error: String(thrown) });
    });
  }

  /** One after the other, and with nothing else asked meanwhile. */
  #start(
    args: readonly string[],
    options: {
      readonly withinMs: number;
      readonly onEvent: (event: ClientEvent) => void;
      readonly onGone: (because: string) => void;
    },
  ): Promise<ControlClient> {
    const starting = this.#attaching.then(() =>
      ControlClient.start({
        argv: [...this.#tmux(), ...args],
        env: this.#options.env,
        startWithinMs: options.withinMs,
        silentForMs: this.#options.silentForMs,
        onEvent: options.onEvent,
        onGone: options.onGone,
      }),
    );
    this.#attaching = starting.catch(() => undefined);
    return starting;
  }

  // --- recovery ------------------------------------------------------------------------------

  #recover(because: string): void {
    if (this.#recovery || !this.#open) return;
    this.#options.log("warn", "the tmux control client is gone", { because });
    const before = this.#client;
    this.#client = undefined;
    const first = this.#reattach(because, before);
    this.#recovery = first.finally(() => (this.#recovery = undefined));
    this.#recovery.catch((thrown: unknown) => {
      this.#options.log("error", "tmux could not be reached again", { error: String(thrown) });
    });
  }

  /** One round decides how the next requests go; further rounds follow while there is no client. */
  async #reattach(because: string, before: ControlClient | undefined): Promise<void> {
    // tmux tells of a client's leaving, which must not meet the next one while it attaches
    await before?.ended();
    await pause(settleMs);
    if (!this.#open || (await this.#attach())) return;
    const state = await this.#probe();
    if (!this.#open) return;
    if (state === "gone") {
      this.#lose(because);
      return;
    }
    this.#blind = true;
    this.#keepTrying(because).catch((thrown: unknown) => {
      this.#options.log("error", "tmux could not be reached again", { error: String(thrown) });
    });
  }

  async #keepTrying(because: string): Promise<void> {
    while (this.#open) {
      await pause(retryEveryMs);
      if (!this.#open || (await this.#attach())) return;
      if ((await this.#probe()) === "gone") {
        if (this.#open) this.#lose(because);
        return;
      }
      await this.#options.onBlindTick().catch((thrown: unknown) => {
        this.#options.log("warn", "tmux could not be asked", { error: String(thrown) });
      });
    }
  }

  #lose(because: string): void {
    this.#open = false;
    this.#blind = false;
    this.#bystander = undefined;
    this.#options.onLost(because);
  }

  async #attach(): Promise<boolean> {
    try {
      // -N: a server that is gone must not come back empty
      const client = await this.#startClient(attach, this.#options.silentForMs);
      if (!this.#open) {
        await client.close();
        return true;
      }
      this.#client = client;
      this.#blind = false;
      this.#options.onReattached();
      if (client.isGone) setImmediate(() => this.#recover("it ended at once"));
      return true;
    } catch (thrown) {
      this.#options.log("warn", "no tmux control client could be had", { error: String(thrown) });
      return false;
    }
  }

  /** Whether the server, with the session that holds the agents, is still there. */
  async #probe(): Promise<"there" | "gone" | "silent"> {
    try {
      const { error } = await this.#askForked([`has-session -t ${quote(`=${sessionName}`)}`]);
      if (error === undefined) return "there";
      return saysNoServer(error) || error.includes("can't find session") ? "gone" : "there";
    } catch {
      return "silent";
    }
  }

  #askForked(commands: readonly string[]): Promise<Reply> {
    return askForked(commands, {
      tmux: [...this.#tmux(), "-N"],
      env: this.#options.env,
      timeoutMs: forkedWithinMs,
    });
  }

  /** `-u`: without it tmux writes `_` for whatever is not ASCII where the locale is not UTF-8. */
  #tmux(): readonly string[] {
    return [this.#options.binary, "-u", "-S", this.#options.socketPath, "-f", "/dev/null"];
  }
}
