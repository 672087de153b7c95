import type { Claim, LogPlace, LogReader } from "../../src/provider/definition.ts";
import { fieldsOf, listOf, parseFields, textOf, type Fields } from "./fields.ts";
import { isOwnPrompt } from "./own-prompts.ts";
import { briefOf } from "./tool-brief.ts";

/** What the reader carries from line to line: its conversation, and the last error it was shown. */
interface Memory {
  readonly conversation: string | null;
  readonly error: string | null;
}

interface Told {
  readonly claims: readonly Claim[];
  readonly after: Memory;
}

/**
 * The conversation as JSON lines. A turn has the id of the message that began it, and ends with a
 * line of its own, whatever became of it; the Stop hook is the same for an answer and a failure.
 */
export const log: LogReader = {
  find: findLog,
  read: (line, memory) => {
    const fields = parseFields(line);
    const before = recall(memory);
    const { claims, after } = tell(fields, before);
    const at = Date.parse(textOf(fields, "timestamp") ?? "");
    return {
      claims,
      memory: after,
      conversation: after.conversation,
      ...(Number.isNaN(at) ? {} : { at }),
    };
  },
};

function tell(fields: Fields, before: Memory): Told {
  switch (textOf(fields, "type")) {
    case "session_start": {
      const id = textOf(fields, "id");
      const claims: Claim[] = id === null ? [] : [{ kind: "agent_identified", agentSessionId: id }];
      return { claims, after: { conversation: id, error: null } };
    }
    case "message":
      return readMessage(fields, before);
    case "agent_turn_outcome":
      return { claims: readOutcome(fields, before), after: { ...before, error: null } };
    default:
      return { claims: [], after: before };
  }
}

function readMessage(fields: Fields, before: Memory): Told {
  const message = fieldsOf(fields["message"]);
  const blocks = listOf(message, "content").map(fieldsOf);
  const id = textOf(fields, "id") ?? "";
  const text = textsOf(blocks);
  // the run of a hook is a message, too
  if (textOf(message, "hookEventName") !== null) return { claims: [], after: before };
  if (textOf(message, "role") === "assistant") {
    return { claims: readAssistant(blocks, text, id), after: before };
  }
  const visibility = textOf(message, "visibility");
  if (visibility !== null) {
    // what only the person sees is a notice, mostly of an error; what only the model sees a reminder
    return { claims: [], after: visibility === "user_only" ? { ...before, error: text } : before };
  }
  const results = blocks
    .filter((block) => textOf(block, "type") === "tool_result")
    .flatMap((block, index) => readResult(block, `${id}:${index}`));
  if (results.length > 0 || text === "" || id.startsWith("context-")) {
    return { claims: results, after: before };
  }
  const own = isOwnPrompt(text) ? { own: true } : {};
  return {
    claims: [
      { kind: "prompt_taken", text, agentTurn: id, ...own },
      { kind: "message", role: "user", text, ref: id },
    ],
    after: { ...before, error: null },
  };
}

function readAssistant(blocks: readonly Fields[], text: string, ref: string): readonly Claim[] {
  const started = blocks
    .filter((block) => textOf(block, "type") === "tool_use")
    .map((block): Claim => ({
      kind: "tool_started",
      callId: textOf(block, "id") ?? "",
      name: textOf(block, "name") ?? "",
      detail: briefOf(fieldsOf(block["input"])),
    }));
  return [
    ...(text === "" ? [] : [{ kind: "message" as const, role: "assistant" as const, text, ref }]),
    ...started,
  ];
}

function readResult(block: Fields, ref: string): readonly Claim[] {
  const callId = textOf(block, "tool_use_id") ?? "";
  const text = textOf(block, "content") ?? textsOf(listOf(block, "content").map(fieldsOf));
  return [
    { kind: "tool_finished", callId, ok: block["is_error"] !== true },
    ...(text === "" ? [] : [{ kind: "message" as const, role: "tool" as const, text, ref }]),
  ];
}

function readOutcome(fields: Fields, { error }: Memory): readonly Claim[] {
  const reason = textOf(fields, "reason") ?? "";
  const agentTurn = textOf(fields, "turnId");
  const ended = (
    outcome: "completed" | "interrupted" | "failed" | "limited",
    why: string | null = null,
  ): Claim => ({ kind: "turn_ended", outcome, agentTurn, result: null, error: why });
  const why = error ?? reason;
  switch (reason) {
    case "completed":
    case "spec_handoff":
      return [ended("completed")];
    case "cancelled":
    case "permission_rejected":
      return [ended("interrupted")];
    case "model_usage_exhausted":
      // nothing in its files says when that ends
      return [{ kind: "limit_hit", resetsAt: null, message: why }, ended("limited", why)];
    case "model_rate_limited":
      return [{ kind: "limit_warning", message: why }, ended("failed", why)];
    default:
      return [ended("failed", why)];
  }
}

/**
 * The log of the conversation, once that is known; before, the only one of the folder that is as
 * young as the session. Of two it cannot be told whose they are.
 */
async function findLog({
  facts,
  agentSessionId,
  startedAt,
  list,
}: LogPlace): Promise<string | null> {
  const folder = facts["sessions"] ?? "";
  const files = folder === "" ? [] : await list(folder);
  const logs = files.filter(({ name }) => name.endsWith(".jsonl"));
  const [found, ...more] = logs.filter(({ name, mtimeMs }) =>
    agentSessionId === null ? mtimeMs >= startedAt : name === `${agentSessionId}.jsonl`,
  );
  return found === undefined || more.length > 0 ? null : `${folder}/${found.name}`;
}

function textsOf(blocks: readonly Fields[]): string {
  return blocks
    .filter((block) => textOf(block, "type") === "text")
    .map((block) => textOf(block, "text") ?? "")
    .join("\n");
}

function recall(memory: unknown): Memory {
  const fields = fieldsOf(memory);
  return { conversation: textOf(fields, "conversation"), error: textOf(fields, "error") };
}
