import type { Caller } from "../../../rpc/wire.ts";
import { stuck } from "./stuck.ts";

/** Of an agent that has not come up, or not begun with its task, by now nothing is to be expected. */
const beginsWithinSeconds = 60;
/** Whoever watches hears this often what is waited for. */
const sayEverySeconds = 15;

/** One agent of the show. */
export interface Part {
  readonly provider: string;
  readonly name: string;
  readonly isolation: string;
  readonly task: string;
}

export interface Played {
  readonly id: string;
  readonly part: Part;
  readonly state: string;
  readonly turn: string;
  readonly result: string;
  readonly changedFiles: readonly string[];
  readonly folder: string;
}

/** The dialog an agent shows, as much of it as is needed to answer. */
export interface OpenPrompt {
  readonly id: string;
  readonly kind: string;
  readonly text: string;
  readonly options: readonly { readonly label: string; readonly role: string }[];
}

export interface Observed {
  readonly state: string;
  readonly because: string;
  readonly outcome: string;
  readonly prompts: readonly (OpenPrompt & { readonly state: string })[];
  readonly turn: { readonly state: string; readonly error: string | null } | null;
}

interface Context {
  readonly caller: Caller;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** How long a turn may go on without a question, in seconds. */
  readonly patienceSeconds: number;
  /** Tells whoever watches what is waited for. */
  readonly say: (part: Part, what: string) => void;
  /** Whether this dialog may be answered; false ends the part. */
  readonly mayAnswer: (part: Part, prompt: OpenPrompt) => Promise<boolean>;
}

/** Starts a part. @throws whatever `spawn` refuses with, wait_timed_out */
export async function startPart(ctx: Context, part: Part): Promise<string> {
  const { provider, ...rest } = part;
  const spawned = (await ctx.caller.call(
    "session.spawn",
    { input: { provider_id: provider, ...rest }, cwd: ctx.cwd, env: ctx.env },
    { signal: ctx.signal, timeoutMs: beginsWithinSeconds * 1000 },
  )) as { readonly session_id: string };
  return spawned.session_id;
}

/**
 * Plays a part to the end of its turn, answering what it asks, and collects what came of it.
 * @throws wait_timed_out, with the state and the screen of the agent, when nothing comes of it
 */
export async function playPart(ctx: Context, part: Part, id: string): Promise<Played> {
  const ask = (name: string, input: Readonly<Record<string, unknown>>): Promise<unknown> =>
    ctx.caller.call(name, { input: { session_id: id, ...input } }, { signal: ctx.signal });
  const wait = async (words: readonly string[], seconds: number): Promise<Observed> => {
    for (let left = seconds; ; left -= sayEverySeconds) {
      const seen = (await ask("session.observe", {
        wait_for: words,
        timeout_seconds: Math.min(left, sayEverySeconds),
      })) as Observed;
      if (seen.outcome !== "timeout" || left <= sayEverySeconds) return seen;
      ctx.say(part, `is still ${seen.state}: ${seen.because}`);
    }
  };
  const ends = ["turn", "question", "approval_prompt"];
  const begun = await wait([...ends, "running", "limited"], beginsWithinSeconds);
  if (begun.outcome === "timeout" && begun.turn?.state === "queued") {
    throw await stuck(ask, part, {
      seen: begun,
      what: `did not begin with its task within ${beginsWithinSeconds} s`,
    });
  }
  for (;;) {
    const seen = await wait(ends, ctx.patienceSeconds);
    if (seen.outcome === "timeout") {
      const what = `did not finish within ${ctx.patienceSeconds} s`;
      throw await stuck(ask, part, { seen, what });
    }
    const prompt = seen.prompts.find((one) => one.state === "open");
    if (!prompt) break;
    if (!(await ctx.mayAnswer(part, prompt))) break;
    if (prompt.kind === "question") {
      const option = prompt.options[0]?.label;
      const answer = option === undefined ? { text: "Whatever you think best." } : { option };
      await ask("session.answer", { prompt_id: prompt.id, ...answer });
    } else await ask("session.approve", { prompt_id: prompt.id });
  }
  const collected = (await ask("session.collect", { detail: "full" })) as {
    readonly state: string;
    readonly artifact_dir: string;
    readonly git: { readonly changed_files: readonly string[] };
    readonly worker_output: { readonly text: string | null };
  };
  const { turn } = (await ask("session.observe", {})) as Observed;
  return {
    id,
    part,
    state: collected.state,
    turn: turn ? turn.state : "none",
    result: collected.worker_output.text ?? turn?.error ?? "",
    changedFiles: collected.git.changed_files,
    folder: collected.artifact_dir,
  };
}
