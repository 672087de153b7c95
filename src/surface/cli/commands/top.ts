import { AgentpoolError } from "../../../domain/errors.ts";
import { liveStates } from "../../../domain/session.ts";
import type { Operation } from "../../../operations/define.ts";
import { attach as attachOperation } from "../../../operations/session/attach.ts";
import type { Output as Listed } from "../../../operations/session/list.ts";
import type { Output as Shown } from "../../../operations/session/show.ts";
import type { Output as TokensOutput } from "../../../operations/statistics/tokens-show.ts";
import type { UsageOutput } from "../../../operations/usage/rows.ts";
import type { Caller } from "../../../rpc/wire.ts";
import { isTerminal } from "../io.ts";
import { requireTerminal, type Shell } from "../shell.ts";
import { readKeys, type Key } from "../top/keyboard.ts";
import { drawTop, type View } from "../top/screen.ts";
import { openFullScreen, type FullScreen } from "../top/terminal.ts";
import { attach } from "./attach.ts";

/** A burst of events is asked for and drawn once. */
const settleMs = 40;
/** Tokens are summed up so often at most. */
const tokensMs = 2_000;
/** Ages grow on a screen where nothing else happens. */
const ageMs = 1_000;

/** A live table of sessions on the whole terminal, on whose rows keys act. */
export async function top(shell: Shell): Promise<number> {
  requireTerminal(
    isTerminal("stdin") && isTerminal("stdout"),
    "agentpool top",
    "agentpool sessions --follow",
  );
  return shell.supervised.with((caller) => new Top(shell, caller).run());
}

class Top {
  readonly #shell: Shell;
  readonly #caller: Caller;
  readonly #stop = new AbortController();
  #view: View = {
    sessions: [],
    selected: null,
    prompts: [],
    left: new Map(),
    tokens: new Map(),
    help: false,
    message: "",
    typing: null,
  };
  #screen: FullScreen | undefined;
  #tokensAreOld = false;
  #tokensAskedAt = 0;
  #due: NodeJS.Timeout | undefined;
  #status = 0;
  #failed: unknown;
  /** An action that is under way; keys that would begin another wait for its end. */
  #acting: Promise<void> | undefined;

  constructor(shell: Shell, caller: Caller) {
    this.#shell = shell;
    this.#caller = caller;
  }

  async run(): Promise<number> {
    // asked before the terminal is taken: what goes wrong here is told as ever
    await this.#ask();
    await this.#askUsage();
    await this.#askTokens();
    const screen = openFullScreen((text) => {
      for (const key of readKeys(text)) this.#press(key);
    });
    this.#screen = screen;
    const quit = (status: number) => (): void => this.#quit(status);
    const signals = { SIGINT: quit(130), SIGTERM: quit(143), SIGHUP: quit(129) };
    for (const [name, listener] of Object.entries(signals)) process.on(name, listener);
    const draw = (): void => this.#draw();
    process.stdout.on("resize", draw);
    const ticks = setInterval(() => {
      draw();
      if (!this.#tokensAreOld || Date.now() - this.#tokensAskedAt < tokensMs) return;
      this.#askTokens()
        .catch(() => undefined) // what is wrong shows at the next event
        .finally(draw);
    }, ageMs);
    try {
      this.#draw();
      for await (const _ of this.#caller.events({}, this.#stop.signal)) this.#changed();
      if (this.#failed !== undefined) throw this.#failed;
      return this.#status;
    } catch (thrown) {
      if (this.#stop.signal.aborted && this.#failed === undefined) return this.#status;
      throw thrown;
    } finally {
      clearInterval(ticks);
      clearTimeout(this.#due);
      process.stdout.off("resize", draw);
      for (const [name, listener] of Object.entries(signals)) process.off(name, listener);
      screen.close();
    }
  }

  #quit(status: number): void {
    this.#status = status;
    this.#stop.abort();
  }

  #draw(): void {
    const size = { columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 };
    const style = { ...this.#shell.style, columns: size.columns, nowMs: Date.now() };
    this.#screen?.draw(drawTop(this.#view, size, style));
  }

  #set(part: Partial<View>): void {
    this.#view = { ...this.#view, ...part };
    this.#draw();
  }

  #changed(): void {
    this.#due ??= setTimeout(() => {
      this.#due = undefined;
      this.#ask()
        .then(() => this.#draw())
        .catch((thrown: unknown) => {
          this.#failed = thrown;
          this.#stop.abort();
        });
    }, settleMs);
  }

  #call(name: string, input: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.#caller.call(name, { input, cwd: this.#shell.cwd }, { signal: this.#stop.signal });
  }

  async #ask(): Promise<void> {
    const { sessions } = (await this.#call("session.list", {
      state: [...liveStates],
      limit: 500,
    })) as Listed;
    const { selected } = this.#view;
    const kept = sessions.some(({ id }) => id === selected) ? selected : null;
    // who asks is chosen first
    const first = sessions.find((one) => one.open_prompts > 0) ?? sessions[0];
    this.#view = { ...this.#view, sessions, selected: kept ?? first?.id ?? null };
    await this.#askPrompts();
    this.#tokensAreOld = true;
  }

  async #askPrompts(): Promise<void> {
    const { selected, sessions } = this.#view;
    const asks = sessions.some(({ id, open_prompts: open }) => id === selected && open > 0);
    const shown = asks
      ? ((await this.#call("session.show", { session_id: selected })) as Shown)
      : undefined;
    if (this.#view.selected !== selected) return;
    const prompts = shown?.prompts.filter(({ state }) => state === "open") ?? [];
    this.#view = { ...this.#view, prompts };
  }

  async #askUsage(): Promise<void> {
    const { accounts } = (await this.#call("usage.show", {})) as UsageOutput;
    const left = new Map<string, number>();
    for (const { provider_id: provider, windows } of accounts) {
      for (const { remaining_percent: percent } of windows) {
        if (percent === null) continue;
        left.set(provider, Math.min(percent, left.get(provider) ?? 100));
      }
    }
    this.#view = { ...this.#view, left };
  }

  /** Sums over all turns of the live sessions: asked for now and then, not at every event. */
  async #askTokens(): Promise<void> {
    this.#tokensAreOld = false;
    this.#tokensAskedAt = Date.now();
    const { sessions } = this.#view;
    const oldest = sessions.map((one) => one.created_at).toSorted()[0];
    if (oldest === undefined) return;
    const input = { by: "session", from: oldest };
    const { rows } = (await this.#call("stats.tokens", input)) as TokensOutput;
    const tokens = new Map(rows.map((row) => [row.key, row.input + row.output]));
    this.#view = { ...this.#view, tokens };
  }

  #press(key: Key): void {
    if (key.name === "interrupt") return this.#quit(130);
    if (this.#view.help) {
      if (key.name === "text" && key.text === "q") return this.#quit(0);
      return this.#set({ help: false });
    }
    if (this.#view.typing !== null) return this.#type(key, this.#view.typing);
    if (key.name === "text") {
      for (const letter of key.text) this.#command(letter);
      return;
    }
    if (key.name === "up" || key.name === "down") return this.#move(key.name === "up" ? -1 : 1);
    if (key.name === "enter") return this.#attach(false);
    if (key.name === "end") return this.#quit(0);
  }

  #command(letter: string): void {
    const { prompts } = this.#view;
    switch (letter) {
      case "q":
        return this.#quit(0);
      case "?":
        return this.#set({ help: true });
      case "k":
        return this.#move(-1);
      case "j":
        return this.#move(1);
      case "a":
        return this.#attach(false);
      case "w":
        return this.#attach(true);
      case "y":
        return this.#act("approved", "session.approve", {});
      case "n":
        return this.#act("denied", "session.deny", {});
      case "i":
        return this.#act("interrupted", "session.interrupt", {});
      case "r":
        return this.#set(
          prompts.length > 0
            ? { typing: "", message: "its number, an option, or a text; escape leaves" }
            : { message: "it asks nothing" },
        );
    }
  }

  #type(key: Key, typed: string): void {
    if (key.name === "text") return this.#set({ typing: typed + key.text });
    if (key.name === "backspace") {
      return this.#set({ typing: Array.from(typed).slice(0, -1).join("") });
    }
    if (key.name !== "escape" && key.name !== "enter") return;
    this.#set({ typing: null, message: "" });
    if (key.name === "escape" || typed.trim() === "") return;
    const [prompt] = this.#view.prompts;
    const label = (
      prompt?.options[Number(typed) - 1] ??
      prompt?.options.find((one) => one.label.toLowerCase() === typed.trim().toLowerCase())
    )?.label;
    this.#act(
      "answered",
      "session.answer",
      label === undefined ? { text: typed } : { option: label },
    );
  }

  #move(by: number): void {
    const { sessions, selected } = this.#view;
    const at = sessions.findIndex(({ id }) => id === selected);
    const next = sessions[Math.max(0, Math.min(sessions.length - 1, at + by))];
    if (!next) return;
    this.#set({ selected: next.id, prompts: [], message: "" });
    this.#askPrompts()
      .catch(() => undefined) // what is wrong shows at the next event
      .finally(() => this.#draw());
  }

  /** Acts on the chosen session; an answer is meant for the dialog that is on the screen, or none. */
  #act(done: string, name: string, input: Readonly<Record<string, unknown>>): void {
    const { selected, prompts } = this.#view;
    if (selected === null) return;
    if (this.#acting) return this.#set({ message: "one thing at a time" });
    const [prompt] = prompts;
    const isAnswer = name !== "session.interrupt";
    if (isAnswer && !prompt) return this.#set({ message: "it asks nothing" });
    const meant = isAnswer && prompt ? { prompt_id: prompt.id } : {};
    this.#set({ message: "..." });
    this.#run(
      this.#call(name, { session_id: selected, ...meant, ...input }).then(() =>
        this.#set({ message: done }),
      ),
    );
  }

  #attach(write: boolean): void {
    const { selected } = this.#view;
    const screen = this.#screen;
    if (selected === null || !screen || this.#acting) return;
    const shell: Shell = {
      ...this.#shell,
      json: false,
      ask: (operation: Operation, input) => this.#call(operation.name, input),
    };
    this.#run(
      screen
        .lend(() => attach(shell, attachOperation, { session_id: selected, rw: write }))
        .then(() => this.#set({ message: "" })),
    );
  }

  #run(work: Promise<unknown>): void {
    const acting = work
      .then(() => undefined)
      .catch((thrown: unknown) => {
        if (this.#stop.signal.aborted) return;
        const { message, code } = AgentpoolError.from(thrown);
        this.#set({ message: `${message} (${code})` });
      })
      .finally(() => {
        if (this.#acting === acting) this.#acting = undefined;
        this.#draw();
      });
    this.#acting = acting;
  }
}
