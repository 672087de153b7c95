import type { Claim, HookReader } from "../../src/provider/definition.ts";
import { readApproval, readQuestions, type Call } from "./dialog.ts";
import { fieldsOf, listOf, numberOf, textOf, type Fields } from "./fields.ts";
import { isOwnPrompt } from "./own-prompts.ts";

/**
 * What the reader carries from one payload to the next.
 * - `main`: the conversation on screen; sub-agents have conversations of their own, and report
 *   through the same hooks.
 * - `known`: those of sub-agents, which may begin several times, as one that is taken up again.
 * - `subs`: of these, those that work.
 * - `calls`: tool calls that began and were not asked for yet; a notice says only that some are.
 * - `asked`: the dialogs that are open, with what they are about.
 */
interface Memory {
  readonly main: string | null;
  readonly known: readonly string[];
  readonly subs: readonly string[];
  readonly calls: readonly OwnedCall[];
  readonly asked: readonly Asked[];
  readonly count: number;
}

interface OwnedCall extends Call {
  readonly of: string;
}

interface Asked {
  readonly ref: string;
  readonly of: string;
  /** Calls that the dialog is about, as `keyOf` names them. */
  readonly about: readonly string[];
}

interface Heard {
  readonly claims: readonly Claim[];
  readonly after: Memory;
}

const keptCalls = 16;
const keptSubs = 64;

/**
 * What the hooks say. How a turn ended is told by the log: a failed one fires the same Stop as one
 * that was answered, and a hook of the person's may make the agent go on.
 */
export const hooks: HookReader = {
  read: (event, payload, memory) => {
    const fields = fieldsOf(payload);
    const before = recall(memory);
    const own = textOf(fields, "session_id") ?? "";
    const isSub = isSubAgent(event, fields, before);
    const { claims, after } = isSub
      ? hearSub(event, own, fields, before)
      : hear(event, own, fields, before);
    return {
      claims,
      memory: after,
      conversation: isSub ? after.main : own,
      logPath: isSub ? null : textOf(fields, "transcript_path"),
    };
  },
};

/** The first conversation is the one on screen; another that begins anew and is nobody's is a sub-agent's. */
function isSubAgent(event: string, fields: Fields, { main, known }: Memory): boolean {
  const own = textOf(fields, "session_id") ?? "";
  if (main === null || own === main) return false;
  if (known.includes(own)) return true;
  return event !== "SessionStart" || textOf(fields, "source") === "startup";
}

function hear(event: string, own: string, fields: Fields, before: Memory): Heard {
  switch (event) {
    case "SessionStart":
      return {
        claims: [{ kind: "agent_identified", agentSessionId: own }],
        after: { ...before, main: own, calls: [], asked: [] },
      };
    case "UserPromptSubmit": {
      const text = textOf(fields, "prompt") ?? "";
      const agentTurn = textOf(fields, "message_id");
      const ownPrompt = isOwnPrompt(text) ? { own: true } : {};
      const taken: Claim = { kind: "prompt_taken", text, agentTurn, ...ownPrompt };
      return closeAll(own, { ...before, main: before.main ?? own }, [taken]);
    }
    case "Stop":
      return closeAll(own, before, []);
    default:
      return hearTool(event, own, fields, before);
  }
}

/** Of a sub-agent, only what it asks is of interest, and that it works. */
function hearSub(event: string, own: string, fields: Fields, heard: Memory): Heard {
  const known = [...heard.known.filter((sub) => sub !== own), own].slice(-keptSubs);
  const before = { ...heard, known };
  const count = (subs: readonly string[], { claims, after }: Heard): Heard => ({
    claims: [...claims, { kind: "background_jobs", count: subs.length }],
    after: { ...after, subs },
  });
  const others = before.subs.filter((sub) => sub !== own);
  switch (event) {
    case "UserPromptSubmit":
      return count([...others, own], { claims: [], after: before });
    // one that has ended its work may stay, and says so later or never
    case "Stop":
    case "SessionEnd":
      return count(others, closeAll(own, before, []));
    default:
      return hearTool(event, own, fields, before);
  }
}

function hearTool(event: string, own: string, fields: Fields, before: Memory): Heard {
  const call: OwnedCall = {
    of: own,
    tool: textOf(fields, "tool_name") ?? "",
    input: fieldsOf(fields["tool_input"]),
  };
  switch (event) {
    case "PreToolUse":
      return { claims: [], after: { ...before, calls: [...before.calls, call].slice(-keptCalls) } };
    case "PostToolUse": {
      const key = keyOf(call);
      const over = before.asked.filter(({ about }) => about.includes(key));
      return {
        claims: over.map(({ ref }) => closed(ref, "the tool call it asked about went on")),
        after: {
          ...before,
          calls: before.calls.filter((one) => keyOf(one) !== key),
          asked: before.asked.filter((one) => !over.includes(one)),
        },
      };
    }
    case "Notification":
      return hearNotice(textOf(fields, "notification_type"), own, before);
    default:
      return { claims: [], after: before };
  }
}

function hearNotice(type: string | null, own: string, before: Memory): Heard {
  const pending = before.calls.filter(({ of }) => of === own);
  const questions = pending.filter(({ tool }) => tool === "AskUser");
  const count = before.count + 1;
  const ref = `${own}:${count}`;
  const about = type === "elicitation_dialog" ? questions : pending;
  const dialogs =
    type === "elicitation_dialog"
      ? questions.flatMap(readQuestions)
      : type === "permission_prompt"
        ? [readApproval(pending)]
        : [];
  if (dialogs.length === 0) return { claims: [], after: before };
  const refs = dialogs.map((_, index) => (index === 0 ? ref : `${ref}#${index}`));
  return {
    claims: dialogs.map((dialog, index): Claim => ({
      kind: "dialog_opened",
      ref: refs[index] ?? ref,
      dialog,
      channel: null,
    })),
    after: {
      ...before,
      count,
      calls: before.calls.filter((call) => !about.includes(call)),
      asked: [
        ...before.asked,
        ...refs.map((one): Asked => ({ ref: one, of: own, about: about.map(keyOf) })),
      ],
    },
  };
}

/** Whatever a conversation asked is over when it stops, or takes its next prompt. */
function closeAll(own: string, before: Memory, claims: readonly Claim[]): Heard {
  const over = before.asked.filter(({ of }) => of === own);
  return {
    claims: [...over.map(({ ref }) => closed(ref, "the agent went on")), ...claims],
    after: {
      ...before,
      calls: before.calls.filter(({ of }) => of !== own),
      asked: before.asked.filter(({ of }) => of !== own),
    },
  };
}

function closed(ref: string, how: string): Claim {
  return { kind: "dialog_closed", ref, how };
}

/** Calls have no id in the payloads; the same one has the same words. */
function keyOf({ of, tool, input }: OwnedCall): string {
  return JSON.stringify([of, tool, input]).slice(0, 2_000);
}

function recall(memory: unknown): Memory {
  const fields = fieldsOf(memory);
  return {
    main: textOf(fields, "main"),
    known: listOf(fields, "known") as readonly string[],
    subs: listOf(fields, "subs") as readonly string[],
    calls: listOf(fields, "calls") as readonly OwnedCall[],
    asked: listOf(fields, "asked") as readonly Asked[],
    count: numberOf(fields, "count") ?? 0,
  };
}
