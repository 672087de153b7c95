import { isNewer } from "../../domain/version.ts";
import { nearest } from "../../domain/nearest.ts";
import type { ReadModels } from "./read-models.ts";
import { isOutOfDate, modelNamed, type Model, type ModelList } from "./model-list.ts";

export interface ModelChoice {
  readonly provider: { readonly id: string; readonly tried: readonly string[] };
  /** Version of the CLI, null when it could not be told. */
  readonly version: string | null;
  readonly model: string | null;
  readonly effort: string | null;
  readonly now: number;
}

/**
 * What is odd about a chosen model and reasoning effort, for people; nothing where the list may not
 * know: it is not complete, it is old, or the CLI is another than the one it was made with. Only the
 * CLI can refuse, so nothing here stops a start.
 */
export function judgeChoice(
  { list, broken }: Pick<ReadModels, "list" | "broken">,
  choice: ModelChoice,
): string[] {
  const { provider, model, effort } = choice;
  if (model === null) return [];
  const unread = broken.map(({ file }) => `${file} is broken; agentpool models validate tells why`);
  if (!mayKnow(list, choice)) return unread;
  const known = modelNamed(list, model);
  if (known) return [...unread, ...effortWarning(known, provider.id, effort)];
  const near = nearestName(list, model);
  if (list.names && !fits(list.names.pattern, model)) {
    const next = near === undefined ? "" : `; nearest is ${near}`;
    return [...unread, `${provider.id} takes models as ${list.names.what}, not "${model}"${next}`];
  }
  if (!list.complete || list.also.some(({ pattern }) => fits(pattern, model))) return unread;
  const next =
    near === undefined ? `agentpool models ${provider.id} lists them` : `nearest is ${near}`;
  return [
    ...unread,
    `${provider.id} knows no model "${model}", as of ${list.checked ?? "now"}; ${next}`,
  ];
}

function effortWarning(model: Model, provider: string, effort: string | null): string[] {
  if (effort === null || model.efforts === null || model.efforts.includes(effort)) return [];
  return [
    model.efforts.length === 0
      ? `${model.id} of ${provider} has no reasoning efforts`
      : `${model.id} of ${provider} has no reasoning effort "${effort}"; it has ${model.efforts.join(", ")}`,
  ];
}

/** A newer CLI brings newer models, and an unknown one may be newer. */
function mayKnow(list: ModelList, { provider, version, now }: ModelChoice): boolean {
  if (isOutOfDate(list, now) || version === null) return false;
  return provider.tried.some((tried) => !isNewer(version, tried));
}

/** By the whole name, or by what stands behind its last slash. */
function nearestName(list: ModelList, name: string): string | undefined {
  const names = list.models.flatMap((model) => [model.id, ...model.aliases]);
  const whole = nearest(name, names);
  if (whole !== undefined) return whole;
  const short = new Map(names.map((one) => [one.slice(one.lastIndexOf("/") + 1), one]));
  const near = nearest(name.slice(name.lastIndexOf("/") + 1), [...short.keys()]);
  return near === undefined ? undefined : short.get(near);
}

function fits(pattern: string, name: string): boolean {
  return new RegExp(pattern, "u").test(name);
}
