import { workspaceModes } from "../../domain/session.ts";
import {
  boolean,
  choice,
  integer,
  list,
  map,
  number,
  orNull,
  path,
  rules,
  text,
  type ValueType,
} from "./value-type.ts";

/**
 * Whether a project's `.agentpool.yaml` may set a key. A project is written by strangers: it may
 * name what runs nothing and widens nothing (`any`), or make a rule stricter than the person's own
 * (`true`, `false`: only to that; `lower`: only to less; `adds`: only more entries). `no` is for all
 * that starts programs, opens folders or lifts rules.
 */
export type ProjectMay = "no" | "any" | "true" | "false" | "lower" | "adds";

export interface KeyRow<T> {
  readonly type: ValueType<T>;
  readonly default: T;
  /** One line: what it does. */
  readonly doc: string;
  readonly project: ProjectMay;
  /** Name of the environment that says the same, and wins over files. */
  readonly env?: string;
  /** Why a value of the right type is refused all the same, or null. */
  readonly refuse?: (value: T) => string | null;
}

/**
 * Every key of `config.yaml`. A row is all that a key needs: reading, checking, `config show`, the
 * schema and the reference page follow from it. `providers.*` stands for the id of a provider.
 */
export const configKeys = {
  version: row(integer({ min: 1, max: 1 }), 1, "any", "Form of this file; there is one so far"),

  "policy.require_explicit_provider": row(
    boolean,
    true,
    "no",
    "A provider is always named by the caller; cannot be switched off",
    { refuse: (on) => (on ? null : "agentpool never picks a provider; leave it true, or out") },
  ),
  "policy.allow_auto_routing": row(
    boolean,
    false,
    "no",
    "Providers are never chosen for you; cannot be switched on",
    { refuse: (on) => (on ? "agentpool never picks a provider; leave it false, or out" : null) },
  ),
  "policy.allowed_providers": row(
    list(text),
    [],
    "no",
    "Providers that may be started; all when empty",
  ),
  "policy.denied_providers": row(
    list(text),
    [],
    "adds",
    "Providers that are never started, even when allowed",
  ),
  "policy.max_parallel_sessions": row(
    integer({ min: 1, max: 10_000 }),
    4,
    "lower",
    "Sessions that may work at the same time, in the whole home; idle ones do not count",
    { env: "AGENTPOOL_MAX_PARALLEL_SESSIONS" },
  ),
  "policy.max_parallel_per_provider": row(
    map(integer({ min: 0, max: 10_000 })),
    {},
    "no",
    "The same by provider: an id with a number",
  ),
  "policy.max_turns": row(
    orNull(integer({ min: 1 })),
    null,
    "lower",
    "Turns a session takes at most; the default and the bound of --max-turns",
  ),
  "policy.max_runtime_seconds": row(
    orNull(integer({ min: 1 })),
    null,
    "lower",
    "How long a session lives at most; the default and the bound of --max-runtime-seconds",
  ),
  "policy.default_isolation": row(
    choice(workspaceModes),
    "read_only",
    "no",
    "Isolation of a session that names none",
  ),
  "policy.require_worktree_for_edits": row(
    boolean,
    false,
    "true",
    "Implementers and testers must work in a worktree of their own",
  ),
  "policy.allow_shared_repo_edits": row(
    boolean,
    false,
    "false",
    "Implementers and testers may work in the shared folder itself",
  ),
  "policy.allow_raw_keys": row(
    boolean,
    false,
    "false",
    "Raw keys may be pressed in a session (agentpool keys)",
  ),
  "policy.min_free_memory_mb": row(
    integer({ min: 0 }),
    256,
    "no",
    "Nothing is started with less memory available than this, in MiB; 0 for never mind",
  ),
  "policy.min_remaining_percent": row(
    orNull(number({ min: 0, max: 100 })),
    null,
    "no",
    "Nothing is started on an account with less of a quota left, in percent; null for never mind",
  ),
  "policy.usage_stale_after_seconds": row(
    integer({ min: 1 }),
    1800,
    "no",
    "What was told of a quota without a reset time counts for so long",
  ),
  "policy.usage_auto_refresh_after_seconds": row(
    orNull(integer({ min: 1 })),
    null,
    "no",
    "usage-summary asks anew for what is older; null for never by itself",
  ),
  "policy.block_on_usage_statuses": row(
    list(choice(["limit_reached", "overage_possible", "near_limit"])),
    ["limit_reached", "overage_possible"],
    "no",
    "Nothing is started on an account whose newest usage says one of these",
  ),
  "policy.never_allow_overage": row(
    boolean,
    true,
    "no",
    "No rule answers a dialog about a limit or paid overage",
  ),
  "policy.require_human_approval_for_overage": row(
    boolean,
    true,
    "no",
    "Only a person answers a dialog about a limit or paid overage; no agent, no rule",
  ),
  "policy.trust_folders": row(
    boolean,
    true,
    "no",
    "Avoid a CLI's folder-trust dialog by settings of its process alone; false shows it",
  ),
  "policy.continue_after_limit": row(
    boolean,
    true,
    "no",
    "Go on with the turn that met a limit once that is over, where the CLI does not by itself",
  ),
  "policy.answers": row(
    rules,
    [],
    "no",
    "Rules for answering dialogs; the first that fits decides",
  ),

  "workspace.allowed_roots": row(
    list(path),
    [],
    "no",
    "Agents work inside these folders only; anywhere when empty",
  ),
  "workspace.denied_roots": row(
    list(path),
    [],
    "no",
    "Agents never work in these folders; system and credential folders are always refused",
  ),

  "providers.*.enabled": row(boolean, true, "no", "Whether the provider may be started"),
  "providers.*.binary": row(
    orNull(path),
    null,
    "no",
    "Program to run instead of the one that is found",
  ),
  "providers.*.default_model": row(orNull(text), null, "no", "Model of sessions that name none"),
  "providers.*.max_parallel": row(
    orNull(integer({ min: 0, max: 10_000 })),
    null,
    "no",
    "Sessions of the provider that may work at the same time",
  ),
  model_catalog_paths: row(
    list(path),
    [],
    "no",
    "Further files with models, in the form of those in models/",
  ),
} as const;

export type AnyKey = keyof typeof configKeys;
/** Keys that stand below each provider, by what follows the id. */
export type ProviderKey = AnyKey extends infer K
  ? K extends `providers.*.${infer Name}`
    ? Name
    : never
  : never;
export type ConfigKey = Exclude<AnyKey, `providers.*.${string}`>;
export type ValueOf<K extends AnyKey> = (typeof configKeys)[K] extends KeyRow<infer T> ? T : never;

/** The row of a key, its type forgotten. */
export function rowOf(key: AnyKey): KeyRow<unknown> {
  return configKeys[key] as unknown as KeyRow<unknown>;
}

function row<T>(
  type: ValueType<T>,
  preset: NoInfer<T>,
  project: ProjectMay,
  doc: string,
  more: Pick<KeyRow<T>, "env" | "refuse"> = {},
): KeyRow<T> {
  return { type, default: preset, doc, project, ...more };
}
