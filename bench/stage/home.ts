import { execFile, execFileSync, spawn } from "node:child_process";
import { mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { homeFrom, type Home } from "../../src/platform/home.ts";
import { supervisorCommand } from "../../src/supervisor/command.ts";
import { createRpcClient, type RpcClient } from "../../src/rpc/client.ts";
import { pause, until } from "../measure/clock.ts";
import { allProcesses, descendants, isAlive } from "../measure/processes.ts";
import { endServer } from "./bare-tmux.ts";
import type { Bench } from "./bench.ts";
import { plainEnvironment } from "./environment.ts";

export interface HomeOptions {
  /** Arguments for the Node that runs the supervisor: a probe, a profiler. */
  readonly nodeArguments?: readonly string[];
  /** A folder that comes first on the supervisor's PATH. */
  readonly firstOnPath?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Spawned {
  readonly id: string;
}

export interface Pane {
  readonly sessionId: string;
  readonly pane: string;
  readonly tty: string;
  readonly pid: number;
}

/** Processes of ours that live for the sessions, by what they do; agents are not among them. */
export interface OurProcesses {
  /** With the helper that starts programs for it. */
  readonly supervisor: readonly number[];
  /** The server and the control clients. */
  readonly tmux: readonly number[];
  /** What writes the terminal logs. */
  readonly writers: readonly number[];
}

/** A home of its own with the built supervisor, reached as every client reaches it. */
export class BenchHome implements AsyncDisposable {
  readonly folder: string;
  readonly home: Home;
  readonly client: RpcClient;
  /** A folder that git knows nothing of, to work in. */
  readonly plainFolder: string;
  readonly #bench: Bench;
  readonly #options: HomeOptions;

  constructor(bench: Bench, options: HomeOptions) {
    this.#bench = bench;
    this.#options = options;
    this.folder = bench.newFolder();
    this.home = homeFrom({ AGENTPOOL_HOME: join(this.folder, "home") });
    this.plainFolder = join(this.folder, "work");
    for (const one of [this.plainFolder, this.home.providers, dirname(this.home.log)]) {
      mkdirSync(one, { recursive: true, mode: 0o700 });
    }
    for (const one of [
      { id: "bench", hooks: true },
      { id: "bench-screen", hooks: false },
      { id: "bench-works", hooks: true, program: "works" },
    ]) {
      const screen = join(bench.product.dist, "providers", "fake", "screen.js");
      writeFileSync(
        join(this.home.providers, `${one.id}.mjs`),
        `import { screen } from ${JSON.stringify(screen)};
import { benchProvider } from ${JSON.stringify(bench.program("provider.mjs"))};
export default benchProvider(screen, ${JSON.stringify(one)});
`,
      );
    }
    const { version } = bench.product;
    this.client = createRpcClient({ socketPath: this.home.supervisorSocket, version });
  }

  /** The environment of commands and of the supervisor. */
  get env(): { [name: string]: string } {
    const { firstOnPath, env } = this.#options;
    const plain = plainEnvironment({
      AGENTPOOL_HOME: this.home.root,
      AGENTPOOL_MAX_PARALLEL_SESSIONS: "10000",
      ...env,
    });
    if (firstOnPath !== undefined) plain["PATH"] = `${firstOnPath}:${plain["PATH"] ?? ""}`;
    return plain;
  }

  /** Starts the supervisor as a command would; resolves when it answers. */
  async start(): Promise<void> {
    const log = openSync(`${this.home.log}.boot`, "a", 0o600);
    const { node, product } = this.#bench;
    const [file = node, ...args] = supervisorCommand(product.supervisor, node);
    const child = spawn(file, [...(this.#options.nodeArguments ?? []), ...args], {
      detached: true,
      cwd: this.home.root,
      env: { ...this.env, AGENTPOOL_SUPERVISOR_IDLE_SECONDS: "0" },
      stdio: ["ignore", log, log],
    });
    child.unref();
    await until("the supervisor", () => this.answers(), { everyMs: 5 });
  }

  async answers(): Promise<boolean> {
    return (await this.client.health().catch(() => undefined))?.accepting === true;
  }

  get supervisorPid(): number {
    const { pid } = JSON.parse(readFileSync(this.home.supervisorFacts, "utf8")) as { pid: number };
    return pid;
  }

  /** Asks an operation over the socket. */
  async ask<T = Record<string, unknown>>(
    name: string,
    input: Readonly<Record<string, unknown>>,
  ): Promise<T> {
    return (await this.client.call(name, { input, env: this.env, cwd: this.plainFolder })) as T;
  }

  /** Runs the command line to its end. */
  command(args: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      execFile(
        this.#bench.node,
        [this.#bench.product.command, ...args],
        { env: this.env, cwd: this.plainFolder, maxBuffer: 64 * 1024 * 1024 },
        (error, stdout, stderr) =>
          error ? reject(new Error(stderr || error.message)) : resolve(stdout),
      );
    });
  }

  /** Starts a session of the benchmark's own provider, or of another one. */
  async spawn(
    program: string,
    options: {
      readonly provider?: string;
      readonly repo?: string;
      readonly given?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<Spawned> {
    const { provider = "bench", repo = this.plainFolder, given = {} } = options;
    const { session_id: id } = await this.ask<{ session_id: string }>("session.spawn", {
      provider_id: provider,
      task: "stand still",
      repo_path: repo,
      isolation: "shared",
      provider_options: provider.startsWith("bench") ? { program, ...given } : given,
    });
    return { id };
  }

  /** Starts many, a few at a time. */
  async spawnMany(
    program: string,
    count: number,
    options: Parameters<BenchHome["spawn"]>[1] = {},
  ): Promise<Spawned[]> {
    const spawned: Spawned[] = [];
    const next = async (): Promise<void> => {
      while (spawned.length < count) {
        const place = spawned.push({ id: "" }) - 1;
        spawned[place] = await this.spawn(program, options);
        if (place % 50 === 49) this.#bench.say(`${place + 1} of ${count} sessions`);
      }
    };
    await Promise.all([next(), next(), next(), next()]);
    return spawned;
  }

  /** Waits until so many sessions are in this state. */
  async settled(state: string, count: number): Promise<void> {
    await until(
      `${count} sessions ${state}`,
      async () => {
        const { pagination } = await this.ask<{ pagination: { total: number } }>("session.list", {
          state: [state],
          limit: 1,
        });
        return pagination.total >= count;
      },
      { timeoutMs: 120_000, everyMs: 200 },
    );
    // what the last changes set going runs out
    await pause(1_500);
  }

  panes(): Pane[] {
    const format = "#{@ap_session} #{pane_id} #{pane_tty} #{pane_pid}";
    return this.tmux("list-panes", "-a", "-F", format)
      .split("\n")
      .map((line) => line.split(" "))
      .filter(([id]) => id !== undefined && id !== "")
      .map(([sessionId = "", pane = "", tty = "", pid = ""]) => ({
        sessionId,
        pane,
        tty,
        pid: Number(pid),
      }));
  }

  get tmuxServerPid(): number {
    return Number(this.tmux("display-message", "-p", "#{pid}"));
  }

  processes(): OurProcesses {
    const server = this.tmuxServerPid;
    const supervisor = this.supervisorPid;
    const all = allProcesses();
    const agents = new Set(this.panes().map(({ pid }) => pid));
    const keeper = new Set(
      this.tmux("list-panes", "-a", "-F", "#{pane_pid}").split("\n").map(Number),
    );
    const writers = all.filter(
      ({ pid, parentPid }) => parentPid === server && !agents.has(pid) && !keeper.has(pid),
    );
    const pids = writers.map(({ pid }) => pid);
    const children = descendants([supervisor], all);
    const clients = children.filter(({ name }) => name.startsWith("tmux"));
    const helpers = children.filter((one) => !clients.includes(one));
    return {
      supervisor: [supervisor, ...helpers.map(({ pid }) => pid)],
      tmux: [server, ...clients.map(({ pid }) => pid)],
      writers: [...pids, ...descendants(pids, all).map(({ pid }) => pid)],
    };
  }

  /** A call by a tmux client that is started for it. */
  tmux(...args: string[]): string {
    return execFileSync("tmux", ["-S", this.home.tmuxSocket, ...args], {
      encoding: "utf8",
      env: plainEnvironment(),
      stdio: ["ignore", "pipe", "ignore"],
    }).replace(/\n$/, "");
  }

  /** Ends the supervisor as nothing else would. */
  async kill(): Promise<void> {
    const pid = this.supervisorPid;
    process.kill(pid, "SIGKILL");
    await until("its end", () => !isAlive(pid), { everyMs: 1 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    let pid = 0;
    try {
      pid = this.supervisorPid;
      process.kill(pid, "SIGCONT");
      process.kill(pid, "SIGTERM");
      await until("its end", () => !isAlive(pid), { timeoutMs: 5_000 });
    } catch {
      if (pid !== 0 && isAlive(pid)) process.kill(pid, "SIGKILL");
    }
    endServer(this.home.tmuxSocket);
    await pause(100);
  }
}
