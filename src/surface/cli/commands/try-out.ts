import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { AgentpoolError } from "../../../domain/errors.ts";
import { plainText } from "../../../domain/plain-text.ts";
import type { Style } from "../../../operations/define.ts";
import { table } from "../../../operations/table.ts";
import { pause } from "../../../platform/clock.ts";
import { homeFrom } from "../../../platform/home.ts";
import type { Caller } from "../../../rpc/wire.ts";
import { isTerminal, writeErr, writeOut } from "../io.ts";
import { printable } from "../printable.ts";
import { requireTerminal, type Shell } from "../shell.ts";
import { createStyle, wantsColour } from "../style.ts";
import { supervised } from "../supervised.ts";
import { narrate } from "../try/narrate.ts";
import { nextSteps } from "../try/next-steps.ts";
import { playPart, startPart, type OpenPrompt, type Part, type Played } from "../try/play.ts";
import { makeRepository } from "../try/repository.ts";

interface Wanted {
  readonly provider: string | undefined;
  readonly yes: boolean;
  readonly keep: boolean;
}

/** Where the output is no terminal. */
const pageColumns = 110;

/** The whole main job in a throw-away repository: spawn, watch, answer, approve, collect. */
export async function tryOut(shell: Shell, wanted: Wanted): Promise<number> {
  const parts = readParts(shell, wanted.provider);
  if (wanted.provider !== undefined && !wanted.yes) await confirmSpending(wanted.provider);
  const folder = mkdtempSync(join(tmpdir(), "agentpool-try-"));
  const home = wanted.keep ? shell.home : homeFrom({ AGENTPOOL_HOME: join(folder, "home") });
  const env = {
    ...Object.fromEntries(
      Object.entries(shell.env).filter((one): one is [string, string] => one[1] !== undefined),
    ),
    AGENTPOOL_HOME: home.root,
  };
  const repository = join(folder, "repository");
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    await makeRepository(repository, env);
    return await supervised({ ...shell, home, env }).with(async (caller) => {
      const style = createStyle(wantsColour(shell.env, isTerminal("stderr")), undefined);
      const show = { caller, env, repository, signal: stop.signal, style };
      try {
        const played = await play(show, parts, wanted);
        report(shell, played, wanted, repository);
        return played.every((one) => one.turn === "completed") ? 0 : 1;
      } finally {
        // what went wrong before is told, and not that this could not be tidied up after it
        await cleanUp(caller, wanted).catch((thrown: unknown) =>
          writeErr(`not all was removed: ${AgentpoolError.from(thrown).message}\n`),
        );
      }
    });
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
    if (!wanted.keep) await remove(folder);
  }
}

function readParts(shell: Shell, provider: string | undefined): Part[] {
  const file = join(shell.dist, "src", "surface", "cli", "try", "scenario.json");
  const scenario = JSON.parse(readFileSync(file, "utf8")) as {
    readonly scripted: readonly Part[];
    readonly real: readonly Omit<Part, "provider">[];
  };
  if (provider === undefined) return [...scenario.scripted];
  return scenario.real.map((part) => ({ ...part, provider }));
}

async function confirmSpending(provider: string): Promise<void> {
  const what = `This runs two short turns of ${provider} on your account: one reads, one edits a file in a throw-away worktree.`;
  requireTerminal(
    isTerminal("stdin") && isTerminal("stderr"),
    "Asking whether to spend two turns",
    `agentpool try --provider ${provider} --yes`,
  );
  if (await confirm(`${what}\nGo on?`)) return;
  throw new AgentpoolError("interrupted", "Nothing was started");
}

async function confirm(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}

interface Show {
  readonly caller: Caller;
  readonly env: Readonly<Record<string, string>>;
  readonly repository: string;
  readonly signal: AbortSignal;
  readonly style: Style;
}

async function play(show: Show, parts: readonly Part[], wanted: Wanted): Promise<Played[]> {
  const { caller, style } = show;
  const startedAt = Date.now();
  const names = new Map<string, string>();
  // an agent may be quicker than the answer that says which id it has
  const early: { readonly id: string; readonly text: string }[] = [];
  const width = Math.max(...parts.map((part) => part.name.length));
  const say = (who: string, what: string): void => {
    const time = `${((Date.now() - startedAt) / 1000).toFixed(2).padStart(6)} s`;
    const line = `${style.dim(time)}  ${style.bold(who.padEnd(width))}  ${what}`;
    writeErr(`${printable(line, style)}\n`);
  };
  writeErr(`${parts.length} agents, side by side, in ${show.repository}\n`);
  const over = new AbortController();
  const watching = watchEvents(caller, AbortSignal.any([over.signal, show.signal]), (event) => {
    const text = narrate(event, style);
    const id = event.session_id;
    if (text === undefined || id === null) return;
    const name = names.get(id);
    if (name === undefined) early.push({ id, text });
    else say(name, text);
  });
  // one question at a time, however many agents have one
  let asked = Promise.resolve(true);
  const ctx = {
    caller,
    cwd: show.repository,
    env: show.env,
    signal: show.signal,
    patienceSeconds: wanted.provider === undefined ? 10 : 180,
    say: (part: Part, what: string) => say(part.name, what),
    mayAnswer: async (part: Part, prompt: OpenPrompt): Promise<boolean> => {
      if (wanted.provider === undefined || wanted.yes) return true;
      const options = prompt.options.map((option) => option.label).join(" / ");
      const question = `${part.name} asks: ${prompt.text}\n  ${options}\nLet it?`;
      asked = asked.then(() => confirm(plainText(question)));
      return asked;
    },
  };
  try {
    return await Promise.all(
      parts.map(async (part) => {
        const id = await startPart(ctx, part);
        names.set(id, part.name);
        say(part.name, `started as ${id} with ${part.provider}, ${part.isolation}`);
        for (const one of early) if (one.id === id) say(part.name, one.text);
        return playPart(ctx, part, id);
      }),
    );
  } finally {
    over.abort();
    await watching;
  }
}

async function watchEvents(
  caller: Caller,
  signal: AbortSignal,
  tell: (event: Parameters<typeof narrate>[0]) => void,
): Promise<void> {
  for await (const event of caller.events({}, signal)) tell(event);
}

/** What came of it, for a person's eyes wherever it is printed. */
function report(shell: Shell, played: readonly Played[], wanted: Wanted, repository: string): void {
  const style = { ...shell.style, columns: shell.style.columns ?? pageColumns };
  const rows = played.map(({ part, state, turn, changedFiles, result }) => [
    part.name,
    part.provider,
    state,
    turn,
    changedFiles.length === 0 ? "-" : plural(changedFiles.length, "file"),
    result.split("\n")[0] ?? "",
  ]);
  const parts = [
    table(["NAME", "PROVIDER", "STATE", "TURN", "CHANGED", "RESULT"], rows, style, { wrap: true }),
    ...played.flatMap((one) => {
      const diff = join(one.folder, "diff.patch");
      if (one.changedFiles.length === 0 || !existsSync(diff)) return [];
      const heading = style.bold(`What ${one.part.name} changed in its worktree:`);
      return [`${heading}\n${colourDiff(readFileSync(diff, "utf8"), style)}`];
    }),
    nextSteps({ ...shell, style }),
    wanted.keep
      ? `The repository stays at ${repository}, and the sessions live on: agentpool sessions`
      : "The repository, its worktrees and all sessions of this run are removed again.",
  ];
  writeOut(`\n${printable(parts.join("\n\n"), style)}\n`);
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function colourDiff(text: string, style: Style): string {
  const paint = (line: string): string => {
    if (line.startsWith("+") && !line.startsWith("+++")) return style.green(line);
    if (line.startsWith("-") && !line.startsWith("---")) return style.red(line);
    return line.startsWith("@@") ? style.cyan(line) : line;
  };
  return text.trimEnd().split("\n").map(paint).join("\n");
}

/** Ends what was started; with --keep the worktrees, artifacts and the home's supervisor stay. */
async function cleanUp(caller: Caller, wanted: Wanted): Promise<void> {
  if (wanted.keep) return;
  const { sessions } = (await caller.call("session.list", { input: { limit: 500 } })) as {
    readonly sessions: readonly { readonly id: string; readonly worktree_path: string | null }[];
  };
  await Promise.all(
    sessions.map(async ({ id, worktree_path: worktree }) => {
      await terminate(caller, id);
      if (worktree === null) return;
      await caller.call("worktree.cleanup", { input: { session_id: id, force: true } });
    }),
  );
  const { pid } = (await caller.call("supervisor.status", { input: {} })) as {
    readonly pid: number | null;
  };
  await caller.call("supervisor.stop", { input: {} });
  if (pid !== null && pid !== process.pid) await gone(pid);
}

/** A session that is being started while another one failed ends a moment later. */
async function terminate(caller: Caller, id: string): Promise<void> {
  for (let triesLeft = 50; ; triesLeft--) {
    try {
      await caller.call("session.terminate", { input: { session_id: id } });
      return;
    } catch (thrown) {
      const { code } = AgentpoolError.from(thrown);
      if (code !== "session_busy" || triesLeft === 0) throw thrown;
    }
    await pause(100, { keepAlive: true });
  }
}

/** Agents that are just ending may still make a file while their folder is removed. */
async function remove(folder: string): Promise<void> {
  for (let triesLeft = 100; ; triesLeft--) {
    try {
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== "ENOTEMPTY" || triesLeft === 0) throw thrown;
    }
    await pause(20, { keepAlive: true });
  }
}

/** It writes to its home until its last moment; only then can the folder be removed. */
async function gone(pid: number): Promise<void> {
  const until = Date.now() + 5_000;
  while (Date.now() < until) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await pause(20, { keepAlive: true });
  }
}
