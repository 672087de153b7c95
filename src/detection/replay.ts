import { plainRequest } from "../session/spawn-request.ts";
import { next } from "../domain/evidence.ts";
import type { SessionView } from "../domain/draft.ts";
import type { Claim, Observation, ScreenReading } from "../domain/observation.ts";
import { isEndState, type SessionState } from "../domain/session.ts";
import { isStructured, type Source } from "../domain/source.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import { readScreen } from "../provider/read-screen.ts";
import { sessionRow } from "../session/session-row.ts";
import type { Recording, RecordedEvent } from "./recording.ts";
import { Terminal } from "./terminal.ts";

/** From this moment on the session was in this state. */
export interface Step {
  readonly atMs: number;
  readonly state: SessionState;
}

export interface ReplayOptions {
  /** `screen`: nothing but what the pane shows; `fused`: all that the agent told, besides. */
  readonly by: "screen" | "fused";
  /** From 0 to 1; output is cut into other pieces by it than those it came in. */
  readonly random: () => number;
}

/** As in src/session/sources/screen.ts: so often a screen is read while output goes on. */
const busyEveryMs = 250;
const busyWithChannelEveryMs = 1_000;

/**
 * Plays a recording through a terminal, the screen rules and the rules from evidence to state, with
 * a clock of its own, as a supervisor that watched the pane would have seen it.
 */
export function replay(
  definition: ProviderDefinition,
  recording: Recording,
  { by, random }: ReplayOptions,
): Step[] {
  const terminal = new Terminal(recording);
  const play = new Play(definition, recording, by);
  const facts = definition.screen;
  let newsAt: number | null = null;
  let dueAt = Infinity;
  let last = "";

  const look = (): void => {
    newsAt = null;
    dueAt = Infinity;
    const { screen } = terminal;
    const key = `${screen.title}\n${screen.lines.join("\n")}`;
    if (key === last) return;
    last = key;
    const reading = readScreen(facts, screen, recording.version);
    if (reading) play.see(reading);
  };
  const passTo = (atMs: number): void => {
    while (dueAt <= atMs) {
      play.passTo(dueAt);
      look();
    }
    play.passTo(atMs);
  };

  for (const event of cutAnew(recording.events, random)) {
    passTo(event.atMs);
    if (event.kind === "statement" && by === "fused") play.say(event.source, event.claim);
    if (event.kind === "output") terminal.write(event.text);
    if (event.kind === "resize") terminal.resize(event.cols, event.rows);
    if (event.kind !== "output" && event.kind !== "resize") continue;
    newsAt ??= event.atMs;
    const patience = play.isTold ? busyWithChannelEveryMs : busyEveryMs;
    dueAt = Math.min(event.atMs + facts.settleMs, newsAt + patience);
  }
  passTo((recording.events.at(-1)?.atMs ?? 0) + facts.settleMs);
  return play.steps;
}

/** What is held back of a piece comes so soon after it, as where a terminal reads in two goes. */
const heldBackMs = 10;
const heldBackCharacters = 40;

/** Output cut in other places, within sequences too; some of it comes a moment later. */
function* cutAnew(
  events: readonly RecordedEvent[],
  random: () => number,
): Generator<RecordedEvent> {
  let held: Extract<RecordedEvent, { kind: "output" }> | undefined;
  for (const event of events) {
    if (held && (event.kind === "resize" || held.atMs <= event.atMs)) {
      yield held;
      held = undefined;
    }
    if (event.kind !== "output") {
      yield event;
      continue;
    }
    const text = (held?.text ?? "") + event.text;
    const keep = random() < 0.5 ? 0 : Math.floor(random() * heldBackCharacters);
    const [now, later] = [text.slice(0, text.length - keep), text.slice(text.length - keep)];
    held = later === "" ? undefined : { ...event, atMs: event.atMs + heldBackMs, text: later };
    const cut = Math.floor(random() * now.length);
    yield { ...event, text: now.slice(0, cut) };
    yield { ...event, text: now.slice(cut) };
  }
  if (held) yield held;
}

/** One session under the pure rules. */
class Play {
  readonly steps: Step[] = [];
  readonly #definition: ProviderDefinition;
  readonly #fused: boolean;
  #view: SessionView;
  #now = 0;
  #dueAt: number | null = null;
  #ids = 0;
  /** A dialog that a channel will tell of in a moment, and when it is taken from the screen. */
  #held: { readonly reading: ScreenReading; readonly at: number } | undefined;

  constructor(definition: ProviderDefinition, recording: Recording, by: "screen" | "fused") {
    this.#definition = definition;
    this.#fused = by === "fused";
    const row = sessionRow("ap_000000000000", 0, definition, {
      request: noRequest(definition.id),
      workspace: noWorkspace,
      version: recording.version,
      accountFolder: null,
      promptMode: "send_after_launch",
      agentSessionId: null,
      tokenHash: null,
      author: "person",
      idempotencyKey: "",
      secrets: [],
      accountId: "",
      providerOptions: {},
    });
    const session = by === "fused" ? row : { ...row, channels: [], acceptance: "none" as const };
    this.#view = { session, turns: [], deliveries: [], prompts: [] };
    this.say("process", { kind: "process_started" });
  }

  /** A channel of the agent speaks, and a turn runs. */
  get isTold(): boolean {
    const { evidence, state } = this.#view.session;
    return (
      state === "running" &&
      Object.keys(evidence.sources).some((source) => isStructured(source as Source))
    );
  }

  see(reading: ScreenReading): void {
    const shown = this.#untold(reading);
    const { dialogLagMs } = this.#definition.screen;
    const mayBeTold =
      this.#fused &&
      dialogLagMs !== undefined &&
      shown.dialog !== null &&
      this.#view.session.currentTurnId !== null &&
      this.#view.prompts.length === 0;
    this.#held = mayBeTold ? { reading: shown, at: this.#now + dialogLagMs } : undefined;
    if (!mayBeTold) this.say("screen", { kind: "screen", reading: shown });
  }

  say(source: Source, claim: Claim): void {
    if (isEndState(this.#view.session.state)) return;
    const observation: Observation = {
      sessionId: this.#view.session.id,
      at: this.#now,
      source,
      ref: null,
      foreign: false,
      claim,
    };
    const outcome = next(this.#view, [observation], {
      now: this.#now,
      newId: (kind) => `${kind}_${++this.#ids}`,
    });
    this.#view = outcome.view;
    this.#dueAt = outcome.dueAt;
    const { state } = this.#view.session;
    if (this.steps.at(-1)?.state !== state) this.steps.push({ atMs: this.#now, state });
  }

  /** Lets time pass; rules that become due on the way run. */
  passTo(atMs: number): void {
    if (this.#held && this.#held.at <= atMs) {
      const { reading, at } = this.#held;
      this.#held = undefined;
      this.#tickTo(at);
      this.say("screen", { kind: "screen", reading });
    }
    this.#tickTo(atMs);
    this.#now = Math.max(this.#now, atMs);
  }

  #tickTo(atMs: number): void {
    while (this.#dueAt !== null && this.#dueAt <= atMs) {
      const before = this.#dueAt;
      this.#now = Math.max(this.#now, before);
      this.say("timer", { kind: "tick" });
      if (this.#dueAt === before) break;
    }
    this.#now = Math.max(this.#now, atMs);
  }

  /** Without what the agent's API tells itself. */
  #untold(reading: ScreenReading): ScreenReading {
    const { api } = this.#definition;
    if (!this.#fused || !api) return reading;
    const isTold = reading.dialog !== null && api.answers?.includes(reading.dialog.kind) === true;
    return { ...reading, limit: null, ...(isTold ? { dialog: null, dialogLines: [] } : {}) };
  }
}

const noWorkspace = {
  mode: "shared",
  repoPath: "/",
  workPath: "/",
  branch: null,
  baseCommit: null,
  baseTree: null,
} as const;

function noRequest(provider: string): Parameters<typeof sessionRow>[3]["request"] {
  return {
    ...plainRequest,
    provider,
    task: "",
    repo: "/",
    role: "custom",
    mode: "shared",
    env: {},
    cwd: "/",
  };
}
