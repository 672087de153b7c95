import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { AgentpoolError } from "../../domain/errors.ts";
import { createProtocolParser, type ControlEvent } from "./protocol.ts";
import { quote } from "./quote.ts";

/** What tmux answered to the commands of one request. */
export interface Reply {
  /** Output of each command that ran, one block each, also of those nested in `if-shell`. */
  readonly blocks: readonly (readonly string[])[];
  /** What tmux said about the command that failed; nothing after it ran. */
  readonly error: string | undefined;
}

export type ClientEvent = Exclude<ControlEvent, { kind: "block" | "exit" | "attached" }>;

export interface ControlClientOptions {
  /** The whole command that becomes the control client. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** How long tmux may take to begin. */
  readonly startWithinMs: number;
  /** How long tmux may say nothing at all while a request waits. */
  readonly silentForMs: number;
  readonly onEvent: (event: ClientEvent) => void;
  /** Called once when the client ended or was given up; requests fail from then on. */
  readonly onGone: (because: string) => void;
}

/** What is said of a client that ended without a word. */
export const controlClientEnded = "the control client ended";

const ticksOfSilence = 10;
/** A request that got no answer while other things did arrive. */
const unansweredForMs = 30_000;
const endWithinMs = 2_000;
const terminateAfterMs = 5_000;

/**
 * One `tmux -C` process with its pipes. Requests are pipelined. tmux answers each command of a
 * request by a block of its own, and how many there are depends on what ran, so that a request is
 * followed by a command that prints a word only we know: its block ends the answer.
 */
export class ControlClient {
  readonly #options: ControlClientOptions;
  readonly #process: ChildProcess;
  readonly #parser = createProtocolParser();
  readonly #nonce = randomBytes(6).toString("hex");
  readonly #waiting: Waiting[] = [];
  readonly #attached: Promise<void>;
  #attach: { readonly resolve: () => void; readonly reject: (error: AgentpoolError) => void } = {
    resolve: () => undefined,
    reject: () => undefined,
  };
  #count = 0;
  #silentMs = 0;
  #watchdog: NodeJS.Timeout | undefined;
  #gone: string | undefined;
  #reason = "";
  #stderr = "";

  /** @throws terminal_failed when tmux ends or stays silent instead of beginning */
  static async start(options: ControlClientOptions): Promise<ControlClient> {
    const client = new ControlClient(options);
    const late = setTimeout(
      () => client.#giveUp(`it did not begin within ${options.startWithinMs} ms`),
      options.startWithinMs,
    );
    try {
      // tmux reads its input even before the command that attaches it, which then has no client
      await client.#attached;
      // takes up the answer to that command
      await client.ask(["display-message -p hello"]);
      return client;
    } catch (thrown) {
      // it may still come up, and must not do so beside the next one
      await client.ended();
      throw thrown;
    } finally {
      clearTimeout(late);
    }
  }

  constructor(options: ControlClientOptions) {
    this.#options = options;
    this.#attached = new Promise((resolve, reject) => (this.#attach = { resolve, reject }));
    // who waits for it learns of its failure; nobody does once it was kept
    this.#attached.catch(() => undefined);
    const [file, ...args] = options.argv;
    this.#process = spawn(file ?? "tmux", args, {
      env: options.env,
      cwd: "/",
      stdio: ["pipe", "pipe", "pipe"],
      // out of reach of an interrupt typed at the terminal of an inline supervisor
      detached: true,
    });
    const { stdin, stdout, stderr } = this.#process;
    stdout?.on("data", (chunk: Buffer) => this.#take(chunk));
    stderr?.on("data", (chunk: Buffer) => (this.#stderr = (this.#stderr + chunk).slice(-2_000)));
    // a closed pipe shows as the end of the process, with its reason
    stdin?.on("error", () => undefined);
    this.#process.on("error", (thrown) => this.#giveUp(thrown.message));
    this.#process.on("close", () => this.#giveUp(this.#why()));
    // the server may hold our pipes open for longer than the client lives
    this.#process.on("exit", () => setTimeout(() => this.#giveUp(this.#why()), 100));
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get isGone(): boolean {
    return this.#gone !== undefined;
  }

  /**
   * Runs commands as one list: none of another client comes in between, and none runs after one
   * that failed.
   * @throws terminal_failed when the client ends before it answered; whether the commands ran is
   *   not known then
   */
  ask(commands: readonly string[]): Promise<Reply> {
    if (this.#gone !== undefined) return Promise.reject(gone(this.#gone));
    return new Promise((resolve, reject) => {
      this.#send(`${commands.join(" ; ")}\n`, resolve, reject);
      this.#watch();
    });
  }

  #send(lines: string, resolve: Waiting["resolve"], reject: Waiting["reject"]): void {
    const end = `ap:${this.#nonce}:${this.#count++}`;
    this.#waiting.push({ end, blocks: [], error: undefined, waitedMs: 0, resolve, reject });
    this.#process.stdin?.write(`${lines}display-message -p ${quote(end)}\n`);
  }

  /**
   * tmux 3.3a forgets an answer that stands behind output of a pane which it then pauses: it lies
   * there until tmux has something else to say. Being asked anything makes it go on.
   */
  #poke(): void {
    const nobodyWaits = (): void => undefined;
    this.#send("", nobodyWaits, nobodyWaits);
  }

  /** Ends the client by closing its input; the server lives on. */
  async close(): Promise<void> {
    this.#giveUp("it was closed");
    await this.ended();
  }

  /** Resolves when its process ended, or does not end in time. */
  async ended(): Promise<void> {
    const { exitCode, signalCode, pid } = this.#process;
    if (exitCode !== null || signalCode !== null || pid === undefined) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, endWithinMs);
      this.#process.once("exit", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #take(chunk: Buffer): void {
    this.#silentMs = 0;
    for (const event of this.#parser.push(chunk)) {
      if (this.#gone !== undefined) return;
      if (event.kind === "block") this.#takeBlock(event.ok, event.lines);
      else if (event.kind === "exit") this.#reason = event.reason;
      else if (event.kind === "attached") this.#attach.resolve();
      else this.#options.onEvent(event);
    }
  }

  #takeBlock(ok: boolean, lines: readonly string[]): void {
    const first = this.#waiting[0];
    if (!first) return;
    if (ok && lines.length === 1 && lines[0] === first.end) {
      this.#waiting.shift();
      if (this.#waiting.length === 0) this.#unwatch();
      first.resolve({ blocks: first.blocks, error: first.error });
    } else if (ok) {
      first.blocks.push(lines);
    } else {
      first.error ??= lines.join(" ");
    }
  }

  /**
   * Looks, while a request waits, whether tmux still speaks. Time is counted in ticks of this
   * process, so that having been stopped for a minute does not count as a minute of silence.
   */
  #watch(): void {
    if (this.#watchdog) return;
    this.#silentMs = 0;
    const tickMs = this.#options.silentForMs / ticksOfSilence;
    this.#watchdog = setInterval(() => {
      this.#silentMs += tickMs;
      const first = this.#waiting[0];
      if (first) first.waitedMs += tickMs;
      if (this.#silentMs > this.#options.silentForMs || (first?.waitedMs ?? 0) > unansweredForMs) {
        this.#giveUp("it stopped answering");
      } else if (this.#waiting.length > 0) {
        this.#poke();
      }
    }, tickMs);
    this.#watchdog.unref();
  }

  #unwatch(): void {
    clearInterval(this.#watchdog);
    this.#watchdog = undefined;
  }

  #giveUp(because: string): void {
    if (this.#gone !== undefined) return;
    this.#gone = because;
    this.#unwatch();
    // killing a control client outright has crashed tmux servers; the end of its input never does
    this.#process.stdin?.end();
    const timer = setTimeout(() => this.#process.kill("SIGTERM"), terminateAfterMs);
    timer.unref();
    this.#process.once("exit", () => clearTimeout(timer));
    this.#attach.reject(gone(because));
    for (const waiting of this.#waiting.splice(0)) waiting.reject(gone(because));
    this.#options.onGone(because);
  }

  #why(): string {
    const said = this.#stderr.trim() || this.#reason;
    return said === "" ? controlClientEnded : said;
  }
}

interface Waiting {
  readonly end: string;
  readonly blocks: (readonly string[])[];
  error: string | undefined;
  waitedMs: number;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: AgentpoolError) => void;
}

function gone(because: string): AgentpoolError {
  return new AgentpoolError("terminal_failed", "tmux gave no answer", { why: because });
}
