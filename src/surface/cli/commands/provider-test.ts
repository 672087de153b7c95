import { copyFileSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname } from "node:path";
import { AgentpoolError } from "../../../domain/errors.ts";
import type { Home } from "../../../platform/home.ts";
import type { ProviderDefinition } from "../../../provider/definition.ts";
import { Catalogue } from "../../../provider/discover.ts";
import { BinaryFinder } from "../../../provider/find-binary.ts";
import { createLocalMachine } from "../../../runtime/local/machine.ts";
import { confirm } from "../confirm.ts";
import { isTerminal, writeErr } from "../io.ts";
import { print } from "../output.ts";
import { printable } from "../printable.ts";
import { requireTerminal, type Shell } from "../shell.ts";
import { createStyle, wantsColour } from "../style.ts";
import type { AgentContext } from "../trial/agent.ts";
import { instructionsOf } from "../trial/instructions.ts";
import { exitStatusOf, renderTrial, type StepReport, type TrialReport } from "../trial/report.ts";
import { turnsOf } from "../trial/plan.ts";
import { Trial } from "../trial/trial.ts";
import { Witness } from "../trial/witness.ts";
import { inThrowAway } from "../try/throw-away.ts";

interface Wanted {
  readonly provider: string;
  readonly yes: boolean;
  readonly keep: boolean;
  readonly maxTurns: number | undefined;
}

/** A model takes its time; a program that asks none is quick or broken. */
const patience = {
  model: { startMs: 60_000, acceptMs: 60_000, turnMs: 180_000 },
  free: { startMs: 20_000, acceptMs: 15_000, turnMs: 20_000 },
};

/** Where the output is no terminal. */
const pageColumns = 110;

/** Runs the conformance steps of one provider against its installed program. */
export async function providerTest(shell: Shell, wanted: Wanted): Promise<number> {
  const { definition, file, origin } = await new Catalogue(shell.home.providers).get(
    wanted.provider,
  );
  const finder = new BinaryFinder(createLocalMachine(), shell.home.binaryCache);
  const found = await finder.require(definition, shell.env);
  const free = definition.trial?.free === true;
  const instructions = instructionsOf(definition.trial);
  const needed = turnsOf(definition, instructions);
  const maxTurns = Math.min(wanted.maxTurns ?? needed, needed);
  if (!free) {
    writeErr(`${costs(definition, maxTurns, instructions.large !== null)}\n`);
    if (!wanted.yes) await confirmSpending(wanted.provider, maxTurns);
  }

  const options = {
    name: "trial",
    keep: wanted.keep,
    // the same definitions and programs, and nothing else of the person's own home
    prepare: (home: Home) => takeAlong(shell.home, home),
  };
  return inThrowAway(shell, options, async (place) => {
    const { caller, env, repository, folder, signal } = place;
    const witness = new Witness();
    const over = new AbortController();
    const watching = watch(place.caller, witness, AbortSignal.any([over.signal, signal]));
    const ctx: AgentContext = {
      caller,
      witness,
      env,
      repository,
      signal,
      patience: free ? patience.free : patience.model,
    };
    const { provider } = wanted;
    const plan = { definition, providerId: provider, found, instructions, maxTurns };
    const trial = new Trial(ctx, { ...plan, say: sayer(shell) });
    const report = (): TrialReport => ({
      ok: trial.steps.every(({ status }) => status === "ok" || status === "not_offered"),
      provider_id: definition.id,
      display_name: definition.displayName,
      version: found.version,
      binary_path: found.path,
      definition: origin === "user" ? file : null,
      free,
      turns_spent: trial.spent,
      max_turns: maxTurns,
      steps: trial.steps,
      kept: wanted.keep ? folder : null,
    });
    const style = { ...shell.style, columns: shell.style.columns ?? pageColumns };
    try {
      await trial.run();
      print(shell, report(), () => renderTrial(report(), style));
      return exitStatusOf(report());
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
      // turns were spent on what was seen so far
      writeErr(`${printable(renderTrial(report(), style), style)}\n`);
      throw new AgentpoolError("interrupted", "The trial was stopped", { cause: thrown });
    } finally {
      over.abort();
      await watching;
    }
  });
}

function costs(
  { id, displayName }: ProviderDefinition,
  turns: number,
  sendsLarge: boolean,
): string {
  const large = sendsLarge && turns > 2 ? "; one of them sends 64 KB, some 20,000 tokens" : "";
  return (
    `provider test ${id} spends at most ${turns} turns of ${displayName} on your account, all of ` +
    `them short${large}. It works in a throw-away repository.`
  );
}

/** @throws not_a_terminal, interrupted */
async function confirmSpending(provider: string, turns: number): Promise<void> {
  requireTerminal(
    isTerminal("stdin") && isTerminal("stderr"),
    `Asking whether to spend ${turns} turns`,
    `agentpool provider test ${provider} --yes`,
  );
  if (await confirm("Go on?")) return;
  throw new AgentpoolError("interrupted", "Nothing was started");
}

function takeAlong(from: Home, to: Home): void {
  mkdirSync(dirname(to.binaryCache), { recursive: true, mode: 0o700 });
  if (existsSync(from.providers)) symlinkSync(from.providers, to.providers);
  // the version was just asked for, and some programs take seconds to tell it
  if (existsSync(from.binaryCache)) copyFileSync(from.binaryCache, to.binaryCache);
}

async function watch(
  caller: AgentContext["caller"],
  witness: Witness,
  signal: AbortSignal,
): Promise<void> {
  // from the first event on: what happens before the stream stands is read from the store
  for await (const event of caller.events({ after: 0 }, signal)) witness.take(event);
}

/** Tells whoever watches how it goes on, a line a step. */
function sayer(shell: Shell): (step: StepReport) => void {
  const style = createStyle(wantsColour(shell.env, isTerminal("stderr")), undefined);
  if (shell.json) return () => undefined;
  return ({ step, status, evidence }) => {
    writeErr(`${printable(`${status.padEnd(11)}  ${step.padEnd(15)}  ${evidence}`, style)}\n`);
  };
}
