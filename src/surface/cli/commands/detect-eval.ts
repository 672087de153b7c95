import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  readCorpus,
  readRecordingFile,
  framesOf,
  type Corpus,
  type Split,
} from "../../../detection/corpus.ts";
import { evaluate, type Confusion, type Evaluation } from "../../../detection/evaluate.ts";
import { allDefinitions, definitionOf } from "../../../detection/known-provider.ts";
import { seededRandom } from "../../../detection/random.ts";
import { replay } from "../../../detection/replay.ts";
import { AgentpoolError } from "../../../domain/errors.ts";
import type { Style } from "../../../operations/define.ts";
import { table } from "../../../operations/table.ts";
import { print } from "../output.ts";
import type { Values } from "../parse-values.ts";
import type { Shell } from "../shell.ts";

/** Measures detection against what was recorded. Exit status 1 when something was told wrong. */
export async function detectEval(shell: Shell, values: Values): Promise<number> {
  const split = ((values["split"] as string | undefined) ?? "all") as Split | "all";
  const random = seededRandom((values["seed"] as string | undefined) ?? "1");
  const named = values["provider"] as string | undefined;
  const file = values["file"] as string | undefined;
  const folder = (values["corpus"] as string | undefined) ?? join(shell.cwd, "providers");

  if (file !== undefined) return evalFile(shell, { file, named, random });
  const definitions =
    named === undefined
      ? await allDefinitions(shell.home)
      : [await definitionOf(shell.home, named)];
  const results = definitions
    .map((definition) => ({ definition, place: join(folder, definition.id) }))
    .filter(({ place }) => ["screens", "recordings"].some((part) => existsSync(join(place, part))))
    .map(({ definition, place }) => evaluate(definition, readCorpus(place), { split, random }));
  if (results.length === 0) throw noCorpus(folder);
  print(shell, { split, providers: results.map(project) }, () => render(results, shell.style));
  return results.every(isRight) ? 0 : 1;
}

/** One recording: what it was taken for when, and how right that was where it says so itself. */
async function evalFile(
  shell: Shell,
  given: {
    readonly file: string;
    readonly named: string | undefined;
    readonly random: () => number;
  },
): Promise<number> {
  const { file, named, random } = given;
  const one = readRecordingFile(file);
  const definition = await definitionOf(shell.home, named ?? one.recording.provider);
  const corpus: Corpus = { frames: framesOf(one), recordings: [one] };
  const result = evaluate(definition, corpus, { split: "all", random });
  const isTold = one.recording.events.some(({ kind }) => kind === "statement");
  const by = isTold ? "fused" : "screen";
  const steps = replay(definition, one.recording, { by, random }).map(({ atMs, state }) => ({
    at_seconds: atMs / 1000,
    state,
  }));
  print(shell, { split: "all", providers: [project(result)], steps }, () =>
    [
      render([result], shell.style),
      ...steps.map((step) => `${step.at_seconds.toFixed(1).padStart(8)} s  ${step.state}`),
    ].join("\n"),
  );
  return isRight(result) ? 0 : 1;
}

function isRight({ frames, replays }: Evaluation): boolean {
  return (
    frames.right === frames.count &&
    replays.fused.falseIdle + replays.fused.falsePrompt === 0 &&
    replays.screen.falseIdle + replays.screen.falsePrompt === 0
  );
}

function project({ provider, frames, replays }: Evaluation): object {
  const replay = (score: Evaluation["replays"]["fused"]): object => ({
    recordings: score.recordings,
    moments: score.moments,
    right: score.right,
    false_idle: score.falseIdle,
    false_prompt: score.falsePrompt,
    confusion: score.confusion,
    wrong: score.wrong,
  });
  return {
    provider,
    frames: {
      count: frames.count,
      right: frames.right,
      prose_as_prompt: frames.proseAsPrompt,
      confusion: frames.confusion,
      wrong: frames.wrong,
    },
    replays: { screen: replay(replays.screen), fused: replay(replays.fused) },
  };
}

function render(results: readonly Evaluation[], style: Style): string {
  const blocks = results.map(({ provider, frames, replays }) => [
    style.bold(provider),
    ...(frames.count === 0
      ? []
      : [
          `frames, by the screen alone: ${frames.right} of ${frames.count} right, prose taken for a prompt ${frames.proseAsPrompt}`,
          confusionTable(frames.confusion, style),
        ]),
    ...frames.wrong.map(({ name, label, read }) => `  ${name}: ${label} was read as ${read}`),
    ...(["screen", "fused"] as const).flatMap((by) => {
      const { recordings, moments, right, falseIdle, falsePrompt, confusion, wrong } = replays[by];
      if (recordings === 0 || moments === 0) return [];
      const how = by === "screen" ? "by the screen alone" : "by all sources";
      return [
        `${recordings} recordings, ${how}: ${right} of ${moments} moments right, false idle ${falseIdle}, false prompt ${falsePrompt}`,
        confusionTable(confusion, style),
        ...wrong.map(({ name, what }) => `  ${name}: ${what}`),
      ];
    }),
  ]);
  return blocks.map((block) => block.join("\n")).join("\n\n");
}

/** A row for what the agent did, a column for what it was taken for. */
function confusionTable(confusion: Confusion, style: Style): string {
  const labels = Object.keys(confusion).toSorted();
  const read = [
    ...new Set(labels.flatMap((label) => Object.keys(confusion[label] ?? {}))),
  ].toSorted();
  const rows = labels.map((label) => [
    label,
    ...read.map((state) => String(confusion[label]?.[state] ?? "")),
  ]);
  return table(["IT WAS", ...read.map((state) => state.toUpperCase())], rows, style);
}

function noCorpus(folder: string): AgentpoolError {
  return new AgentpoolError("invalid_input", `There is no corpus in ${folder}`, {
    why: "It lies in the repository of agentpool and is no part of the package.",
    hint: "Clone the repository and run this there, or name the folder with --corpus.",
  });
}
