import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AgentpoolError } from "../../../domain/errors.ts";
import { plainText } from "../../../domain/plain-text.ts";
import type { Style } from "../../../operations/define.ts";
import { table } from "../../../operations/table.ts";
import type { Caller } from "../../../rpc/wire.ts";
import { confirm } from "../confirm.ts";
import { isTerminal, writeErr, writeOut } from "../io.ts";
import { printable } from "../printable.ts";
import { requireTerminal, type Shell } from "../shell.ts";
import { createStyle, wantsColour } from "../style.ts";
import { narrate } from "../try/narrate.ts";
import { nextSteps } from "../try/next-steps.ts";
import { playPart, startPart, type OpenPrompt, type Part, type Played } from "../try/play.ts";
import { inThrowAway } from "../try/throw-away.ts";

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
  const options = {
    name: "try",
    keep: wanted.keep,
    ...(wanted.keep ? { home: shell.home } : {}),
  };
  return inThrowAway(shell, options, async ({ caller, env, repository, signal }) => {
    const style = createStyle(wantsColour(shell.env, isTerminal("stderr")), undefined);
    const show = { caller, env, repository, signal, style };
    const played = await play(show, parts, wanted);
    report(shell, played, wanted, repository);
    return played.every((one) => one.turn === "completed") ? 0 : 1;
  });
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
