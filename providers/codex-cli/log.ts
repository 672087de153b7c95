import type { Claim, LogReader, Reading } from "../../src/provider/definition.ts";
import { closePlan, planDialog, planRef } from "./dialog.ts";
import { fieldsOf, listOf, textOf, type Fields } from "./fields.ts";
import { findLog } from "./find-log.ts";
import { readItem } from "./items.ts";
import {
  isTooManyRequests,
  isUsageLimit,
  readWindows,
  resetOf,
  warningsOf,
  type Window,
} from "./limits.ts";
import { readQuota } from "./quota.ts";
import { readSpent, readThreadTotal, spentOf, type Spent } from "./tokens.ts";

/** What is carried from line to line. */
interface Memory {
  /** The thread the file belongs to. */
  readonly thread: string | null;
  /** The lines that follow were copied from the thread this one was forked from. */
  readonly copied: boolean;
  readonly windows: readonly Window[];
  /** The plan proposed in the turn that runs. */
  readonly plan: string | null;
  /** The turn that ended last when it proposed a plan. */
  readonly planned: string | null;
  /** The model that answers, as the log told it last. */
  readonly model: string | null;
  readonly spent: Spent;
}

interface Told {
  readonly claims: readonly Claim[];
  readonly memory?: Partial<Memory>;
}

const nothing: Told = { claims: [] };

/**
 * The rollout: JSON lines `{timestamp, type, payload}`. Of the many types, those are read that say
 * what was asked, done, answered and refused.
 */
export const log: LogReader = {
  find: findLog,
  read: (line, memory): Reading => {
    const known = memoryOf(memory);
    const entry = parse(line);
    const payload = fieldsOf(entry["payload"]);
    const at = Date.parse(textOf(entry, "timestamp") ?? "");
    const told = tell(textOf(entry, "type") ?? "", payload, known);
    const next = { ...known, ...told.memory };
    return {
      claims: known.copied && next.copied ? [] : told.claims,
      memory: next,
      ...(Number.isNaN(at) ? {} : { at }),
    };
  },
};

function tell(type: string, payload: Fields, memory: Memory): Told {
  switch (type) {
    case "session_meta":
      return begin(payload, memory);
    case "turn_context":
      return { claims: [], memory: { model: textOf(payload, "model") ?? memory.model } };
    case "token_usage_record":
      return readSpent(payload, memory);
    case "retained_context":
      return answered(payload);
    case "event_msg":
      return event(textOf(payload, "type") ?? "", payload, memory);
    default:
      return nothing;
  }
}

/** A second head in one file is that of the thread whose history follows. */
function begin(payload: Fields, memory: Memory): Told {
  const id = textOf(payload, "id");
  if (memory.thread === null) return { claims: [], memory: { thread: id } };
  return id === memory.thread ? nothing : { claims: [], memory: { copied: true } };
}

function event(type: string, payload: Fields, memory: Memory): Told {
  const turn = textOf(payload, "turn_id");
  switch (type) {
    case "thread_settings_applied":
      return textOf(payload, "thread_id") === memory.thread
        ? { claims: [], memory: { copied: false, ...modelIn(payload) } }
        : nothing;
    case "task_started":
      return {
        claims: [],
        memory: { plan: null, spent: { ...memory.spent, before: memory.spent.total, turn } },
      };
    case "item_completed": {
      const item = fieldsOf(payload["item"]);
      const claims = readItem(item, turn, memory.planned !== null);
      switch (textOf(item, "type")) {
        case "UserMessage":
          return { claims: [...claims, ...closePlan(memory.planned)], memory: { planned: null } };
        case "Plan":
          return { claims, memory: { plan: textOf(item, "text") } };
        default:
          return { claims };
      }
    }
    case "turn_aborted":
      return { claims: [ended("interrupted", turn, null, null)], memory: { plan: null } };
    case "task_complete":
      return complete(payload, turn, memory);
    case "token_count":
      return counted(payload, memory);
    default:
      return nothing;
  }
}

function complete(payload: Fields, turn: string | null, memory: Memory): Told {
  const error = fieldsOf(payload["error"]);
  const message = textOf(error, "message");
  if (message !== null || Object.keys(error).length > 0) {
    const why = message ?? JSON.stringify(error);
    if (isUsageLimit(error)) {
      const resetsAt = resetOf(memory.windows);
      return {
        claims: [{ kind: "limit_hit", resetsAt, message: why }, ended("limited", turn, null, why)],
        memory: { plan: null },
      };
    }
    const warning: Claim[] = isTooManyRequests(error)
      ? [{ kind: "limit_warning", message: why }]
      : [];
    return { claims: [...warning, ended("failed", turn, null, why)], memory: { plan: null } };
  }
  const { plan } = memory;
  const end = ended("completed", turn, textOf(payload, "last_agent_message") ?? plan, null);
  if (plan === null) return { claims: [end] };
  const menu = { ref: planRef(turn), dialog: planDialog(plan), channel: null };
  return {
    claims: [end, { kind: "dialog_opened", ...menu }],
    memory: { plan: null, planned: turn },
  };
}

function ended(
  outcome: "completed" | "interrupted" | "failed" | "limited",
  agentTurn: string | null,
  result: string | null,
  error: string | null,
): Claim {
  return { kind: "turn_ended", outcome, agentTurn, result, error };
}

function answered(payload: Fields): Told {
  const ref = textOf(payload, "call_id");
  if (textOf(payload, "type") !== "verified_answer" || ref === null) return nothing;
  const answers = listOf(payload, "questions").map((one) => textOf(fieldsOf(one), "answer") ?? "");
  const how = `the question was answered: ${answers.join(", ")}`;
  return { claims: [{ kind: "dialog_closed", ref, how }] };
}

function modelIn(payload: Fields): Partial<Memory> {
  const model = textOf(fieldsOf(payload["thread_settings"]), "model");
  return model === null ? {} : { model };
}

function counted(payload: Fields, memory: Memory): Told {
  const spent = readThreadTotal(payload, memory);
  const left = quota(payload, memory);
  return {
    claims: [...spent.claims, ...left.claims],
    memory: { ...spent.memory, ...left.memory },
  };
}

function quota(payload: Fields, memory: Memory): Told {
  const limits = fieldsOf(payload["rate_limits"]);
  const told = readQuota(limits);
  const claims: Claim[] = told.windows.length === 0 ? [] : [{ kind: "quota", ...told }];
  const windows = readWindows(limits);
  // a line without windows says nothing about them
  if (windows.length === 0) return { claims };
  const warnings = warningsOf(windows, memory.windows).map((message): Claim => ({
    kind: "limit_warning",
    message,
  }));
  return { claims: [...claims, ...warnings], memory: { windows } };
}

function parse(line: string): Fields {
  try {
    return fieldsOf(JSON.parse(line) as unknown);
  } catch {
    return {};
  }
}

function memoryOf(memory: unknown): Memory {
  const fields = fieldsOf(memory);
  return {
    thread: textOf(fields, "thread"),
    copied: fields["copied"] === true,
    windows: listOf(fields, "windows") as readonly Window[],
    plan: textOf(fields, "plan"),
    planned: textOf(fields, "planned"),
    model: textOf(fields, "model"),
    spent: spentOf(fields),
  };
}
