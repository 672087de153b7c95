import { readFileSync } from "node:fs";
import { AgentpoolError } from "../../../domain/errors.ts";
import type { Output as Collected } from "../../../operations/session/collect.ts";
import type { Observation } from "../../../operations/session/observe.ts";
import type { Output as Spawned } from "../../../operations/session/spawn.ts";
import type { Output as Cleaned } from "../../../operations/worktree/cleanup.ts";
import type { Caller } from "../../../rpc/wire.ts";
import { writeErr } from "../io.ts";
import { print } from "../output.ts";
import type { Shell } from "../shell.ts";

interface Output {
  readonly session_id: string;
  /** How the turn ended: completed, failed, limited, needs_input, timeout, interrupted, ended. */
  readonly outcome: string;
  readonly state: string;
  readonly because: string;
  readonly result: string | null;
  readonly changed_files: readonly string[];
  readonly artifact_dir: string;
  readonly prompts: Observation["prompts"];
  /** Null without one, or when it was kept unasked. */
  readonly worktree: {
    readonly path: string;
    readonly removed: boolean;
    readonly reason: string | null;
  } | null;
  readonly kept: boolean;
  readonly warnings: readonly string[];
}

const exitCodes: Readonly<Record<string, number>> = {
  completed: 0,
  limited: 6,
  needs_input: 8,
  timeout: 124,
  interrupted: 130,
};

/** Starts a session, waits for its turn, brings its result, and ends it whatever happened. */
export async function once(
  shell: Shell,
  input: Readonly<Record<string, unknown>>,
  { timeoutSeconds, keep }: { readonly timeoutSeconds: number; readonly keep: boolean },
): Promise<number> {
  const stop = new AbortController();
  const interrupt = (): void => {
    // at the second one nobody waits for us any more
    if (stop.signal.aborted) process.exit(130);
    if (!shell.json) writeErr("Ending the session; Ctrl-C again leaves it.\n");
    stop.abort();
  };
  for (const name of signals) process.on(name, interrupt);
  try {
    const output = await shell.supervised.with(async (caller) => {
      const run: Run = { caller, shell, signal: stop.signal };
      const spawned = await start(run, input);
      const seen = await waitForTurn(run, spawned.session_id, timeoutSeconds);
      return finish(run, { spawned, seen, keep });
    });
    print(shell, output, () => render(output), "session_id");
    if (!shell.json && !shell.idsOnly) writeErr(about(output, shell));
    return exitCodes[output.outcome] ?? 1;
  } finally {
    for (const name of signals) process.off(name, interrupt);
  }
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

interface Run {
  readonly caller: Caller;
  readonly shell: Shell;
  readonly signal: AbortSignal;
}

interface Seen {
  readonly outcome: string;
  readonly observation: Observation;
}

function ask({ caller, shell }: Run, name: string, input: Readonly<Record<string, unknown>>) {
  return caller.call(name, { input, cwd: shell.cwd });
}

async function start(
  { caller, shell }: Run,
  input: Readonly<Record<string, unknown>>,
): Promise<Spawned> {
  const given = Object.entries(shell.env).filter(
    (one): one is [string, string] => one[1] !== undefined,
  );
  // never broken off: what was started has to be known to be ended
  return (await caller.call("session.spawn", {
    input,
    cwd: shell.cwd,
    env: Object.fromEntries(given),
  })) as Spawned;
}

async function waitForTurn(run: Run, id: string, timeoutSeconds: number): Promise<Seen> {
  const { caller, shell, signal } = run;
  let outcome = "interrupted";
  try {
    const waited = (await caller.call(
      "session.observe",
      {
        input: { session_id: id, wait_for: ["turn"], timeout_seconds: timeoutSeconds },
        cwd: shell.cwd,
      },
      { signal },
    )) as Observation;
    outcome = outcomeOf(waited);
    return { outcome, observation: waited };
  } catch (thrown) {
    if (!signal.aborted) throw await endAfter(run, id, thrown);
    const observation = (await ask(run, "session.observe", { session_id: id })) as Observation;
    return { outcome, observation };
  }
}

/** An error leaves no session behind either. */
async function endAfter(run: Run, id: string, thrown: unknown): Promise<unknown> {
  await ask(run, "session.terminate", { session_id: id }).catch(() => undefined);
  return thrown;
}

function outcomeOf({ outcome, state, turn }: Observation): string {
  if (outcome === "timeout" || outcome === "needs_input") return outcome;
  if (turn !== null && turn.state !== "running" && turn.state !== "queued") return turn.state;
  return state === "completed" ? "completed" : "ended";
}

async function finish(
  run: Run,
  {
    spawned,
    seen,
    keep,
  }: { readonly spawned: Spawned; readonly seen: Seen; readonly keep: boolean },
): Promise<Output> {
  const { session_id: id, session } = spawned;
  const { outcome, observation } = seen;
  const warnings: string[] = [...spawned.warnings];
  // what was asked of it goes on in vain: nobody will read the rest
  const collected = (await ask(run, "session.collect", {
    session_id: id,
    close: !keep && outcome === "completed",
  }).catch((thrown: unknown) => {
    warnings.push(`its files could not be collected: ${AgentpoolError.from(thrown).message}`);
  })) as Collected | undefined;
  if (!keep) await ask(run, "session.terminate", { session_id: id });
  const worktree =
    keep || session.worktree_path === null ? null : await cleanUp(run, id, session.worktree_path);
  const last = (await ask(run, "session.observe", { session_id: id })) as Observation;
  return {
    session_id: id,
    outcome,
    state: last.state,
    because: observation.turn?.error ?? observation.because,
    result: readResult(collected),
    changed_files: collected?.git.changed_files ?? [],
    artifact_dir: session.artifact_dir,
    prompts: observation.prompts,
    worktree,
    kept: keep,
    warnings: [...warnings, ...(collected?.warnings ?? [])],
  };
}

/** Removes the worktree where nothing would be lost with it. */
async function cleanUp(run: Run, id: string, path: string): Promise<Output["worktree"]> {
  try {
    const done = (await ask(run, "worktree.cleanup", { session_id: id })) as Cleaned;
    return { path: done.path, removed: done.removed, reason: done.reason };
  } catch (thrown) {
    return { path, removed: false, reason: AgentpoolError.from(thrown).message };
  }
}

function readResult(collected: Collected | undefined): string | null {
  const file = collected?.artifacts.find((one) => one.kind === "result" && one.exists);
  if (!file) return null;
  try {
    return readFileSync(file.path, "utf8");
  } catch {
    return null;
  }
}

function render({ outcome, result }: Output): string {
  return outcome === "completed" ? (result ?? "") : "";
}

/** What is not the result, for the person beside the pipe. */
function about(output: Output, { style }: Shell): string {
  const lines = [`${style.dim(output.session_id)}  ${output.outcome}: ${output.because}`];
  for (const prompt of output.prompts) lines.push(`  it asked: ${prompt.text.split("\n")[0]}`);
  for (const file of output.changed_files) lines.push(`  ${style.dim("changed")}  ${file}`);
  if (output.worktree && !output.worktree.removed) {
    lines.push(`  ${style.dim("work is in")}  ${output.worktree.path}`);
  }
  for (const warning of output.warnings) lines.push(`  ${style.yellow("warning")}  ${warning}`);
  if (output.kept)
    lines.push(`  ${style.dim("it lives on:")} agentpool attach ${output.session_id}`);
  return `${lines.join("\n")}\n`;
}
