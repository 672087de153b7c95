import { connect, createServer, type Server, type Socket } from "node:net";

/** Hands on what comes over one socket to another, until its connections are cut. */
export class Relay implements AsyncDisposable {
  readonly socket: string;
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  constructor(socket: string, target: string) {
    this.socket = socket;
    this.#server = createServer((near) => {
      const far = connect(target);
      for (const one of [near, far]) {
        this.#open.add(one);
        one.on("error", () => undefined);
        one.on("close", () => {
          this.#open.delete(one);
          near.destroy();
          far.destroy();
        });
      }
      near.pipe(far).pipe(near);
    });
    this.#server.listen(socket);
  }

  /** Ends the connections that stand; new ones are taken. */
  cut(): void {
    for (const one of this.#open) one.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
