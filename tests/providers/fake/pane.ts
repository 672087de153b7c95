import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fake from "../../../providers/fake/provider.ts";
import type { LaunchRequest } from "../../../src/provider/definition.ts";
import { waitFor } from "../../support/wait.ts";

/** One line of the agent's own record. */
export interface Fact {
  readonly n: number;
  readonly at: number;
  readonly fact: string;
  readonly [detail: string]: unknown;
}

export interface HookCall {
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Where an answer is to be written, for hooks that wait for one. */
  readonly replyPath: string;
}

export interface PaneOptions {
  readonly columns?: number;
  readonly rows?: number;
  /** The first prompt as an argument. */
  readonly prompt?: string;
  readonly request?: Partial<LaunchRequest>;
}

/** Drops the payload as one file; with a second word it waits for a reply and prints that. */
const hookScript = `f="$1/$2.$$"; cat > "$f.tmp"; mv "$f.tmp" "$f.json"
if [ "$3" = reply ]; then while [ ! -e "$f.reply" ]; do sleep 0.02; done; cat "$f.reply"; fi`;

/** A private tmux server in a folder of its own, with the scripted agent in its panes. */
export class FakeAgents {
  readonly folder = mkdtempSync(join(tmpdir(), "fake-agent-"));
  readonly #socket = join(this.folder, "tmux");
  #panes = 0;

  constructor() {
    this.tmux("new-session", "-d", "-x", "20", "-y", "5", "-s", "keep", "sleep", "600");
    this.tmux("set-option", "-g", "remain-on-exit", "on");
    writeFileSync(join(this.folder, "hook.sh"), hookScript);
  }

  /** Starts an agent as its definition says and waits until its input line is there. */
  async open(extra: Record<string, string> = {}, options: PaneOptions = {}): Promise<FakePane> {
    const pane = this.start(extra, options);
    await pane.until("ready");
    return pane;
  }

  /** Starts an agent without waiting for anything. */
  start(extra: Record<string, string> = {}, options: PaneOptions = {}): FakePane {
    this.#panes += 1;
    const name = `p${this.#panes}`;
    const folder = join(this.folder, name);
    const workPath = join(folder, "work");
    const spool = join(folder, "spool");
    mkdirSync(workPath, { recursive: true });
    const agentFolder = join(folder, "agent");
    mkdirSync(spool);
    mkdirSync(agentFolder);
    const plan = fake.launch({
      ...launchRequest(folder, extra),
      folder: agentFolder,
      hook: (event, { replyWithinS } = {}) =>
        `sh '${this.folder}/hook.sh' '${spool}' ${event} ${replyWithinS === undefined ? "" : "reply"}`,
      promptArgument: options.prompt ?? null,
      ...options.request,
    });
    for (const file of plan.files) writeFileSync(file.path, file.content, { mode: 0o600 });
    const env = Object.entries(plan.env).flatMap(([key, value]) => ["-e", `${key}=${value}`]);
    const size = ["-x", String(options.columns ?? 100), "-y", String(options.rows ?? 30)];
    const place = ["-d", "-s", name, "-c", workPath];
    this.tmux("new-session", ...place, ...size, ...env, "--", ...plan.argv);
    return new FakePane(this, name, { folder, workPath, spool, facts: plan.facts });
  }

  tmux(...args: string[]): string {
    return execFileSync("tmux", ["-S", this.#socket, "-f", "/dev/null", ...args], {
      encoding: "utf8",
      timeout: 60_000,
    });
  }

  /** Gives the input to tmux, for texts that are no argument. */
  load(buffer: string, text: string | Uint8Array): void {
    execFileSync("tmux", ["-S", this.#socket, "load-buffer", "-b", buffer, "-"], {
      input: text,
      timeout: 60_000,
    });
  }

  close(): void {
    for (const pid of this.#survivors()) process.kill(pid, "SIGKILL");
    this.tmux("kill-server");
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Agents that were told to ignore a hang-up would outlive their server. */
  #survivors(): number[] {
    return this.tmux("list-panes", "-a", "-F", "#{pane_dead} #{pane_pid}")
      .trim()
      .split("\n")
      .filter((line) => line.startsWith("0 "))
      .map((line) => Number(line.slice(2)));
  }
}

export interface PanePlaces {
  readonly folder: string;
  readonly workPath: string;
  readonly spool: string;
  readonly facts: Readonly<Record<string, string>>;
}

export class FakePane {
  readonly #agents: FakeAgents;
  readonly #name: string;
  readonly places: PanePlaces;

  constructor(agents: FakeAgents, name: string, places: PanePlaces) {
    this.#agents = agents;
    this.#name = name;
    this.places = places;
  }

  get workPath(): string {
    return this.places.workPath;
  }

  get logPath(): string {
    return this.places.facts["log"] ?? "";
  }

  get pid(): number {
    return Number(this.#ask("#{pane_pid}"));
  }

  get title(): string {
    return this.#ask("#{pane_title}");
  }

  /** One bracketed paste. */
  paste(text: string | Uint8Array): void {
    this.#agents.load(this.#name, text);
    this.#agents.tmux("paste-buffer", "-dpr", "-b", this.#name, "-t", this.#name);
  }

  press(...keys: string[]): void {
    this.#agents.tmux("send-keys", "-t", this.#name, ...keys);
  }

  type(text: string): void {
    this.#agents.tmux("send-keys", "-t", this.#name, "-l", "--", text);
  }

  /** Pastes, waits until the agent has it, and presses Enter. */
  async send(text: string): Promise<void> {
    const pastes = this.facts("paste").length;
    this.paste(text);
    await this.until("paste", { count: pastes + 1 });
    this.press("Enter");
  }

  /** Visible rows without colours, without empty ones at the end. */
  screen(...flags: string[]): string {
    return this.#agents.tmux("capture-pane", "-p", "-t", this.#name, ...flags).trimEnd();
  }

  /** Takes the terminal away. */
  kill(): void {
    this.#agents.tmux("kill-session", "-t", this.#name);
  }

  /** Writes all the agent draws from now on into a file too, and gives its path. */
  copyOutput(name: string): string {
    const path = join(this.places.folder, name);
    writeFileSync(path, "");
    this.#agents.tmux("pipe-pane", "-t", this.#name, `cat >> '${path}'`);
    return path;
  }

  resize(columns: number, rows: number): void {
    const size = ["-x", String(columns), "-y", String(rows)];
    this.#agents.tmux("resize-window", "-t", this.#name, ...size);
  }

  facts(name?: string): Fact[] {
    const all = readLines(this.places.facts["record"] ?? "") as unknown as Fact[];
    return name === undefined ? all : all.filter((fact) => fact.fact === name);
  }

  /** The `count`-th fact of this name, once there is one. */
  until(name: string, { count = 1 } = {}): Promise<Fact> {
    return waitFor(() => this.facts(name)[count - 1], { what: `fact ${name} ${count}` });
  }

  untilScreen(pattern: RegExp): Promise<string> {
    return waitFor(
      () => {
        const screen = this.screen();
        return pattern.test(screen) ? screen : undefined;
      },
      { what: `${pattern} on screen` },
    );
  }

  /** Hook calls so far, in their order. */
  hooks(event?: string): HookCall[] {
    const { spool } = this.places;
    return readdirSync(spool)
      .filter((file) => file.endsWith(".json"))
      .map((file) => ({ file, at: statSync(join(spool, file), { bigint: true }).mtimeNs }))
      .toSorted((a, b) => (a.at < b.at ? -1 : 1))
      .map(({ file }) => ({
        event: file.split(".")[0] ?? "",
        payload: JSON.parse(readFileSync(join(spool, file), "utf8")) as HookCall["payload"],
        replyPath: join(spool, file.replace(/json$/, "reply")),
      }))
      .filter((call) => event === undefined || call.event === event);
  }

  untilHook(event: string, count = 1): Promise<HookCall> {
    return waitFor(() => this.hooks(event)[count - 1], { what: `hook ${event} ${count}` });
  }

  /** Answers a hook that waits, all at once. */
  reply({ replyPath }: HookCall, text: string): void {
    writeFileSync(`${replyPath}.tmp`, text);
    renameSync(`${replyPath}.tmp`, replyPath);
  }

  /** Lines of the transcript. */
  log(type?: string): Record<string, unknown>[] {
    return readLines(this.logPath).filter((line) => type === undefined || line["type"] === type);
  }

  /** How the process ended, once it did. */
  ended(): Promise<{ readonly code: string; readonly signal: string }> {
    return waitFor(
      () => {
        const [dead, code = "", signal = ""] = this.#ask(
          "#{pane_dead}|#{pane_dead_status}|#{pane_dead_signal}",
        ).split("|");
        if (dead !== "1") return undefined;
        if (code !== "" || signal !== "") return { code, signal };
        // tmux 3.3 may overlook the end of a child until another one ends
        this.#agents.tmux("run-shell", "true");
        return undefined;
      },
      { what: "the end of the agent" },
    );
  }

  get alive(): boolean {
    return this.#ask("#{pane_dead}") === "0";
  }

  #ask(format: string): string {
    return this.#agents.tmux("display-message", "-p", "-t", this.#name, format).trimEnd();
  }
}

export function launchRequest(folder: string, extra: Record<string, string>): LaunchRequest {
  return {
    binary: process.execPath,
    version: "1.0.0",
    sessionId: "ap_0123456789ab",
    conversationId: "11111111-2222-4333-8444-555555555555",
    resume: null,
    workPath: join(folder, "work"),
    mode: "shared",
    model: null,
    effort: null,
    serviceTier: null,
    promptArgument: null,
    env: {},
    folder,
    trustFolder: false,
    port: 1,
    secret: "",
    hook: (event) => `true ${event}`,
    extra,
  };
}

function readLines(path: string): Record<string, unknown>[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return [];
  }
  const complete = text.slice(0, text.lastIndexOf("\n") + 1);
  return complete
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
