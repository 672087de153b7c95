import {
  errorKinds,
  type AgentpoolError,
  type ErrorBody,
  type ErrorCode,
} from "../../domain/errors.ts";
import type { Fence } from "./fence.ts";
import type { McpManifest } from "./manifest.ts";
import { inToolWords } from "./tool-words.ts";

/**
 * The body of an error as a host may see it. An error about what the agent shows or does can quote
 * the agent: its reason and details are fenced, and under lockdown (no fence) left out.
 */
export function errorBody(
  error: AgentpoolError,
  fence: Fence | undefined,
  manifest: McpManifest,
): ErrorBody {
  const body = error.toBody();
  const hint = nextCall(body.code, body.hint, manifest);
  const hinted = { ...body, ...(hint === undefined ? {} : { hint }) };
  if (!mayQuoteWorker(body.code)) return hinted;
  if (!fence) {
    return {
      code: body.code,
      message: errorKinds[body.code].meaning,
      ...(hint === undefined ? {} : { hint }),
    };
  }
  return {
    ...hinted,
    message: body.message.replace(/\s+/g, " "),
    ...(body.why === undefined ? {} : { why: fence.text(body.why) }),
    ...(body.details === undefined ? {} : { details: fenceDetails(body.details, fence) }),
  };
}

/** The same for people and models that read text. */
export function errorText(body: ErrorBody): string {
  return [
    `${body.code}: ${body.message}`,
    ...(body.why === undefined ? [] : [`why: ${body.why}`]),
    ...(body.hint === undefined ? [] : [`next: ${body.hint}`]),
  ].join("\n");
}

/** Errors about the request and about this machine quote nobody but the caller. */
function mayQuoteWorker(code: ErrorCode): boolean {
  const { exit } = errorKinds[code];
  if (exit === 2 || exit === 4) return false;
  return exit !== 3 || code === "prompt_not_found";
}

function fenceDetails(
  details: Readonly<Record<string, unknown>>,
  fence: Fence,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(details).map(([key, value]) => [key, fenceValue(value, fence)]),
  );
}

function fenceValue(value: unknown, fence: Fence): unknown {
  if (typeof value === "string") return isWord(value) ? value : fence.text(value);
  if (Array.isArray(value)) return value.map((one) => fenceValue(one, fence));
  if (typeof value !== "object" || value === null) return value;
  return fenceDetails(value as Readonly<Record<string, unknown>>, fence);
}

/** An id, a state, a path: nothing one could say anything with. */
function isWord(text: string): boolean {
  return /^[\w@./:+-]{1,120}$/.test(text);
}

/** Hints name shell commands; here the next step is a tool. */
function nextCall(
  code: ErrorCode,
  hint: string | undefined,
  manifest: McpManifest,
): string | undefined {
  const tool = nextTools[code];
  if (tool === undefined) return hint === undefined ? undefined : inToolWords(hint, manifest);
  return hint === undefined || hint.includes("agentpool ")
    ? tool
    : `${inToolWords(hint, manifest)} ${tool}`;
}

const nextTools: Readonly<Partial<Record<ErrorCode, string>>> = {
  provider_required: "Name provider_id; get_inventory lists the providers.",
  provider_not_found: "get_inventory lists the providers.",
  provider_not_installed: "get_inventory says how to install it.",
  session_not_found: "list_sessions lists the workers.",
  prompt_open: "Answer it first with answer_worker.",
  prompt_not_found: "observe_worker shows what it asks now.",
  prompt_changed: "observe_worker shows what it asks now.",
  option_not_found: "Give answer_worker the label of one of the options.",
  ambiguous_id: "Give the whole id; list_sessions has them.",
  session_busy: "observe_worker shows when it is free.",
  nothing_to_interrupt: "observe_worker shows what it does.",
  session_live: "End it first with terminate_worker.",
  worktree_active: "End the worker first with terminate_worker.",
  worktree_dirty: "Keep the work: collect_worker_artifacts; or give cleanup_worktree force.",
  invalid_wait_for: "Name words of the list.",
  session_ended: "collect_worker_artifacts gives its result.",
  cursor_expired: "Call without since and go on from the cursor it returns.",
  lease_conflict:
    "list_file_leases says who holds what; with timeout_seconds acquire_file_lease waits in line.",
  lease_ended: "Read the file again before you change it, and ask anew with acquire_file_lease.",
  lease_not_found: "list_file_leases lists the leases.",
  answer_unconfirmed: "observe_worker shows what is known.",
  interrupt_unconfirmed: "observe_worker shows what is known.",
};
