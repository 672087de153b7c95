import {
  errorKinds,
  type AgentpoolError,
  type ErrorBody,
  type ErrorCode,
} from "../../domain/errors.ts";
import type { Fence } from "./fence.ts";
import type { ManifestTool, McpManifest } from "./manifest.ts";
import { inToolWords } from "./tool-words.ts";

/**
 * The body of an error as a host may see it. An error about what the agent shows or does can quote
 * the agent: its reason and details are fenced, and under lockdown (no fence) left out.
 * @param tool what was called
 */
export function errorBody(
  error: AgentpoolError,
  fence: Fence | undefined,
  manifest: McpManifest,
  tool?: ManifestTool,
): ErrorBody {
  const body = error.toBody();
  const hint = nextCall(body, manifest, tool);
  const hinted = { ...body, ...(hint === undefined ? {} : { hint }) };
  if (!mayQuoteWorker(body.code)) {
    return {
      ...hinted,
      message: inArguments(body.message, tool),
      ...(body.why === undefined ? {} : { why: inToolWords(body.why, manifest, tool) }),
    };
  }
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
  if (quotesNobody.has(code)) return false;
  const { exit } = errorKinds[code];
  if (exit === 2 || exit === 4) return false;
  return exit !== 3 || code === "prompt_not_found";
}

/** Conflicts that are told in words of ours, names and numbers alone. */
const quotesNobody: ReadonlySet<ErrorCode> = new Set([
  "claim_not_held",
  "idempotency_conflict",
  "own_approval",
  "task_claimed",
]);

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

/** `isolation (--isolation): ...` says the flag of a shell besides, and may name the operation. */
function inArguments(message: string, tool: ManifestTool | undefined): string {
  if (!tool) return message;
  const { operation, fields, definition } = tool;
  const named = new Map(Object.entries(fields).map(([argument, field]) => [field, argument]));
  return message
    .replace(
      /(\w+)((?:\.\w+)*) \((?:--[a-z][a-z-]*|<\w+(?:\.{3})?>)\)/g,
      (_, field: string, inside: string) => `${named.get(field) ?? field}${inside}`,
    )
    .replaceAll(`${operation} has no`, `${definition.name} has no`);
}

/** Hints name shell commands; here the next step is a tool. */
function nextCall(
  { code, hint, details }: ErrorBody,
  manifest: McpManifest,
  called: ManifestTool | undefined,
): string | undefined {
  const tool = nextTool(code, manifest);
  if (called && hint !== undefined && seesHelp.test(hint)) {
    const fields = details?.["fields"];
    const which = Array.isArray(fields) && fields.length > 0 ? fields.join(" and ") : "it";
    return `Correct ${which}, and call ${called.definition.name} again.`;
  }
  const words = hint === undefined ? undefined : inToolWords(hint, manifest, called);
  if (tool === undefined || words?.includes(tool)) return words;
  return words === undefined || hint?.includes("agentpool ") ? tool : `${words} ${tool}`;
}

/** Where a shell says more of a command's fields; a host has them in the list of tools. */
const seesHelp = /^(?:agentpool [a-z -]+ --help|See \w+\.\w+)$/;

/** In the names of the tools that are offered: an agent of a session has other ones for leases. */
function nextTool(code: ErrorCode, { tools }: McpManifest): string | undefined {
  let isOffered = true;
  const text = nextTools[code]?.replace(/\b[a-z]+(?:_[a-z]+)+\b/g, (word) => {
    if (!toolWord.test(word)) return word;
    const tool = tools.find(({ definition, aliases }) =>
      [definition.name, ...aliases].includes(word),
    );
    isOffered &&= tool !== undefined;
    return tool?.definition.name ?? word;
  });
  return isOffered ? text : undefined;
}

/** Every tool's name begins with what it does; arguments do not. */
const toolWord =
  /^(?:get|list|observe|answer|terminate|collect|cleanup|acquire|wait|open|check|claim|send)_/;

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
  approval_not_found: "list_approvals lists what waits.",
  own_approval: "Wait for somebody else with wait_approval.",
  not_decider: "Leave it to a person.",
  recipient_not_found: "list_agents lists who takes part.",
  thread_not_found: "list_threads lists the threads.",
  thread_resolved: "Open another one with open_thread.",
  message_not_found: "check_messages gives what is for you.",
  task_not_found: "list_tasks lists the tasks.",
  task_ended: "Leave it, and take another with claim_task.",
  claim_lost: "Leave it, and take another with claim_task.",
  claim_not_held:
    "Give the token that claim_task returned for it; claim it first if it is nobody's.",
  lease_not_found: "list_file_leases lists the leases.",
  answer_unconfirmed: "observe_worker shows what is known.",
  interrupt_unconfirmed: "observe_worker shows what is known.",
};
