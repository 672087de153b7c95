import { describe, expect, test } from "vitest";
import { api } from "../../../providers/opencode/api.ts";
import type { Memory } from "../../../providers/opencode/memory.ts";
import { messageId } from "../../../providers/opencode/message-id.ts";
import type { ApiContext, Claim, Reading } from "../../../src/provider/definition.ts";
import { eventsOf, tell } from "./recordings.ts";
import { readAll, Server } from "./server.ts";

const never = new AbortController().signal;

/** What the first reading of a connection says to somebody who knows this much. */
async function catchUp(server: Server, memory: Memory | null = null): Promise<Reading> {
  server.end();
  const [first] = await readAll(api.follow(server.context({ memory }), never));
  if (!first) throw new Error("there was no reading");
  return first;
}

function kinds(claims: readonly Claim[]): string[] {
  return claims.map((claim) => (claim.kind === "turn_ended" ? claim.outcome : claim.kind));
}

/** The memory after the events of a record up to one that fits. */
function memoryAfter(name: string, last: (event: string) => boolean): Memory {
  const events = eventsOf(name);
  const index = events.findIndex((event) => last(JSON.stringify(event)));
  return tell(events.slice(0, index + 1)).memory;
}

describe("a connection", () => {
  test("is only begun with an agent that says that it is healthy", async () => {
    const server = new Server();
    server.health = 503;
    await expect(readAll(api.follow(server.context(), never))).rejects.toThrow("status 503");
    expect(server.asked.map(({ path }) => path)).toEqual(["/global/health"]);
  });

  test("to a fresh agent says that it is idle", async () => {
    const { claims } = await catchUp(new Server());
    expect(kinds(claims)).toEqual(["idle"]);
  });

  test("goes on with the events, and says nothing of those that mean nothing", async () => {
    const server = Server.at("completed");
    const follow = api.follow(server.context(), never)[Symbol.asyncIterator]();
    const first = (await follow.next()).value as Reading;
    server.emit({ type: "server.heartbeat", properties: {} });
    server.emit({
      type: "session.status",
      properties: { sessionID: server.conversation, status: { type: "busy" } },
    });
    const second = (await follow.next()).value as Reading;
    expect(kinds(first.claims)).toContain("agent_identified");
    expect(kinds(second.claims)).toEqual(["busy"]);
    server.emit({ type: "server.instance.disposed", properties: {} });
    expect((await follow.next()).done).toBe(true);
  });
});

describe("what happened while nobody listened", () => {
  test("a whole turn", async () => {
    const { claims } = await catchUp(Server.at("completed"));
    expect(kinds(claims)).toEqual([
      "agent_identified",
      "prompt_taken",
      "message",
      "usage",
      "message",
      "completed",
      "idle",
    ]);
  });

  test("a dialog came up, and waits", async () => {
    const { claims } = await catchUp(Server.at("approval"));
    expect(kinds(claims).slice(-4)).toEqual(["message", "tool_started", "busy", "dialog_opened"]);
    expect(claims.at(-1)).toMatchObject({
      dialog: { kind: "approval", text: "$ echo yes > yes.txt" },
      channel: { source: "api", address: expect.stringMatching(/^\/permission\/per_/) },
    });
  });

  test("a question came up, with its own answers", async () => {
    const { claims } = await catchUp(Server.at("question"));
    expect(claims.at(-1)).toMatchObject({
      kind: "dialog_opened",
      dialog: { kind: "question", options: [{ label: "red" }, { label: "blue" }] },
      channel: { address: expect.stringMatching(/^\/question\/que_/) },
    });
  });

  test("a sub-agent asks", async () => {
    const server = Server.at("sub-agent");
    expect(kinds((await catchUp(server)).claims).at(-1)).toBe("dialog_opened");
    expect(server.permission[0]?.["sessionID"]).not.toBe(server.conversation);
  });

  test("a limit began", async () => {
    const server = Server.at("limited");
    const next = Date.now() + 3_600_000;
    server.status = { [server.conversation]: { type: "retry", message: "Usage limit", next } };
    const { claims } = await catchUp(server);
    expect(claims.at(-1)).toMatchObject({ kind: "limit_hit", resetsAt: next });
  });

  test("a dialog that an aborted turn left behind is none", async () => {
    const server = Server.at("left-behind");
    expect(server.permission).toHaveLength(1);
    const { claims } = await catchUp(server);
    expect(kinds(claims)).not.toContain("dialog_opened");
  });

  test("a known dialog was answered, and the turn ended", async () => {
    const memory = memoryAfter("approved", (event) => event.includes("permission.asked"));
    const server = Server.at("question");
    server.status = {};
    server.question = [];
    server.messages.set(
      server.conversation,
      server.messages.get(server.conversation)?.slice(0, 2) ?? [],
    );
    const { claims } = await catchUp(server, memory);
    expect(kinds(claims)).toContain("dialog_closed");
  });

  test("what is known is not told again", async () => {
    const { memory } = tell(eventsOf("completed"));
    expect(kinds((await catchUp(Server.at("completed"), memory)).claims)).toEqual(["idle"]);
    const first = await catchUp(Server.at("approval"));
    const second = await catchUp(Server.at("approval"), first.memory as Memory);
    expect(kinds(second.claims)).not.toContain("prompt_taken");
    expect(kinds(second.claims)).not.toContain("dialog_opened");
  });

  test("texts that still wait in the agent's queue", async () => {
    const { claims, memory } = await catchUp(Server.at("queued"));
    expect(claims.filter(({ kind }) => kind === "prompt_queued").slice(-2)).toMatchObject([
      { text: "[[say:q one]] queued one" },
      { text: "[[say:q two]] queued two" },
    ]);
    expect((memory as Memory).queued).toHaveLength(2);
  });

  test("a long conversation is read back as far as it is not known", async () => {
    const server = Server.at("completed");
    const [user, answer] = server.messages.get(server.conversation) ?? [];
    const many = Array.from({ length: 90 }, (_, n) => {
      const id = `msg_2${String(n).padStart(4, "0")}`;
      return [
        { ...user, info: { ...(user?.["info"] as object), id }, parts: [] },
        {
          ...answer,
          info: { ...(answer?.["info"] as object), id: `${id}a`, parentID: id },
          parts: [],
        },
      ];
    }).flat();
    server.messages.set(server.conversation, many);
    await catchUp(server, { ...tell(eventsOf("completed")).memory, newest: "msg_20040" });
    const pages = server.asked.filter(({ path }) => path.includes("/message?limit"));
    expect(pages.map(({ path }) => path.split("=")[1])).toEqual(["20", "80", "320"]);
  });
});

describe("handing a text over", () => {
  const id = messageId({ deliveryId: "dl_1m7yztkeg32c013kz", at: 1_795_262_869_799 });
  const send = (ctx: ApiContext, one = id) => api.texts?.send(ctx, one, "a\ttext  ");

  test("the first one makes the conversation and shows it in the pane", async () => {
    const server = new Server();
    expect(await send(server.context())).toEqual({ outcome: "given" });
    expect(server.posted).toEqual([
      { method: "POST", path: "/session", body: { metadata: { agentpool: "ap_0123456789ab" } } },
      { method: "POST", path: "/tui/select-session", body: { sessionID: "ses_made" } },
      {
        method: "POST",
        path: "/session/ses_made/prompt_async",
        body: {
          messageID: id,
          parts: [{ type: "text", id: id.replace("msg", "prt"), text: "a\ttext  " }],
        },
      },
    ]);
  });

  test("a conversation that was made before a crash is found again", async () => {
    const server = Server.at("completed");
    server.messages.set(server.conversation, []);
    await send(server.context());
    expect(server.posted.map(({ path }) => path)).toEqual([
      "/tui/select-session",
      `/session/${server.conversation}/prompt_async`,
    ]);
  });

  test("what was chosen at launch goes with each", async () => {
    const server = Server.at("completed");
    const facts = { session: "ap_0123456789ab", model: "proxy/some/model", agent: "plan" };
    const later = messageId({ deliveryId: "dl_x", at: 1_795_262_999_999 });
    await send(server.context({ facts, agentSessionId: server.conversation }), later);
    expect(server.posted.at(-1)?.body).toMatchObject({
      model: { providerID: "proxy", modelID: "some/model" },
      agent: "plan",
    });
  });

  test("a conversation that may only read has rules of its own, which come last", async () => {
    const server = new Server();
    await send(server.context({ facts: { session: "ap_0123456789ab", readOnly: "true" } }));
    expect(server.posted[0]?.body).toMatchObject({
      permission: [
        { permission: "edit", pattern: "*", action: "deny" },
        { permission: "bash", pattern: "*", action: "deny" },
      ],
    });
  });

  test("one that is there already is not given again", async () => {
    const server = Server.at("completed");
    const [first] = server.messages.get(server.conversation) ?? [];
    const there = String((first?.["info"] as Record<string, unknown> | undefined)?.["id"]);
    expect(await send(server.context({ agentSessionId: server.conversation }), there)).toEqual({
      outcome: "given",
    });
    expect(server.posted).toEqual([]);
  });

  test("one whose id is older than the conversation would never be answered", async () => {
    const server = Server.at("completed");
    const old = messageId({ deliveryId: "dl_x", at: 1_795_262_860_000 });
    const ctx = server.context({ agentSessionId: server.conversation });
    expect(await send(ctx, old)).toEqual({ outcome: "late" });
    expect(server.posted).toEqual([]);
  });

  test("a conversation that was deleted takes nothing any more", async () => {
    const given = send(new Server().context({ agentSessionId: "ses_gone" }));
    expect(await given).toMatchObject({ outcome: "refused", because: /deleted/ });
  });

  test("what the agent refuses is refused in its words", async () => {
    const server = new Server();
    server.refuse = { "/session/ses_made/prompt_async": 400 };
    expect(await send(server.context())).toMatchObject({ outcome: "refused", because: /400.*no/ });
  });
});

describe("answering and stopping", () => {
  test("an answer goes to exactly its dialog", async () => {
    const server = new Server();
    const given = await api.reply(server.context(), "/permission/per_1", '{"reply":"once"}');
    expect(given).toBe(true);
    expect(server.posted).toEqual([
      { method: "POST", path: "/permission/per_1/reply", body: { reply: "once" } },
    ]);
  });

  test("a dialog that is over takes none", async () => {
    const server = new Server();
    server.refuse = { "/question": 404 };
    expect(await api.reply(server.context(), "/question/que_1", "{}")).toBe(false);
    server.refuse = { "/question": 500 };
    await expect(api.reply(server.context(), "/question/que_1", "{}")).rejects.toThrow("500");
  });

  test("an interrupt closes the dialogs first, which it would leave on the screen", async () => {
    const server = Server.at("approval");
    const other = { id: "per_other", sessionID: "ses_other", permission: "bash", patterns: ["x"] };
    const pending = String(server.permission[0]?.["id"]);
    server.permission.push(other);
    await api.interrupt?.(server.context({ agentSessionId: server.conversation }));
    expect(server.posted).toEqual([
      { method: "POST", path: `/permission/${pending}/reply`, body: { reply: "reject" } },
      { method: "POST", path: `/session/${server.conversation}/abort`, body: undefined },
    ]);
  });

  test("a question and a sub-agent's dialog are closed as well", async () => {
    const question = Server.at("question");
    await api.interrupt?.(question.context({ agentSessionId: question.conversation }));
    expect(question.posted[0]?.path).toMatch(/^\/question\/que_\w+\/reject$/);

    const child = Server.at("sub-agent");
    child.children = [{ id: child.permission[0]?.["sessionID"] }];
    await api.interrupt?.(child.context({ agentSessionId: child.conversation }));
    expect(child.posted[0]?.path).toMatch(/^\/permission\/per_\w+\/reply$/);
  });
});
