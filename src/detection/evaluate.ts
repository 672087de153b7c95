import type { SessionState } from "../domain/session.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import { judgeScreen, type ShownState } from "../provider/judge-screen.ts";
import type { Corpus, CorpusRecording, LabelledFrame, Split } from "./corpus.ts";
import type { RecordedEvent } from "./recording.ts";
import { replay, type Step } from "./replay.ts";

/** How often what the agent did (first) was taken for what (second). */
export type Confusion = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface Evaluation {
  readonly provider: string;
  readonly frames: FrameScore;
  /** States that follow from the recordings, moment by moment. */
  readonly replays: { readonly screen: ReplayScore; readonly fused: ReplayScore };
}

export interface FrameScore {
  readonly count: number;
  readonly right: number;
  /** Frames without a dialog that were read as one. */
  readonly proseAsPrompt: number;
  readonly confusion: Confusion;
  readonly wrong: readonly {
    readonly name: string;
    readonly label: string;
    readonly read: string;
  }[];
}

export interface ReplayScore {
  readonly recordings: number;
  /** Moments, four a second, at which the truth had held for a second. */
  readonly moments: number;
  readonly right: number;
  /** Times the session was idle for more than a second while a turn ran. */
  readonly falseIdle: number;
  /** Times it asked for more than two seconds while nothing was asked. */
  readonly falsePrompt: number;
  readonly confusion: Confusion;
  readonly wrong: readonly { readonly name: string; readonly what: string }[];
}

export interface EvaluationOptions {
  readonly split: Split | "all";
  readonly random: () => number;
  /** Which recordings are played; all when absent. */
  readonly plays?: (one: CorpusRecording) => boolean;
}

/** Measures a provider's rules against its corpus. */
export function evaluate(
  definition: ProviderDefinition,
  corpus: Corpus,
  { split, random, plays = () => true }: EvaluationOptions,
): Evaluation {
  const isAsked = (one: { readonly split: Split }): boolean =>
    split === "all" || one.split === split;
  const recordings = corpus.recordings.filter((one) => isAsked(one) && plays(one));
  const score = (by: "screen" | "fused"): ReplayScore =>
    scoreReplays(
      definition,
      recordings,
      (one) => replay(definition, one.recording, { by, random }),
      by,
    );
  return {
    provider: definition.id,
    frames: scoreFrames(definition, corpus.frames.filter(isAsked)),
    replays: { screen: score("screen"), fused: score("fused") },
  };
}

/**
 * What a screen must be read as. Where no rule reads limits from the screen, since what stands there
 * outlives them, a limited agent looks idle, and its log alone tells.
 */
export function expectedOn(definition: ProviderDefinition, label: ShownState): ShownState {
  const tellsLimits = definition.screen.rules.some(({ shows }) => shows === "limit");
  return label === "limited" && !tellsLimits ? "idle" : label;
}

function scoreFrames(definition: ProviderDefinition, frames: readonly LabelledFrame[]): FrameScore {
  const confusion = new Counts();
  const wrong: FrameScore["wrong"][number][] = [];
  let proseAsPrompt = 0;
  for (const { name, label, screen, version } of frames) {
    const { state } = judgeScreen(definition.screen, screen, version);
    confusion.add(label, state);
    if (state === expectedOn(definition, label)) continue;
    wrong.push({ name, label, read: state });
    if (state.startsWith("awaiting") && !label.startsWith("awaiting")) proseAsPrompt++;
  }
  return {
    count: frames.length,
    right: frames.length - wrong.length,
    proseAsPrompt,
    confusion: confusion.table,
    wrong,
  };
}

const everyMs = 250;
const steadyMs = 1_000;
const lastingMs = 2_000;

function scoreReplays(
  definition: ProviderDefinition,
  recordings: readonly CorpusRecording[],
  play: (one: CorpusRecording) => Step[],
  by: "screen" | "fused",
): ReplayScore {
  const confusion = new Counts();
  const wrong: ReplayScore["wrong"][number][] = [];
  const sum = { moments: 0, right: 0, falseIdle: 0, falsePrompt: 0 };
  for (const one of recordings) {
    const steps = play(one);
    const seconds = (atMs: number): string => (atMs / 1000).toFixed(1);
    for (const { from, to, label } of truths(one.recording.events)) {
      const expected = by === "screen" ? expectedOn(definition, label) : label;
      // where the screen is the only witness, it must look idle for the provider's whole patience
      const patienceMs = by === "screen" && expected === "idle" ? definition.screen.idleHoldMs : 0;
      for (let at = from + steadyMs + patienceMs; at < to; at += everyMs) {
        const state = stateAt(steps, at);
        confusion.add(label, state);
        sum.moments++;
        if (state === expected) sum.right++;
      }
      for (const { state, fromMs, toMs } of within(steps, from, to)) {
        if (toMs - fromMs <= steadyMs + patienceMs || state === expected) continue;
        const what = `${state} from ${seconds(fromMs)} to ${seconds(toMs)} s, was ${label}`;
        const isIdle = state === "idle" && label !== "limited";
        // the picture of a dialog may outlive it on a busy machine
        const isPrompt =
          state.startsWith("awaiting") &&
          !label.startsWith("awaiting") &&
          toMs - fromMs > lastingMs;
        if (isIdle) sum.falseIdle++;
        if (isPrompt) sum.falsePrompt++;
        wrong.push({ name: one.name, what });
      }
    }
  }
  return { recordings: recordings.length, ...sum, confusion: confusion.table, wrong };
}

interface Truth {
  readonly from: number;
  readonly to: number;
  readonly label: ShownState;
}

/** Stretches in which it is known what the agent did. */
function truths(events: readonly RecordedEvent[]): Truth[] {
  const end = events.at(-1)?.atMs ?? 0;
  const marks = events.flatMap((event) => (event.kind === "label" ? [event] : []));
  return marks.flatMap(({ atMs, label }, index) =>
    label === null ? [] : [{ from: atMs, to: marks[index + 1]?.atMs ?? end, label }],
  );
}

function stateAt(steps: readonly Step[], atMs: number): SessionState {
  return steps.findLast((step) => step.atMs <= atMs)?.state ?? "starting";
}

function within(
  steps: readonly Step[],
  from: number,
  to: number,
): { readonly state: SessionState; readonly fromMs: number; readonly toMs: number }[] {
  return steps.flatMap(({ atMs, state }, index) => {
    const fromMs = Math.max(atMs, from);
    const toMs = Math.min(steps[index + 1]?.atMs ?? to, to);
    return toMs > fromMs ? [{ state, fromMs, toMs }] : [];
  });
}

class Counts {
  readonly table: Record<string, Record<string, number>> = {};

  add(label: string, read: string): void {
    const row = (this.table[label] ??= {});
    row[read] = (row[read] ?? 0) + 1;
  }
}
