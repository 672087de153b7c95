import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { AgentpoolError } from "../../domain/errors.ts";
import type { RunKindName } from "../../domain/run.ts";
import { placeholdersIn } from "../../domain/template.ts";
import type { RunContext } from "../../orchestration/spec/run-reader.ts";
import type { OperationContext } from "../define.ts";
import { limitsOf, milliseconds, repoOf, type ReadyRun, type RunOptions } from "./run-options.ts";

/** Where a run is written: a file, or the fields themselves. */
export interface RunSource {
  readonly file?: string | undefined;
  readonly values?: Readonly<Record<string, unknown>> | undefined;
  /** Of a pool; what its file says when absent. */
  readonly reuseSessions?: boolean | undefined;
}

export interface PipelineBegin {
  readonly input?: string | undefined;
  /** The stage to begin with. */
  readonly from?: string | undefined;
  /** The run whose answers stand for the stages before; the newest pipeline when absent. */
  readonly earlierRun?: string | undefined;
}

/**
 * Reads and checks a run with the profiles and providers there are, before anything of it begins.
 * @throws invalid_run with every fault, each with file, line and field
 */
export async function readyRun(
  ctx: OperationContext,
  options: RunOptions,
  kind: RunKindName | null,
  source: RunSource,
  begin: PipelineBegin = {},
): Promise<ReadyRun> {
  // reading run files needs parsers that most commands have no use for
  const { asDocument, readRunFile } = await import("../../orchestration/spec/run-document.ts");
  const { planRun } = await import("../../orchestration/spec/plan-run.ts");
  const { loadProfiles } = await import("../../orchestration/profiles/load-profiles.ts");
  const { app } = ctx;
  const repoPath = repoOf(ctx, options);
  const config = await app.config(repoPath).catch(() => app.config());
  const document =
    source.file === undefined
      ? asDocument(source.values ?? {})
      : await readRunFile(resolve(ctx.cwd, source.file));
  const { profiles, broken } = await loadProfiles({
    user: join(app.home.root, "profiles"),
    project: join(repoPath, ".agentpool", "profiles"),
  });
  const providers = await app.runs.providers();
  const earlier = begin.from === undefined ? undefined : await earlierOf(ctx, begin.earlierRun);
  const timeoutMs = milliseconds(options.task_timeout_seconds);
  const context: RunContext = {
    kind,
    flags: {
      ...(options.provider_id === undefined ? {} : { providerId: options.provider_id }),
      ...(options.model === undefined ? {} : { model: options.model }),
      ...(options.reasoning_effort === undefined ? {} : { effort: options.reasoning_effort }),
      ...(options.profile === undefined ? {} : { profile: options.profile }),
      ...(options.isolation === undefined ? {} : { mode: options.isolation }),
      ...(options.system_prompt === undefined ? {} : { systemPrompt: options.system_prompt }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    },
    base: {
      mode: config.get("policy.default_isolation"),
      repoPath,
      attempts: options.attempts,
    },
    limits: limitsOf(options),
    reuseSessions: source.reuseSessions,
    profiles,
    brokenProfiles: new Map(
      broken.map(({ name, file, faults }) => [
        name,
        `${file}: ${faults.map(({ message }) => message).join("; ")}`,
      ]),
    ),
    // presets such as `fake-question` keep their name: it says more than the provider's id
    provider: (name) => {
      const known = providers.get(name);
      return known
        ? { id: name, ...known }
        : { why: `no provider is called ${name}: see agentpool inventory` };
    },
  };
  const start = {
    ...(begin.input === undefined ? {} : { input: begin.input }),
    ...(begin.from === undefined ? {} : { from: begin.from }),
    ...(earlier === undefined ? {} : { earlier }),
  };
  const planned = planRun(document, context, start);
  const folders = await app.runs.folders(planned.folders);
  const isFit = [...folders.values()].every(({ any, worktree }) => (any ?? worktree) === null);
  // where its workers work is known once it is read
  return isFit ? planned : planRun(document, { ...context, folders }, start);
}

/** What the stages of a run before answered. @throws run_not_found, ambiguous_id */
async function earlierOf(
  { app: { store } }: OperationContext,
  named: string | undefined,
): Promise<Readonly<Record<string, string>>> {
  const { readFacts } = await import("../../orchestration/scheduler/run-book.ts");
  const { resolveRun } = await import("../../orchestration/scheduler/run-error.ts");
  const { stageResponses } = await import("../../orchestration/kinds/pipeline.ts");
  const [newest] = await store.runs.list({ kind: "pipeline", all: true, limit: 1 });
  const run = named === undefined ? newest : await resolveRun(store, named);
  if (!run) return {};
  if (run.kind === "pipeline") return stageResponses(await readFacts(store, run));
  throw new AgentpoolError("invalid_input", `Run ${run.id} is a ${run.kind}, not a pipeline`, {
    hint: "See which there are: agentpool run list --all --kind pipeline",
  });
}

/**
 * Entries of a list for `--foreach`: a file, or words separated by commas.
 * @throws invalid_input for the name of a file that is not there; invalid_run for one that holds no list
 */
export async function readForeach(
  ctx: Pick<OperationContext, "cwd">,
  text: string,
): Promise<readonly unknown[]> {
  const { readItems } = await import("../../orchestration/spec/run-document.ts");
  const file = resolve(ctx.cwd, text.replace(/^@/, ""));
  if (text.startsWith("@") || existsSync(file)) return readItems(file);
  if (looksLikeFile(text)) throw missingList(text);
  return text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}

/** One word with a folder or an ending of a list in it; with a comma it is a list of words, and an address is none. */
function looksLikeFile(text: string): boolean {
  if (text.includes(",") || /^[a-z][\w+.-]*:\/\//i.test(text)) return false;
  return text.includes("/") || /\.(txt|md|csv|ya?ml|json|jsonl|ndjson)$/i.test(text.trim());
}

function missingList(text: string): AgentpoolError {
  return new AgentpoolError(
    "invalid_input",
    `--foreach names the file ${text}, which is not there`,
    {
      why: "Taken as a word, an agent would be given its name as what to do. Nothing was started.",
      hint: `Correct the name. Where the word itself is meant, end it with a comma: --foreach '${text},'`,
    },
  );
}

/**
 * The name of a run file in the place of a prompt would be given to an agent as its task.
 * @throws invalid_input for a lone word that is such a file
 */
export function refuseFileName({ cwd }: OperationContext, kind: RunKindName, text: string): void {
  if (!/^\S+\.(ya?ml|jsonl?)$/i.test(text) || !existsSync(resolve(cwd, text))) return;
  throw new AgentpoolError("invalid_input", `${text} is a file, and stands where a task belongs`, {
    why: "Agents would be given its name as what to do.",
    hint: `agentpool run ${kind} --file ${text}`,
  });
}

/**
 * A template that nothing fills would begin one task many times over, or none of it.
 * @throws invalid_input
 */
export function refuseIdleTemplate({
  template,
  foreach,
}: {
  readonly template?: string | undefined;
  readonly foreach?: string | undefined;
}): void {
  if (template === undefined) return;
  const isFilled = placeholdersIn(template).some((name) => /^(?:item(?:\..+)?|index)$/.test(name));
  if (foreach !== undefined && isFilled) return;
  throw new AgentpoolError(
    "invalid_input",
    foreach === undefined ? "--template is given without --foreach" : "--template has no {item}",
    {
      why:
        foreach === undefined
          ? "It is the text of a task for each entry of a list."
          : "Every entry would be the same task.",
      hint: 'agentpool run pool --foreach a,b --template "Say {item}" -p fake-completed',
    },
  );
}

/** @throws invalid_input unless exactly one of these was given */
export function onlyOne(given: Readonly<Record<string, unknown>>, hint: string): void {
  const names = Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
  if (names.length === 1) return;
  throw new AgentpoolError(
    "invalid_input",
    names.length === 0 ? "Nothing was given to run" : `${names.join(" and ")} were given both`,
    { why: `It takes one of ${Object.keys(given).join(", ")}.`, hint },
  );
}
