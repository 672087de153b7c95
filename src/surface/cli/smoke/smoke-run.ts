import { AgentpoolError } from "../../../domain/errors.ts";
import type { Caller } from "../../../rpc/wire.ts";

/** What a run is expected to show. */
export interface Expected {
  /** Kind of the dialog it opens; null for none. */
  readonly asks: string | null;
  /** How its turn ends. */
  readonly ends: string;
  readonly isolation: string;
  /** Files it changes. */
  readonly changes: number;
  /** Stands in its result. */
  readonly says?: string;
}

export interface SmokeWish {
  readonly provider: string;
  readonly task: string;
  readonly repo: string;
  readonly model: string | undefined;
  readonly timeoutSeconds: number;
  /** A dialog of the start (folder trust, an update) is answered with its consent. */
  readonly acceptStartup: boolean;
  readonly expected: Expected;
}

export interface SmokeRun {
  ok: boolean;
  provider_id: string;
  session_id: string | null;
  question_event: string | null;
  question_state: string | null;
  /** Whether its dialog was answered, null where it was not to ask. */
  send: { ok: boolean } | null;
  completed_event: string | null;
  completed_state: string | null;
  artifact_dir: string | null;
  artifact_kinds: string[];
  git_dirty: boolean | null;
  changed_files: readonly string[];
  seconds: number;
  /** What was not as expected; empty for a run that is ok. */
  problems: string[];
}

interface Prompt {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly text: string;
  readonly options: readonly { readonly label: string }[];
}

interface Observed {
  readonly state: string;
  readonly event: string;
  readonly because: string;
  readonly outcome: string;
  readonly prompts: readonly Prompt[];
  readonly turn: { readonly state: string; readonly error: string | null } | null;
}

interface Collected {
  readonly artifact_dir: string;
  readonly artifacts: readonly { readonly kind: string; readonly exists: boolean }[];
  readonly git: { readonly dirty: boolean | null; readonly changed_files: readonly string[] };
  readonly worker_output: { readonly text: string | null };
}

interface Place {
  readonly caller: Caller;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly signal: AbortSignal;
}

/**
 * One session from start to end: what it asks is answered, its files are collected, and it is ended
 * whatever happens. What went wrong is told in the run and never thrown.
 */
export async function smokeRun(place: Place, wish: SmokeWish): Promise<SmokeRun> {
  const startedAt = Date.now();
  const run = emptyRun(wish.provider);
  try {
    await play(place, wish, run);
    judge(run, wish.expected);
  } catch (thrown) {
    const { message, why, hint } = AgentpoolError.from(thrown);
    run.problems.push([message, why, hint && `try: ${hint}`].filter(Boolean).join(" · "));
  } finally {
    await end(place, run, wish.expected.isolation === "worktree");
  }
  run.seconds = Math.round((Date.now() - startedAt) / 10) / 100;
  run.ok = run.problems.length === 0;
  return run;
}

async function play(place: Place, wish: SmokeWish, run: SmokeRun): Promise<void> {
  const { caller, env, cwd, signal } = place;
  const deadline = Date.now() + wish.timeoutSeconds * 1000;
  const input = {
    provider_id: wish.provider,
    task: wish.task,
    repo_path: wish.repo,
    role: "reviewer",
    isolation: wish.expected.isolation,
    ...(wish.model === undefined ? {} : { model: wish.model }),
  };
  const spawned = (await caller.call("session.spawn", { input, cwd, env }, { signal })) as {
    readonly session_id: string;
  };
  run.session_id = spawned.session_id;
  const ask = (name: string, more: Readonly<Record<string, unknown>>): Promise<unknown> =>
    caller.call(name, { input: { session_id: spawned.session_id, ...more } }, { signal });

  for (;;) {
    const left = Math.max(0, (deadline - Date.now()) / 1000);
    const seen = (await ask("session.observe", {
      wait_for: ["turn", "question", "approval_prompt", "limited", "exit"],
      timeout_seconds: left,
    })) as Observed;
    const prompt = seen.prompts.find(({ state }) => state === "open");
    if (prompt) {
      await answer(ask, prompt, { seen, wish, run });
      continue;
    }
    run.completed_event = seen.event;
    run.completed_state = seen.state;
    if (seen.outcome === "timeout") {
      run.problems.push(
        `nothing more came within ${wish.timeoutSeconds} s: ${seen.state}, ${seen.because}`,
      );
      if (seen.state === "running") await ask("session.interrupt", {});
    } else if (seen.turn?.state !== wish.expected.ends) {
      const what = seen.turn?.error ?? seen.because;
      run.problems.push(`its turn ended ${seen.turn?.state ?? "never"}: ${what}`);
    }
    break;
  }

  const collected = (await ask("session.collect", { detail: "full" })) as Collected;
  run.artifact_dir = collected.artifact_dir;
  run.artifact_kinds = collected.artifacts.filter(({ exists }) => exists).map(({ kind }) => kind);
  run.git_dirty = collected.git.dirty;
  run.changed_files = collected.git.changed_files;
  const { says } = wish.expected;
  if (says !== undefined && !(collected.worker_output.text ?? "").includes(says)) {
    run.problems.push(`its result does not hold ${says}`);
  }
}

async function answer(
  ask: (name: string, more: Readonly<Record<string, unknown>>) => Promise<unknown>,
  prompt: Prompt,
  {
    seen,
    wish,
    run,
  }: { readonly seen: Observed; readonly wish: SmokeWish; readonly run: SmokeRun },
): Promise<void> {
  const isStart = prompt.kind === "startup";
  if ((isStart && !wish.acceptStartup) || (!isStart && prompt.kind !== wish.expected.asks)) {
    throw new AgentpoolError("conflict", `It shows a ${prompt.kind} dialog: ${prompt.text}`, {
      hint: isStart ? "start the CLI once by hand and answer it" : "answer it by hand once",
    });
  }
  if (!isStart) {
    run.question_event = seen.event;
    run.question_state = seen.state;
  }
  const [option] = prompt.options;
  if (prompt.kind === "question" && option) {
    await ask("session.answer", { prompt_id: prompt.id, option: option.label });
  } else await ask("session.approve", { prompt_id: prompt.id });
  if (!isStart) run.send = { ok: true };
}

function judge(run: SmokeRun, expected: Expected): void {
  if (expected.asks !== null && run.send === null) run.problems.push("it asked nothing");
  const count = run.changed_files.length;
  if (count !== expected.changes) {
    run.problems.push(
      `it changed ${count} files and not ${expected.changes}: ${run.changed_files.join(", ")}`,
    );
  }
  if (!run.artifact_kinds.includes("transcript")) run.problems.push("it left no transcript");
}

/** The session ends and its worktree goes, by calls that a stop of the command does not cut off. */
async function end({ caller }: Place, run: SmokeRun, hasWorktree: boolean): Promise<void> {
  if (run.session_id === null) return;
  const input = { session_id: run.session_id };
  try {
    const { survivors } = (await caller.call("session.terminate", { input })) as {
      readonly survivors?: readonly unknown[];
    };
    if (survivors && survivors.length > 0) run.problems.push("processes of it do not end");
    if (hasWorktree) await caller.call("worktree.cleanup", { input: { ...input, force: true } });
  } catch (thrown) {
    run.problems.push(`not all was removed: ${AgentpoolError.from(thrown).message}`);
  }
}

function emptyRun(provider: string): SmokeRun {
  return {
    ok: false,
    provider_id: provider,
    session_id: null,
    question_event: null,
    question_state: null,
    send: null,
    completed_event: null,
    completed_state: null,
    artifact_dir: null,
    artifact_kinds: [],
    git_dirty: null,
    changed_files: [],
    seconds: 0,
    problems: [],
  };
}
