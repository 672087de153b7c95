import type { ApiContext, ApiReader, HandedOver, Reading } from "../../src/provider/definition.ts";
import { permissionReply, replyInWords } from "./dialogs.ts";
import { forgetDialogs, markerField, take, type Told } from "./events.ts";
import { fieldsAt, fieldsOf, listAt, parseFields, textAt, type Fields } from "./fields.ts";
import { memoryOf, type Memory } from "./memory.ts";
import { messageId, partIdOf } from "./message-id.ts";
import { readOnlyRules } from "./read-only.ts";

/** A request that comes too early is accepted and never answered. */
const healthMs = 500;
const answerMs = 5_000;
/** It says something every 10 s. */
const silenceMs = 35_000;
const firstPage = 20;

/** The agent's HTTP server: its events, and everything a person can do in the pane. */
export const api: ApiReader = {
  answers: ["approval", "question"],
  follow,
  reply: async (ctx, address, reply) => {
    const { status, text } = await post(ctx, `${address}/reply`, parseFields(reply));
    if (status === 404) return false;
    if (status !== 200) throw new Error(`${address} answered with status ${status}: ${text}`);
    return true;
  },
  inWords: replyInWords,
  texts: { idOf: messageId, send },
  interrupt,
};

async function* follow(ctx: ApiContext): AsyncIterable<Reading> {
  const health = await ctx.request("GET", "/global/health", { timeoutMs: healthMs });
  if (health.status !== 200) throw new Error(`its health has status ${health.status}`);
  const events = ctx.events("/event", { silenceMs })[Symbol.asyncIterator]();
  try {
    // nothing that happens from its first word on can be missed
    if ((await events.next()).done === true) return;
    let { memory, claims } = await catchUp(ctx);
    yield { memory, claims };
    for (;;) {
      const { value, done } = await events.next();
      if (done === true) return;
      const event = parseFields(value);
      // its server begins anew, and this stream will hear nothing of that
      if (textAt(event, "type") === "server.instance.disposed") return;
      const told = take(memory, event, around(ctx));
      if (told.memory === memory && told.claims.length === 0) continue;
      ({ memory, claims } = told);
      yield { memory, claims };
    }
  } finally {
    await events.return?.();
  }
}

/** What happened since the last reading, told as the events that say the same. */
async function catchUp(ctx: ApiContext): Promise<Told> {
  let told: Told = { memory: { ...memoryOf(ctx.memory), busy: null }, claims: [] };
  const tell = (type: string, properties: Fields): void => {
    const next = take(told.memory, { type, properties }, around(ctx));
    told = { memory: next.memory, claims: [...told.claims, ...next.claims] };
  };
  const info = told.memory.conversation === null ? await findConversation(ctx) : undefined;
  if (info) tell("session.created", { info });
  const { conversation } = told.memory;
  if (conversation !== null) {
    for (const message of await messagesSince(ctx, told.memory, conversation)) {
      tell("message.updated", { info: message["info"] });
      for (const part of listAt(message, "parts")) tell("message.part.updated", { part });
    }
    const status = fieldsOf((await getJson(ctx, "/session/status"))[conversation]);
    tell("session.status", {
      sessionID: conversation,
      status: textAt(status, "type") === null ? { type: "idle" } : status,
    });
  } else if (Object.keys(await getJson(ctx, "/session/status")).length === 0) {
    told = {
      ...told,
      claims: [...told.claims, { kind: "idle", because: "the agent answers and runs nothing" }],
    };
  }
  const open = await openRequests(ctx);
  const closed = forgetDialogs(
    told.memory,
    open.map((request) => textAt(request, "id") ?? ""),
  );
  told = { memory: closed.memory, claims: [...told.claims, ...closed.claims] };
  for (const request of open) tell("permission.asked", request);
  return told;
}

function around(ctx: ApiContext): { readonly now: number; readonly marker: string } {
  return { now: Date.now(), marker: ctx.facts["session"] ?? "" };
}

/** The messages from the oldest on that is not settled. */
async function messagesSince(
  ctx: ApiContext,
  memory: Memory,
  conversation: string,
): Promise<readonly Fields[]> {
  const known = memory.turn?.id ?? memory.queued[0]?.id ?? memory.newest;
  for (let limit = firstPage; ; limit *= 4) {
    const messages = await getList(ctx, `/session/${conversation}/message?limit=${limit}`);
    if (messages.length < limit) return messages;
    if ((textAt(fieldsAt(messages[0] ?? {}, "info"), "id") ?? "") <= known) return messages;
  }
}

/**
 * Dialogs that wait for an answer. The agent goes on listing those of an aborted turn; they are
 * told by their tool call, which is over.
 */
async function openRequests(ctx: ApiContext): Promise<readonly Fields[]> {
  const listed = [...(await getList(ctx, "/permission")), ...(await getList(ctx, "/question"))];
  const waiting = await Promise.all(listed.map((request) => isWaiting(ctx, request)));
  return listed.filter((_, index) => waiting[index]);
}

async function isWaiting(ctx: ApiContext, request: Fields): Promise<boolean> {
  const tool = fieldsAt(request, "tool");
  const message = textAt(tool, "messageID");
  if (message === null) return true;
  const found = await get(ctx, `/session/${textAt(request, "sessionID")}/message/${message}`);
  if (found.status !== 200) return true;
  const part = listAt(parseFields(found.text), "parts")
    .map(fieldsOf)
    .find((one) => one["callID"] === tool["callID"]);
  return !["completed", "error"].includes(textAt(fieldsAt(part ?? {}, "state"), "status") ?? "");
}

/**
 * The first text makes the conversation and has it shown in the pane. After that the conversation
 * is ours, whatever a person opens in the pane.
 */
async function send(ctx: ApiContext, id: string, text: string): Promise<HandedOver> {
  const conversation =
    ctx.agentSessionId ??
    textAt((await findConversation(ctx)) ?? (await newConversation(ctx)), "id");
  if (conversation === null) throw new Error("the agent made no conversation");
  if ((await get(ctx, `/session/${conversation}/message/${id}`)).status === 200) {
    return { outcome: "given" };
  }
  const latest = await get(ctx, `/session/${conversation}/message?limit=1`);
  if (latest.status === 404) {
    return { outcome: "refused", because: "its conversation was deleted in the agent" };
  }
  const [newest] = listAt(parseFields(`{"messages":${latest.text}}`), "messages");
  if (newest === undefined) {
    await post(ctx, "/tui/select-session", { sessionID: conversation });
  } else if ((textAt(fieldsAt(fieldsOf(newest), "info"), "id") ?? "") > id) {
    return { outcome: "late" };
  }
  const given = await post(ctx, `/session/${conversation}/prompt_async`, {
    messageID: id,
    ...choices(ctx),
    parts: [{ type: "text", id: partIdOf(id), text }],
  });
  if (given.status === 204 || given.status === 200) return { outcome: "given" };
  return { outcome: "refused", because: `the agent took it not (${given.status}): ${given.text}` };
}

/** What was chosen at launch; without it the agent goes by its own settings. */
function choices(ctx: ApiContext): Fields {
  const { model = "", agent = "" } = ctx.facts;
  const slash = model.indexOf("/");
  return {
    ...(slash > 0
      ? { model: { providerID: model.slice(0, slash), modelID: model.slice(slash + 1) } }
      : {}),
    ...(agent === "" ? {} : { agent }),
  };
}

async function findConversation(ctx: ApiContext): Promise<Fields | undefined> {
  if (ctx.agentSessionId !== null) return { id: ctx.agentSessionId };
  const sessions = await getList(ctx, "/session?roots=true&limit=100");
  return sessions.find(
    (session) => fieldsAt(session, "metadata")[markerField] === ctx.facts["session"],
  );
}

async function newConversation(ctx: ApiContext): Promise<Fields> {
  const { server } = ctx.facts;
  const rules = [
    ...(ctx.facts["readOnly"] === "true" ? readOnlyRules : []),
    // whatever the person's own rules say of tools in general
    ...(server === undefined ? [] : [{ permission: `${server}_*`, pattern: "*", action: "allow" }]),
  ];
  const made = await post(ctx, "/session", {
    metadata: { [markerField]: ctx.facts["session"] },
    ...(rules.length > 0 ? { permission: rules } : {}),
  });
  if (made.status !== 200) throw new Error(`no conversation was made: status ${made.status}`);
  return parseFields(made.text);
}

/** A turn that is aborted leaves its dialogs on the screen, so they are closed before. */
async function interrupt(ctx: ApiContext): Promise<void> {
  const conversation = ctx.agentSessionId;
  if (conversation === null) return;
  const children = await getList(ctx, `/session/${conversation}/children`);
  const own = [conversation, ...children.map((child) => textAt(child, "id"))];
  for (const request of await openRequests(ctx)) {
    if (!own.includes(textAt(request, "sessionID"))) continue;
    const id = textAt(request, "id") ?? "";
    await (id.startsWith("que")
      ? post(ctx, `/question/${id}/reject`)
      : post(ctx, `/permission/${id}/reply`, parseFields(permissionReply("reject"))));
  }
  const { status } = await post(ctx, `/session/${conversation}/abort`);
  if (status !== 200) throw new Error(`the abort was answered with status ${status}`);
}

function get(ctx: ApiContext, path: string): ReturnType<ApiContext["request"]> {
  return ctx.request("GET", path, { timeoutMs: answerMs });
}

function post(ctx: ApiContext, path: string, body?: Fields): ReturnType<ApiContext["request"]> {
  return ctx.request("POST", path, { timeoutMs: answerMs, ...(body ? { body } : {}) });
}

async function getJson(ctx: ApiContext, path: string): Promise<Fields> {
  const { status, text } = await get(ctx, path);
  if (status !== 200) throw new Error(`${path} was answered with status ${status}`);
  return parseFields(text);
}

async function getList(ctx: ApiContext, path: string): Promise<readonly Fields[]> {
  const { status, text } = await get(ctx, path);
  if (status === 404) return [];
  if (status !== 200) throw new Error(`${path} was answered with status ${status}`);
  return listAt(parseFields(`{"list":${text}}`), "list").map(fieldsOf);
}
