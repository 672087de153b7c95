import { sumCalls, type Claim } from "../../src/provider/definition.ts";
import { permissionDialog, permissionReply, questionContext, questionDialog } from "./dialogs.ts";
import { questionReply } from "./dialogs.ts";
import { fieldsAt, numberAt, textAt, type Fields } from "./fields.ts";
import { blank, type Memory, type Step, type TurnMemory } from "./memory.ts";
import { failureOf, isLimit, outcomeOf, outcomeWhenFollowed } from "./outcome.ts";
import { detailOf, outputOf } from "./tools.ts";

/** What one event leads to. */
export interface Told {
  readonly memory: Memory;
  readonly claims: readonly Claim[];
}

export interface Circumstances {
  readonly now: number;
  /** What a conversation of ours carries. */
  readonly marker: string;
}

/** The field of a conversation's metadata that says whose it is. */
export const markerField = "agentpool";

const pendingKept = 16;

/**
 * Takes in one event of the agent's stream. Pure, and it may be given anything twice: the state
 * that is asked for after a connection was lost is told as the events that led to it.
 */
export function take(memory: Memory, event: Fields, around: Circumstances): Told {
  const properties = fieldsAt(event, "properties");
  const isOwn =
    memory.conversation !== null && textAt(properties, "sessionID") === memory.conversation;
  switch (textAt(event, "type")) {
    case "session.created":
      return takeConversation(memory, fieldsAt(properties, "info"), around);
    case "message.updated":
      return takeMessage(memory, fieldsAt(properties, "info"));
    case "message.part.updated":
      return takePart(memory, fieldsAt(properties, "part"));
    case "session.status":
      return isOwn ? takeStatus(memory, fieldsAt(properties, "status"), around) : none(memory);
    case "session.error":
      return isOwn ? takeError(memory, fieldsAt(properties, "error")) : none(memory);
    case "permission.asked":
    case "question.asked":
      return takeDialog(memory, properties);
    case "permission.replied": {
      const reply = textAt(properties, "reply") ?? "";
      return closeDialog(memory, textAt(properties, "requestID"), {
        how: `it was answered: ${reply}`,
        reply: permissionReply(reply),
      });
    }
    case "question.replied":
      return closeDialog(memory, textAt(properties, "requestID"), {
        how: "it was answered",
        reply: questionReply(properties["answers"]),
      });
    case "question.rejected":
      return closeDialog(memory, textAt(properties, "requestID"), {
        how: "it was dismissed",
        unanswered: true,
      });
    default:
      return none(memory);
  }
}

/** Closes the dialogs that the agent does not list any more. */
export function forgetDialogs(memory: Memory, listed: readonly string[]): Told {
  let told = none(memory);
  for (const id of Object.keys(memory.dialogs).filter((one) => !listed.includes(one))) {
    told = and(told, closeDialog(told.memory, id, { how: "the agent does not list it any more" }));
  }
  return told;
}

function none(memory: Memory): Told {
  return { memory, claims: [] };
}

function and(before: Told, after: Told): Told {
  return { memory: after.memory, claims: [...before.claims, ...after.claims] };
}

// --- conversations and prompts --------------------------------------------------------------

/** Ours is the one made for us; before there is one, the first that a person begins in the pane. */
function takeConversation(memory: Memory, info: Fields, { marker }: Circumstances): Told {
  const id = textAt(info, "id");
  if (id === null || id === memory.conversation || textAt(info, "parentID") !== null) {
    return none(memory);
  }
  const isMade = textAt(fieldsAt(info, "metadata"), markerField) === marker;
  return isMade || memory.conversation === null ? adopt(memory, id) : none(memory);
}

function adopt(memory: Memory, id: string): Told {
  return {
    memory: { ...blank, conversation: id, dialogs: memory.dialogs },
    claims: [{ kind: "agent_identified", agentSessionId: id }],
  };
}

function takeMessage(memory: Memory, info: Fields): Told {
  const id = textAt(info, "id");
  const conversation = textAt(info, "sessionID");
  if (id === null || conversation === null) return none(memory);
  const isPrompt = textAt(info, "role") === "user";
  if (isPrompt && memory.conversation === null) {
    const adopted = adopt(memory, conversation);
    return and(adopted, takeMessage(adopted.memory, info));
  }
  if (conversation !== memory.conversation) return none(memory);
  if (!isPrompt) return takeStep(memory, id, info);
  if (id <= memory.newest || memory.pending.includes(id)) return none(memory);
  return none({ ...memory, pending: [...memory.pending, id].slice(-pendingKept) });
}

/** A prompt begins a turn, or waits in the agent's queue while it works on another one. */
function takePrompt(memory: Memory, id: string, text: string, ref: string): Told {
  const next: Memory = {
    ...memory,
    newest: id > memory.newest ? id : memory.newest,
    pending: memory.pending.filter((one) => one !== id),
    queued: [...memory.queued, { id, text, ref }],
  };
  if (memory.turn === null) return takeQueued(next, id);
  return { memory: next, claims: [{ kind: "prompt_queued", text }] };
}

/** The agent works on everything that was queued up to this prompt. */
function takeQueued(memory: Memory, upTo: string): Told {
  const claims: Claim[] = [];
  let { turn } = memory;
  for (const { id, text, ref } of memory.queued.filter((one) => one.id <= upTo)) {
    if (turn) {
      const { outcome, error } = outcomeWhenFollowed(turn);
      claims.push({ kind: "turn_ended", outcome, agentTurn: turn.id, result: null, error });
    }
    claims.push(
      { kind: "prompt_taken", text, agentTurn: id },
      { kind: "message", role: "user", text, ref },
    );
    turn = { id, steps: {}, last: null, error: null, toolError: null };
  }
  return {
    memory: { ...memory, turn, queued: memory.queued.filter((one) => one.id > upTo) },
    claims,
  };
}

// --- what the agent does about a prompt -----------------------------------------------------

function takeStep(memory: Memory, id: string, info: Fields): Told {
  const prompt = textAt(info, "parentID") ?? "";
  const taken = memory.queued.some((one) => one.id <= prompt)
    ? takeQueued(memory, prompt)
    : none(memory);
  const { turn } = taken.memory;
  // what belongs to an older prompt is history
  if (!turn || prompt < turn.id) return taken;
  const step = stepOf(info);
  const next: TurnMemory = { ...turn, steps: { ...turn.steps, [id]: step }, last: id };
  const counted: Claim[] = step.done ? [usageOf(next)] : [];
  const told = and(taken, { memory: { ...taken.memory, turn: next }, claims: counted });
  return and(told, endTurn(told.memory));
}

function stepOf(info: Fields): Step {
  const tokens = fieldsAt(info, "tokens");
  const cache = fieldsAt(tokens, "cache");
  const count = (fields: Fields, name: string): number => numberAt(fields, name) ?? 0;
  return {
    done: numberAt(fieldsAt(info, "time"), "completed") !== null,
    finish: textAt(info, "finish"),
    error: failureOf(fieldsAt(info, "error")),
    summary: info["summary"] === true,
    input: count(tokens, "input") + count(cache, "read") + count(cache, "write"),
    output: count(tokens, "output") + count(tokens, "reasoning"),
    cached: count(cache, "read"),
    cacheWritten: count(cache, "write"),
    model: modelOf(info),
  };
}

function modelOf(info: Fields): string | null {
  const [provider, model] = [textAt(info, "providerID"), textAt(info, "modelID")];
  return provider === null || model === null ? null : `${provider}/${model}`;
}

function usageOf({ id, steps }: TurnMemory): Claim {
  const calls = Object.values(steps).map(({ input, output, cached, cacheWritten, model }) => ({
    input,
    output,
    cached,
    cacheWritten,
    model,
  }));
  return { kind: "usage", tokens: sumCalls(calls), agentTurn: id };
}

/** The turn is over when the agent is idle and has finished its last message, in either order. */
function endTurn(memory: Memory): Told {
  const { turn } = memory;
  if (!turn || memory.busy !== false) return none(memory);
  const isDone = turn.last === null ? turn.error !== null : turn.steps[turn.last]?.done === true;
  if (!isDone) return none(memory);
  const { outcome, error } = outcomeOf(turn);
  return {
    memory: { ...memory, turn: null },
    claims: [{ kind: "turn_ended", outcome, agentTurn: turn.id, result: null, error }],
  };
}

function takeError(memory: Memory, error: Fields): Told {
  const { turn } = memory;
  const failure = failureOf(error);
  if (!turn || !failure) return none(memory);
  return none({ ...memory, turn: { ...turn, error: failure } });
}

function takeStatus(memory: Memory, status: Fields, { now }: Circumstances): Told {
  const type = textAt(status, "type");
  if (type === "idle") {
    const idle: Memory = { ...memory, busy: false };
    const ended = endTurn(idle);
    if (memory.busy === false) return ended;
    return and(ended, {
      memory: ended.memory,
      claims: [{ kind: "idle", because: "the agent says that it is idle" }],
    });
  }
  if (type !== "busy" && type !== "retry") return none(memory);
  const isRetry = type === "retry";
  const message = textAt(status, "message") ?? "";
  const because = isRetry ? `the agent tries again: ${message}` : "the agent says that it is busy";
  const claims: Claim[] = memory.busy === true ? [] : [{ kind: "busy", because }];
  const limited = isRetry && isLimit(status, now);
  if (limited) claims.push({ kind: "limit_hit", resetsAt: numberAt(status, "next"), message });
  if (memory.limited && !limited) claims.push({ kind: "limit_lifted" });
  if (memory.busy === true && memory.limited === limited) return { memory, claims };
  return { memory: { ...memory, busy: true, limited }, claims };
}

// --- parts of messages ----------------------------------------------------------------------

function takePart(memory: Memory, part: Fields): Told {
  const message = textAt(part, "messageID") ?? "";
  const ref = textAt(part, "id") ?? "";
  const type = textAt(part, "type");
  if (type === "tool") return takeTool(memory, part);
  const text = textAt(part, "text");
  if (type !== "text" || text === null) return none(memory);
  if (memory.pending.includes(message)) {
    // what the agent adds to a prompt by itself is marked
    const isOwn = part["synthetic"] !== true && part["ignored"] !== true;
    return isOwn ? takePrompt(memory, message, text, ref) : none(memory);
  }
  const step = memory.turn?.steps[message];
  const isWhole = numberAt(fieldsAt(part, "time"), "end") !== null;
  if (!step || step.summary || !isWhole || text === "") return none(memory);
  return { memory, claims: [{ kind: "message", role: "assistant", text, ref }] };
}

function takeTool(memory: Memory, part: Fields): Told {
  const callId = textAt(part, "callID") ?? "";
  const state = fieldsAt(part, "state");
  const status = textAt(state, "status");
  const isOver = status === "completed" || status === "error";
  const closed = isOver ? closeDialogsOf(memory, callId) : none(memory);
  const { turn } = memory;
  if (!turn?.steps[textAt(part, "messageID") ?? ""]) return closed;
  if (status === "running") {
    const name = textAt(part, "tool") ?? "";
    const detail = detailOf(fieldsAt(state, "input"));
    return { memory, claims: [{ kind: "tool_started", callId, name, detail }] };
  }
  if (!isOver) return closed;
  const ok = status === "completed";
  const text = outputOf(state);
  const claims: Claim[] = [{ kind: "tool_finished", callId, ok }];
  if (text !== "") {
    claims.push({ kind: "message", role: "tool", text, ref: textAt(part, "id") ?? callId });
  }
  const toolError = ok ? turn.toolError : text;
  const next = { ...closed.memory, turn: { ...turn, toolError } };
  return and(closed, { memory: toolError === turn.toolError ? closed.memory : next, claims });
}

// --- dialogs --------------------------------------------------------------------------------

/** A sub-agent's dialogs are shown in the same pane and hold up the same work. */
function takeDialog(memory: Memory, request: Fields): Told {
  const id = textAt(request, "id");
  if (id === null || memory.dialogs[id] !== undefined) return none(memory);
  const callId = textAt(fieldsAt(request, "tool"), "callID") ?? "";
  const isQuestion = id.startsWith("que");
  const channel = {
    source: "api",
    address: `/${isQuestion ? "question" : "permission"}/${id}`,
  } as const;
  return {
    memory: { ...memory, dialogs: { ...memory.dialogs, [id]: callId } },
    claims: [
      {
        kind: "dialog_opened",
        ref: id,
        dialog: isQuestion ? questionDialog(request) : permissionDialog(request),
        channel: isQuestion ? { ...channel, inWords: questionContext(request) } : channel,
      },
    ],
  };
}

function closeDialog(
  memory: Memory,
  id: string | null,
  end: Omit<Extract<Claim, { kind: "dialog_closed" }>, "kind" | "ref">,
): Told {
  if (id === null || memory.dialogs[id] === undefined) return none(memory);
  const { [id]: _closed, ...dialogs } = memory.dialogs;
  return { memory: { ...memory, dialogs }, claims: [{ kind: "dialog_closed", ref: id, ...end }] };
}

/** An aborted turn leaves its dialogs behind, unanswered and without a word. */
function closeDialogsOf(memory: Memory, callId: string): Told {
  let told = none(memory);
  for (const [id, call] of Object.entries(memory.dialogs)) {
    if (call !== callId || callId === "") continue;
    const end = { how: "its tool call is over", unanswered: true };
    told = and(told, closeDialog(told.memory, id, end));
  }
  return told;
}
