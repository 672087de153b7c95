import { dirname, isAbsolute, resolve } from "node:path";
import type { Profile } from "../../domain/profile.ts";
import type { Substitute } from "../../domain/task.ts";
import { asText } from "../../domain/template.ts";
import { parseDuration } from "../../domain/time.ts";
import type { WorkspaceMode } from "../../domain/session.ts";
import type { SessionToolset } from "../../domain/toolset.ts";
import type { WorkerSpec } from "../kinds/worker.ts";
import { noProvider } from "./faults.ts";
import { known, type KnownProvider, type Path, type RunReader } from "./run-reader.ts";

/** What can be said of who does something. */
export interface WorkerFields {
  readonly providerId: string;
  readonly model: string;
  readonly effort: string;
  readonly profile: string;
  readonly mode: WorkspaceMode;
  readonly timeoutMs: number;
  readonly systemPrompt: string;
  /** Absolute. */
  readonly repoPath: string;
  readonly attempts: number;
}

export interface Resolved {
  readonly worker: WorkerSpec;
  readonly attempts: number;
}

/** What holds of somebody who has a role of its own, as a planner. */
export interface Usually {
  /** Its profile. */
  readonly usual?: string | null;
  /** Its toolset, where its profile names none. */
  readonly toolset?: SessionToolset | null;
}

type Section = Readonly<Record<string, unknown>>;
type Layer = Partial<WorkerFields>;

const written = [
  "provider",
  "model",
  "effort",
  "profile",
  "isolation",
  "timeout",
  "system_prompt",
  "repo",
  "attempts",
];

/** Whether a field of a section is about who does it. */
export function isWorkerField(name: string): boolean {
  return written.includes(name);
}

/** What a section of the run says of its worker, checked against the schema before. */
export function readFields(reader: RunReader, path: Path, section: Section): Layer {
  const text = (name: string): string | undefined => section[name] as string | undefined;
  const timeoutMs = readDuration(reader, [...path, "timeout"], section["timeout"]);
  const folder = reader.document.file === null ? null : dirname(resolve(reader.document.file));
  const repo = text("repo");
  return defined<Layer>({
    providerId: text("provider"),
    model: text("model"),
    effort: text("effort"),
    profile: text("profile"),
    mode: section["isolation"] as WorkspaceMode | undefined,
    timeoutMs,
    systemPrompt: text("system_prompt"),
    repoPath:
      repo === undefined || folder === null || isAbsolute(repo) ? repo : resolve(folder, repo),
    attempts: section["attempts"] as number | undefined,
  });
}

/** Undefined where nothing is said, or what is said is told to be wrong. */
export function readDuration(reader: RunReader, path: Path, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const text = asText(value);
  const timeoutMs = parseDuration(text);
  if (timeoutMs !== undefined && timeoutMs > 0) return timeoutMs;
  reader.fault(path, `is no duration: "${text}"; write seconds, or as 90s, 30m, 1h30m`);
  return undefined;
}

/**
 * Who does something: what is said of it first, then what its profile says, the command's flags, what
 * the file says of everybody, the profile that these name, and what holds where nobody says anything.
 * @returns why nobody can do it, where that is so
 */
export function resolveWorker(
  reader: RunReader,
  own: Layer,
  { usual = null, toolset: given = null }: Usually = {},
): Resolved | { readonly refused: string; readonly attempts: number } {
  const { everybody } = reader;
  const { flags, base, profiles, brokenProfiles } = reader.context;
  const named = own.profile ?? usual;
  const outer = named === null ? (flags.profile ?? everybody.profile ?? null) : null;
  const name = named ?? outer;
  const profile = name === null ? undefined : profiles.get(name);
  const ofProfile = profile ? layerOf(profile) : {};
  const layers: readonly Layer[] =
    outer === null
      ? [own, ofProfile, flags, everybody, base]
      : [own, flags, everybody, ofProfile, base];
  const first = <K extends keyof WorkerFields>(key: K): WorkerFields[K] | undefined =>
    layers.find((layer) => layer[key] !== undefined)?.[key];
  const attempts = first("attempts") ?? base.attempts;
  if (name !== null && !profile) {
    const broken = brokenProfiles?.get(name);
    const refused =
      broken === undefined
        ? `there is no profile "${name}"; ${known(name, [...profiles.keys()])}`
        : `the profile "${name}" cannot be used: ${broken}`;
    return { refused, attempts };
  }
  const asked = first("providerId");
  if (asked === undefined) {
    return {
      refused: `${noProvider} (--provider ID, or \`provider\` in a file); agentpool never picks one`,
      attempts,
    };
  }
  const provider = reader.context.provider(asked);
  if ("why" in provider) return { refused: provider.why, attempts };
  const fallback = resolveFallback(reader, profile);
  if ("refused" in fallback) return { refused: fallback.refused, attempts };
  const timeoutMs = first("timeoutMs");
  const said = own.systemPrompt ?? flags.systemPrompt ?? everybody.systemPrompt;
  const instructions = [profile?.instructions, said].filter(
    (text) => text !== undefined && text !== "",
  );
  const worker: WorkerSpec = {
    ...namesOf(provider),
    model: ofProvider(layers, "model") ?? null,
    effort: ofProvider(layers, "effort") ?? null,
    profile: profile?.name ?? null,
    systemPrompt: instructions.length > 0 ? instructions.join("\n\n") : null,
    mode: first("mode") ?? base.mode,
    repoPath: first("repoPath") ?? base.repoPath,
    timeoutMs: timeoutMs ?? null,
    ...(profile?.toolset ? { toolset: profile.toolset } : {}),
    ...(fallback.list.length > 0 ? { fallback: fallback.list } : {}),
  };
  const toolset = profile?.toolset ?? given;
  const from = layers.find(({ mode }) => mode !== undefined);
  const saidBy =
    from === flags
      ? " by --isolation"
      : from === ofProfile
        ? ` by the profile ${profile?.name}`
        : "";
  const unfit = whyUnfit(reader, provider, { worker, toolset, saidBy });
  return unfit === null ? { worker, attempts } : { refused: unfit, attempts };
}

/** Whom the profile falls back to, each known; or the first that is not, and what to write instead. */
function resolveFallback(
  reader: RunReader,
  profile: Profile | undefined,
): { readonly list: readonly Substitute[] } | { readonly refused: string } {
  const list: Substitute[] = [];
  for (const { providerId, model } of profile?.fallback ?? []) {
    const provider = reader.context.provider(providerId);
    if ("why" in provider) {
      const where = profile?.file === null ? "" : ` in ${profile?.file}`;
      const instead = `write the id, an alias or a preset of a provider there, or leave it out${where}`;
      return {
        refused: `the profile "${profile?.name}" falls back to "${providerId}", and ${provider.why}; ${instead}`,
      };
    }
    list.push({ ...namesOf(provider), model });
  }
  return { list };
}

function namesOf({
  id,
  definitionId,
}: KnownProvider): Pick<WorkerSpec, "providerId" | "definitionId"> {
  const isOwn = definitionId === undefined || definitionId === id;
  return { providerId: id, ...(isOwn ? {} : { definitionId }) };
}

/** What keeps such a worker from being started, whatever its task. */
function whyUnfit(
  reader: RunReader,
  provider: KnownProvider,
  of: {
    readonly worker: WorkerSpec;
    readonly toolset: SessionToolset | null;
    readonly saidBy: string;
  },
): string | null {
  const { mode, repoPath } = of.worker;
  reader.folders.add(repoPath);
  const folder = reader.context.folders?.get(repoPath);
  const fault =
    provider.whyUnfit?.({ mode, toolset: of.toolset }) ??
    (mode === "worktree" ? folder?.worktree : null) ??
    null;
  // a folder that is not there suits no isolation
  const any = folder?.any ?? null;
  if (any === null && fault === null) return null;
  const why = any ?? `its isolation is ${mode}${of.saidBy}, and ${fault}`;
  reader.unfit.add(why);
  return why;
}

/** Somebody has to do this, or the run cannot be begun. */
export function needWorker(
  reader: RunReader,
  path: Path,
  options: Usually & { readonly section?: Section | undefined } = {},
): Resolved {
  const own = readFields(reader, path, options.section ?? {});
  const resolved = resolveWorker(reader, own, options);
  if ("worker" in resolved) return resolved;
  reader.fault(path, `cannot be done: ${resolved.refused}`);
  // never used: the fault keeps the run from beginning
  const worker: WorkerSpec = {
    providerId: "",
    model: null,
    effort: null,
    profile: null,
    systemPrompt: null,
    timeoutMs: null,
    ...reader.context.base,
  };
  return { worker, attempts: resolved.attempts };
}

function layerOf(profile: Profile): Layer {
  return defined<Layer>({
    providerId: profile.providerId ?? undefined,
    model: profile.model ?? undefined,
    effort: profile.effort ?? undefined,
    mode: profile.mode ?? undefined,
    timeoutMs: profile.timeoutMs ?? undefined,
    attempts: profile.maxAttempts ?? undefined,
  });
}

/** A model is one of the provider beside it: what is said further out of another does not count. */
function ofProvider(layers: readonly Layer[], key: "model" | "effort"): string | undefined {
  const at = layers.findIndex(({ providerId }) => providerId !== undefined);
  const chosen = layers[at]?.providerId;
  for (const [index, layer] of layers.entries()) {
    if (layer[key] === undefined) continue;
    const meant = layers.slice(index).find(({ providerId }) => providerId !== undefined);
    if (index <= at || !meant || meant.providerId === chosen) return layer[key];
  }
  return undefined;
}

function defined<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
