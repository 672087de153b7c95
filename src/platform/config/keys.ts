import { workspaceModes } from "../../domain/session.ts";
import {
  boolean,
  choice,
  integer,
  list,
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
 * that starts programs, opens folders or lifts rules; `trusted` counts where the person's own file
 * names the repository in `worktree.trusted_repositories`.
 */
export type ProjectMay = "no" | "any" | "true" | "false" | "lower" | "adds" | "trusted";

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
  /** What people are shown of a value that may hold a secret. */
  readonly shown?: (value: T) => unknown;
}

/**
 * Every key of `config.yaml`. A row is all that a key needs: reading, checking, `config show`, the
 * schema and the reference page follow from it. `*` stands for a name: in `providers.*` for the id of a
 * provider, in `budgets.agents.*` for that or the name of a profile.
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
  "policy.max_turns": row(
    orNull(integer({ min: 1 })),
    null,
    "lower",
    "Texts a session is sent after its task; the default and the bound of --max-turns",
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
  "policy.allow_shared_from_agents": row(
    boolean,
    false,
    "false",
    "Agents may start sessions in the shared folder itself, by themselves or by runs and workers",
  ),
  "policy.allow_autonomous_from_agents": row(
    boolean,
    false,
    "false",
    "Agents may start autonomous sessions, whose dialogs nobody is asked about",
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
    "Agents never work in these folders, nor in those of the system and of credentials",
  ),

  "worktree.setup": row(
    orNull(text),
    null,
    "trusted",
    "Shell script that is run in each new worktree before its agent; its failure stops the start",
  ),
  "worktree.teardown": row(
    orNull(text),
    null,
    "trusted",
    "Shell script that is run in a worktree before it is removed",
  ),
  "worktree.script_timeout_seconds": row(
    integer({ min: 1, max: 540 }),
    300,
    "no",
    "How long such a script may take",
  ),
  "worktree.trusted_repositories": row(
    list(path),
    [],
    "no",
    "Repositories whose .agentpool.yaml may name scripts for their worktrees",
  ),

  "runs.answer_timeout_seconds": row(
    integer({ min: 0 }),
    1_800,
    "no",
    "How long an agent of a run may wait for an answer before its attempt fails; 0 for ever",
  ),

  "budgets.day_tokens": row(
    orNull(integer({ min: 0 })),
    null,
    "no",
    "Tokens that all sessions together may use in a day (UTC); then runs are paused",
  ),
  "budgets.day_usd": row(
    orNull(number({ min: 0 })),
    null,
    "no",
    "US dollars that all sessions together may cost in a day (UTC), by list prices",
  ),
  "budgets.day_minutes": row(
    orNull(number({ min: 0 })),
    null,
    "no",
    "Minutes that all sessions together may live in a day (UTC)",
  ),
  "budgets.agents.*.tokens": row(
    orNull(integer({ min: 0 })),
    null,
    "no",
    "Tokens the agent may use in a day (UTC); then runs give it no further tasks",
  ),
  "budgets.agents.*.usd": row(
    orNull(number({ min: 0 })),
    null,
    "no",
    "US dollars the agent may cost in a day (UTC), by list prices",
  ),
  "budgets.agents.*.minutes": row(
    orNull(number({ min: 0 })),
    null,
    "no",
    "Minutes that sessions of the agent may live in a day (UTC)",
  ),

  "leases.report_uncovered": row(
    boolean,
    false,
    "true",
    "collect tells of changed files that no lease covers even where a session held none",
  ),

  "notifications.on": row(
    list(choice(["needs_input", "limited", "failed", "completed"])),
    ["needs_input", "limited", "failed"],
    "no",
    "What somebody is told of",
  ),
  "notifications.desktop": row(
    boolean,
    false,
    "no",
    "Tell by notify-send or osascript; where there is none, by the terminals around tmux (OSC 9)",
  ),
  "notifications.bell": row(boolean, false, "no", "Ring in the terminals around your own tmux"),
  "notifications.tmux": row(boolean, false, "no", "Tell in the message line of your own tmux"),
  "notifications.webhook": row(
    orNull(text),
    null,
    "no",
    "Post each notice as JSON to this address; https, or http on this machine",
    {
      refuse: (address) =>
        address === null ||
        /^https:\/\/[^/\s]+|^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])[:/]/.test(address)
          ? null
          : "it is no https:// address, nor http:// on this machine",
      // whoever knows the whole address may post there
      shown: (address) => address && `${new URL(address).origin}/...`,
    },
  ),
  "notifications.webhook_text": row(
    boolean,
    false,
    "no",
    "Post what the agent asks too; without it no word of the agent leaves this machine",
  ),
  "retention.sessions_days": row(
    orNull(integer({ min: 1 })),
    null,
    "no",
    "Sessions that have been over for so many days are removed, as prune does; null for never",
  ),
  "retention.runs_days": row(
    orNull(integer({ min: 1 })),
    null,
    "no",
    "Runs, tasks and approvals over for so many days are removed, as gc does, and participants gone so long; null for never",
  ),
  "retention.events_days": row(
    integer({ min: 1 }),
    30,
    "no",
    "Events of sessions that are over are kept for so many days",
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
export type ConfigKey = Exclude<AnyKey, `${string}.*.${string}`>;
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
  more: Pick<KeyRow<T>, "env" | "refuse" | "shown"> = {},
): KeyRow<T> {
  return { type, default: preset, doc, project, ...more };
}
