/** One program in a plain tmux of its own, for looking at an agent CLI without agentpool. */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { waitFor } from "../wait.ts";

const run = promisify(execFile);

export interface PaneOptions {
  readonly argv: readonly string[];
  /** The whole environment of the program, and of the tmux server around it. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Default 200x50. */
  readonly columns?: number;
  readonly lines?: number;
}

export class Pane {
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#env = env;
  }

  static async start(options: PaneOptions): Promise<Pane> {
    const folder = await mkdtemp(join(tmpdir(), "ap-pane-"));
    const pane = new Pane(folder, { TERM: "xterm-256color", ...options.env });
    const size = ["-x", String(options.columns ?? 200), "-y", String(options.lines ?? 50)];
    // remain-on-exit has to be set in the same command list: a program may end at once.
    const commands = [
      ["set-option", "-g", "remain-on-exit", "on"],
      ["set-option", "-g", "default-terminal", "tmux-256color"],
      ["set-option", "-g", "status", "off"],
      ["new-session", "-d", "-s", "agent", ...size, "-c", options.cwd, "--", ...options.argv],
    ];
    await pane.tmux(...commands.flatMap((command) => [...command, ";"]).slice(0, -1));
    return pane;
  }

  async tmux(...args: readonly string[]): Promise<string> {
    const { stdout } = await run(
      "tmux",
      ["-S", join(this.#folder, "s"), "-f", "/dev/null", ...args],
      { env: this.#env, timeout: 10_000, maxBuffer: 64 << 20 },
    );
    return stdout;
  }

  /** Bracketed paste through a buffer, as a terminal does it; no Enter. */
  async paste(text: string): Promise<void> {
    const name = randomBytes(4).toString("hex");
    const loading = run("tmux", ["-S", join(this.#folder, "s"), "load-buffer", "-b", name, "-"], {
      env: this.#env,
      timeout: 10_000,
    });
    loading.child.stdin?.end(text);
    await loading;
    await this.tmux("paste-buffer", "-dpr", "-b", name, "-t", "agent");
  }

  /** Characters one by one, as a person types them. */
  async type(text: string): Promise<void> {
    await this.tmux("send-keys", "-t", "agent", "-l", "--", text);
  }

  /** Keys in tmux's spelling: `Enter`, `Escape`, `C-c`, `1`. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.tmux("send-keys", "-t", "agent", ...keys);
  }

  /** What stands on the screen; `escapes` keeps colours. */
  async screen(options: { readonly escapes?: boolean } = {}): Promise<string> {
    return await this.tmux(
      "capture-pane",
      "-p",
      "-t",
      "agent",
      ...(options.escapes === true ? ["-e"] : []),
    );
  }

  async resize(columns: number, lines: number): Promise<void> {
    await this.tmux("resize-window", "-t", "agent", "-x", String(columns), "-y", String(lines));
  }

  async title(): Promise<string> {
    return (await this.tmux("display-message", "-p", "-t", "agent", "#{pane_title}")).trimEnd();
  }

  async pid(): Promise<number> {
    return Number(await this.tmux("display-message", "-p", "-t", "agent", "#{pane_pid}"));
  }

  /** How the program ended; undefined while it runs or tmux does not know yet. */
  async exit(): Promise<{ readonly code: number | null; readonly signal: string } | undefined> {
    const format = "#{pane_dead}|#{pane_dead_status}|#{pane_dead_signal}";
    const [dead, code, signal] = (await this.tmux("display-message", "-p", "-t", "agent", format))
      .trimEnd()
      .split("|");
    if (dead !== "1") return undefined;
    if (code === "" && signal === "") {
      // tmux 3.3 sometimes misses that a pane's process ended and leaves it a zombie; the end of
      // any other child makes it look again.
      await this.tmux("run-shell", "-b", "true");
      return undefined;
    }
    return { code: code === "" ? null : Number(code), signal: signal ?? "" };
  }

  /** Waits until the screen matches and returns it; the error shows the last screen. */
  async waitForScreen(
    pattern: RegExp | string,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<string> {
    let last = "";
    const matches = (screen: string): boolean =>
      typeof pattern === "string" ? screen.includes(pattern) : pattern.test(screen);
    try {
      return await waitFor(
        async () => {
          last = await this.screen();
          return matches(last) && last;
        },
        { timeoutMs: options.timeoutMs ?? 40_000, what: `${String(pattern)} on the screen` },
      );
    } catch (error) {
      throw new Error(`${String(error)}\nthe screen was:\n${last.trimEnd()}`, { cause: error });
    }
  }

  /** Waits until the screen has stood still for so long. */
  async waitForStill(
    stillMs: number,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<void> {
    let last = "";
    let since = Date.now();
    await waitFor(
      async () => {
        const screen = await this.screen();
        if (screen !== last) since = Date.now();
        last = screen;
        return Date.now() - since >= stillMs;
      },
      { timeoutMs: options.timeoutMs ?? 40_000, what: "a still screen" },
    );
  }

  /** Ends the program, its tmux server and its folder. */
  async close(): Promise<void> {
    const pid = await this.pid().catch(() => 0);
    await this.tmux("kill-server").catch(() => "");
    // opencode can outlive its terminal and then spins.
    if (pid > 0) endGroup(pid);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Ends what is left of a pane's process group, which the program leads. */
function endGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // Gone by itself.
  }
}
