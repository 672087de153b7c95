import { connect, type Socket } from "node:net";

/**
 * `absent`: nobody listens. `refused`: the socket may not be used. `broken`: the connection ended
 * too early. `silent`: it stands and nothing comes. `aborted`: the caller's signal.
 */
export type Failure = "absent" | "refused" | "broken" | "silent" | "aborted";

export class ConnectionFailed extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, message: string) {
    super(message);
    this.name = "ConnectionFailed";
    this.failure = failure;
  }
}

const pieceBytes = 64 * 1024;

/** A connection to a unix socket, read as fast as it is asked to; for one exchange after the other. */
export class Connection {
  readonly #socket: Socket;
  /** What came and was not read yet. After a piece that nobody waited for, the rest is held back. */
  readonly #unread: Buffer[] = [];
  #isAwaited = false;
  #isHeld = false;
  #failure: ConnectionFailed | undefined;
  #ended = false;
  #hasSaid = false;
  #wake: () => void = () => undefined;
  #over: () => void = () => undefined;

  constructor(socketPath: string) {
    // through a stream each piece takes a buffer of this size and turns of its own before it is heard
    const onread = {
      buffer: Buffer.allocUnsafeSlow(pieceBytes),
      callback: (size: number, buffer: Uint8Array) => this.#take(buffer.subarray(0, size)),
    };
    this.#socket = connect({ path: socketPath, onread });
    this.#socket.on("end", () => this.#end());
    this.#socket.on("close", () => this.#end());
    this.#socket.on("error", (error: NodeJS.ErrnoException) => {
      this.#failure ??= new ConnectionFailed(kindOf(error), error.message);
    });
    this.#socket.on("timeout", () => {
      const seconds = (this.#socket.timeout ?? 0) / 1_000;
      this.fail(new ConnectionFailed("silent", `no word for ${seconds} s`));
    });
  }

  /** Whether anything came since the last `send`. */
  get hasSaid(): boolean {
    return this.#hasSaid;
  }

  send(text: string): void {
    this.#hasSaid = false;
    this.#socket.write(text);
  }

  /** It fails when nothing is sent and nothing comes for so long. */
  failAfter(silentMs: number): void {
    if (this.#socket.timeout !== silentMs) this.#socket.setTimeout(silentMs);
  }

  fail(why: ConnectionFailed): void {
    this.#failure ??= why;
    this.#socket.destroy();
  }

  /** What came next; undefined at the end. @throws ConnectionFailed */
  async read(): Promise<Buffer | undefined> {
    for (;;) {
      const piece = this.#unread.shift();
      if (piece) return piece;
      if (this.#failure) throw this.#failure;
      if (this.#ended) return undefined;
      this.#isAwaited = true;
      this.#letCome();
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#isAwaited = false;
    }
  }

  /**
   * Nothing is expected: it keeps no process alive, and calls back once it is over, at the latest when
   * it has rested for as long as it may be silent.
   */
  rest(over: () => void): void {
    this.#over = over;
    this.#letCome();
    this.#socket.unref();
    // its end, or something nobody asked for
    this.#wake = () => this.#socket.destroy();
    if (this.#ended || this.#failure) over();
  }

  resume(): void {
    this.#over = () => undefined;
    this.#wake = () => undefined;
    this.#socket.ref();
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Whether more may come now. */
  #take(piece: Uint8Array): boolean {
    this.#hasSaid = true;
    this.#unread.push(Buffer.from(piece));
    this.#isHeld = !this.#isAwaited;
    this.#wake();
    return !this.#isHeld;
  }

  #letCome(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#socket.resume();
  }

  #end(): void {
    this.#ended = true;
    this.#wake();
    this.#over();
  }
}

/** The other side ends what rests for 5 s; a request must not be on its way just then. */
const restsAtMostMs = 4_000;
const mostResting = 8;

/** Connections that stand between one exchange and the next, so that not each makes its own. */
export class RestingConnections {
  readonly #resting: { readonly connection: Connection; readonly since: number }[] = [];

  /** The one that was used last; undefined for none. */
  take(): Connection | undefined {
    for (let one = this.#resting.pop(); one !== undefined; one = this.#resting.pop()) {
      one.connection.resume();
      if (Date.now() - one.since < restsAtMostMs) return one.connection;
      one.connection.close();
    }
    return undefined;
  }

  put(connection: Connection): void {
    if (this.#resting.length >= mostResting) return connection.close();
    const entry = { connection, since: Date.now() };
    this.#resting.push(entry);
    connection.rest(() => {
      const at = this.#resting.indexOf(entry);
      if (at >= 0) this.#resting.splice(at, 1);
    });
  }

  /** Whoever answered on them is not to be asked again. */
  closeAll(): void {
    for (const { connection } of this.#resting.splice(0)) connection.close();
  }
}

function kindOf(error: NodeJS.ErrnoException): Failure {
  switch (error.code) {
    case "ENOENT":
    case "ECONNREFUSED":
      return "absent";
    case "EACCES":
    case "EPERM":
    case "ENOTSOCK":
    case "EINVAL":
      return "refused";
    default:
      return "broken";
  }
}
