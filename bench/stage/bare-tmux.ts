import { spawn, type ChildProcess } from "node:child_process";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { until } from "../measure/clock.ts";
import { isAlive } from "../measure/processes.ts";
import { plainEnvironment } from "./environment.ts";

export interface BarePane {
  readonly id: string;
  readonly tty: string;
  readonly pid: number;
}

/** tmux alone with one control client: what can be had at best. */
export class BareTmux implements AsyncDisposable {
  readonly socket: string;
  readonly serverPid: number;
  readonly client: BareClient;

  static async open(folder: string): Promise<BareTmux> {
    const socket = join(folder, "tmux.sock");
    tmux(socket, "new-session", "-d", "-s", "bare", "-x", "200", "-y", "50", "cat");
    // what the product sets as well, since it decides what output and death cost
    tmux(socket, "set-option", "-g", "history-limit", "2000");
    tmux(socket, "set-option", "-g", "status", "off");
    tmux(socket, "set-option", "-g", "remain-on-exit", "on");
    const pid = Number(tmux(socket, "display-message", "-p", "#{pid}"));
    const client = new BareClient(socket);
    await client.ask("refresh-client -f pause-after=1");
    return new BareTmux(socket, pid, client);
  }

  private constructor(socket: string, serverPid: number, client: BareClient) {
    this.socket = socket;
    this.serverPid = serverPid;
    this.client = client;
  }

  /** Opens a window whose process is this program. */
  async openPane(argv: readonly string[]): Promise<BarePane> {
    const command = argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
    const [line = ""] = await this.client.ask(
      `new-window -P -F '#{pane_id} #{pane_tty} #{pane_pid}' -- ${command}`,
    );
    const [id = "", tty = "", pid = ""] = line.split(" ");
    return { id, tty, pid: Number(pid) };
  }

  /** A call by a client that is started for it. */
  fork(...args: string[]): string {
    return tmux(this.socket, ...args);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    endServer(this.socket);
    await until("the end of tmux", () => !isAlive(this.serverPid), { timeoutMs: 10_000 });
  }
}

export function endServer(socket: string): void {
  try {
    execFileSync("tmux", ["-S", socket, "kill-server"], { stdio: "ignore" });
  } catch {
    // none was left
  }
}

/** The smallest control client: sends a line, takes the block that answers it. */
export class BareClient {
  readonly #process: ChildProcess;
  readonly #waiting: ((lines: string[]) => void)[] = [];
  #rest = "";
  #block: string[] | undefined;

  constructor(socket: string) {
    this.#process = spawn("tmux", ["-S", socket, "-C", "attach-session", "-t", "bare"], {
      env: plainEnvironment(),
      stdio: ["pipe", "pipe", "ignore"],
    });
    // the answer to the command that attaches
    this.#waiting.push(() => undefined);
    this.#process.stdout?.setEncoding("latin1").on("data", (text: string) => this.#take(text));
    this.#process.stdin?.on("error", () => undefined);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  ask(command: string): Promise<string[]> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#process.stdin?.write(`${command}\n`);
    });
  }

  close(): void {
    this.#process.stdin?.end();
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith("%begin ")) this.#block = [];
      else if (line.startsWith("%end ") || line.startsWith("%error ")) {
        const block = this.#block ?? [];
        this.#block = undefined;
        this.#waiting.shift()?.(block);
      } else this.#block?.push(line);
    }
  }
}

function tmux(socket: string, ...args: string[]): string {
  return execFileSync("tmux", ["-S", socket, "-f", "/dev/null", ...args], {
    encoding: "utf8",
    env: plainEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}
