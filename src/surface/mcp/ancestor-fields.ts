import { liveStates } from "../../domain/session.ts";

/**
 * Arguments the ancestors' tools took and ours do not list. A model that learnt those tools goes
 * on using them: what has a plain meaning here is understood, what would promise something that is
 * not kept is refused with the reason.
 */
export type AncestorField =
  /** The same thing under another name. */
  | { readonly becomes: string }
  /** Stands for these fields, unless they are given themselves. */
  | { readonly means: (value: unknown) => Readonly<Record<string, unknown>> }
  /** Changes nothing that could be told apart; the answer names it. */
  | { readonly ignored: true }
  /** Only this value is kept; others are refused. */
  | { readonly only: unknown; readonly why: string }
  | { readonly refused: string };

const recentLog: AncestorField = {
  means: (value) => (value === true ? { detail: "excerpt" } : {}),
};

const ancestorFields: Readonly<Record<string, Readonly<Record<string, AncestorField>>>> = {
  spawn_worker: {
    provider: { becomes: "provider_id" },
    repo: { becomes: "repo_path" },
    runtime: { only: "tmux", why: "Workers run in tmux." },
    metadata: { refused: "agentpool keeps no notes of callers; use name." },
  },
  observe_worker: { include_recent_log: recentLog },
  poll_worker: { include_recent_log: recentLog },
  send_worker_message: {
    submit: { only: true, why: "A message is always submitted." },
  },
  collect_worker_artifacts: {
    include_diff: { ignored: true },
    include_transcript: { ignored: true },
    mark_completed: { becomes: "close" },
  },
  terminate_worker: { reason: { ignored: true } },
  list_sessions: {
    include_all: { means: (value) => (value === false ? { state: liveStates } : {}) },
  },
  get_inventory: { include_usage: { ignored: true } },
};

export function ancestorField(tool: string, name: string): AncestorField | undefined {
  const fields = ancestorFields[tool];
  return fields && Object.hasOwn(fields, name) ? fields[name] : undefined;
}
