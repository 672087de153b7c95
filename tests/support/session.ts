import type { SessionView } from "../../src/domain/draft.ts";
import { next, type Outcome } from "../../src/domain/evidence.ts";
import type { Claim, ScreenReading } from "../../src/domain/observation.ts";
import type { Session } from "../../src/domain/session.ts";
import type { Source } from "../../src/domain/source.ts";
import type { RuleContext } from "../../src/domain/turn-rules.ts";

export const t0 = 1_800_000_000_000;

/** A session record with sensible facts; tests say only what they are about. */
export function makeSession(fields: Partial<Session> = {}): Session {
  const fact = { source: "operation", at: t0, because: "test" } as const;
  return {
    id: "ap_000000000001",
    version: 1,
    name: null,
    providerId: "fake",
    providerVersion: "1.0.0",
    accountId: "fake",
    model: null,
    reasoningEffort: null,
    serviceTier: null,
    role: "explorer",
    task: "say hello",
    initialPromptMode: "send_after_launch",
    workspace: {
      mode: "read_only",
      repoPath: "/repo",
      workPath: "/repo",
      branch: null,
      baseCommit: null,
      baseTree: null,
    },
    terminal: {
      socket: "/run/tmux.sock",
      window: "@1",
      pane: "%1",
      pid: 4711,
      startToken: "1",
    },
    agentSessionId: null,
    channels: ["hook", "log"],
    acceptance: "exact",
    idleHoldMs: 400,
    envNames: [],
    providerOptions: {},
    author: "person",
    idempotencyKey: null,
    maxTurns: null,
    maxRuntimeMs: null,
    allowedFiles: null,
    supervision: "interactive",
    accountFolder: null,
    toolset: null,
    runId: null,
    tokenHashes: null,
    turnsSent: 0,
    timedOutAt: null,
    process: { ...fact, value: "alive" },
    exitCode: null,
    exitSignal: null,
    composer: { ...fact, value: "unknown" },
    currentTurnId: null,
    interrupting: null,
    turnCount: 0,
    lastTurnN: 0,
    lastDeliveryN: 0,
    limit: null,
    backgroundJobs: 0,
    reachable: { ...fact, value: true },
    closing: null,
    evidence: { sources: {}, screen: null, level: null, closed: null, over: [], tools: {} },
    state: "starting",
    stateSource: "operation",
    stateConfidence: "certain",
    stateBecause: "test",
    stateAt: t0,
    createdAt: t0,
    updatedAt: t0,
    endedAt: null,
    ...fields,
  };
}

export const idleScreen: ScreenReading = {
  busy: false,
  composer: { draft: "", pastePlaceholder: false, line: "> " },
  dialog: null,
  dialogLines: [],
  limit: null,
  rule: "composer",
  because: "> ",
};

export const busyScreen: ScreenReading = {
  ...idleScreen,
  busy: true,
  rule: "spinner",
  because: "* Working",
};

/** Plays observations against the rules the way the supervisor does, with a clock of its own. */
export class Play {
  view: SessionView;
  now = t0;
  readonly events: string[] = [];
  dueAt: number | null = null;
  #ids = 0;

  constructor(session: Partial<Session> = {}) {
    this.view = { session: makeSession(session), turns: [], deliveries: [], prompts: [] };
  }

  get context(): RuleContext {
    return { now: this.now, newId: (kind) => `${kind}_${++this.#ids}` };
  }

  get state(): string {
    return this.view.session.state;
  }

  say(source: Source, claim: Claim, options: { ref?: string; foreign?: boolean } = {}): Outcome {
    const outcome = next(
      this.view,
      [
        {
          sessionId: this.view.session.id,
          at: this.now,
          source,
          ref: options.ref ?? null,
          foreign: options.foreign ?? false,
          claim,
        },
      ],
      this.context,
    );
    this.view = outcome.view;
    this.dueAt = outcome.dueAt;
    this.events.push(...outcome.decision.events.map((event) => event.body.type));
    return outcome;
  }

  /** Lets time pass; rules that become due on the way run, as the supervisor's timer would. */
  pass(ms: number): void {
    const until = this.now + ms;
    while (this.dueAt !== null && this.dueAt <= until) {
      this.now = Math.max(this.now, this.dueAt);
      const before = this.dueAt;
      this.say("timer", { kind: "tick" });
      if (this.dueAt === before) break;
    }
    this.now = until;
  }

  turnStates(): string[] {
    return this.view.turns.map((turn) => turn.state);
  }
}
