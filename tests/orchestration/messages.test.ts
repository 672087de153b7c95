import { expect, test } from "vitest";
import type { Principal } from "../../src/domain/principal.ts";
import { openHome, type TestHome } from "../support/home.ts";
import { decide } from "../support/records.ts";
import { makeSession } from "../support/session.ts";

interface Inbox {
  readonly messages: readonly { readonly n: number; readonly body: string }[];
  readonly ack_through: number | null;
  readonly history: readonly { readonly body: string }[];
}

const session = (sessionId: string): Principal => ({ kind: "session", sessionId });

const inbox = (home: TestHome, agent: string, input: object = {}): Promise<Inbox> =>
  home.ask<Inbox>("message.check", { agent, ...input });

const bodies = ({ messages }: Inbox): string[] => messages.map(({ body }) => body);

test("of writers that reply at once nothing is lost, and readers that wait see each once, in order", async () => {
  const home = await openHome();
  const [writers, replies, readers] = [5, 12, ["r1", "r2"]];
  for (const name of readers) await home.ask("agent.register", { name });
  const { thread } = await home.ask<{ thread: { id: string } }>("thread.open", {
    title: "Load",
    body: "begin",
    with: readers,
    agent: "opener",
  });
  const total = writers * replies + 1;
  const reading = readers.map(async (name) => {
    const seen: { n: number; body: string }[] = [];
    for (let through: number | undefined; seen.length < total;) {
      const input = { limit: 7, timeout_seconds: 20, ...(through ? { ack_through: through } : {}) };
      const got = await inbox(home, name, input);
      seen.push(...got.messages);
      through = got.ack_through ?? through;
    }
    return seen;
  });
  const writing = Array.from({ length: writers }, async (_, w) => {
    for (let i = 0; i < replies; i++) {
      const body = `w${w} ${i}`;
      await home.ask("thread.reply", { thread_id: thread.id, body, agent: `w${w}` });
    }
  });
  await Promise.all(writing);

  for (const seen of await Promise.all(reading)) {
    const numbers = seen.map(({ n }) => n);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(new Set(seen.map(({ body }) => body)).size).toBe(total);
    expect(seen).toHaveLength(total);
    for (let w = 0; w < writers; w++) {
      const own = seen.filter(({ body }) => body.startsWith(`w${w} `));
      expect(own.map(({ body }) => Number(body.split(" ")[1]))).toEqual(
        Array.from({ length: replies }, (_, i) => i),
      );
    }
  }
});

test("the same request made again sends one message, and another text under its key is refused", async () => {
  const home = await openHome();
  await home.ask("agent.register", { name: "bob" });
  const send = (body: string) =>
    home.ask("message.send", { to: "bob", body, agent: "a" }, { key: "once" });

  const twice = await Promise.all([send("hi"), send("hi")]);
  await home.restart();
  expect(await send("hi")).toEqual(twice[0]);
  expect(twice[1]).toEqual(twice[0]);
  await expect(send("ho")).rejects.toMatchObject({ code: "idempotency_conflict" });
  expect(bodies(await inbox(home, "bob"))).toEqual(["hi"]);
});

test("a broadcast reaches who is there: in a run those of the run, and nobody who comes later", async () => {
  const home = await openHome();
  await home.app.store.commit(
    decide({
      writes: [
        ["ap_a00000000000", "run:rn_1"],
        ["ap_b00000000000", "session:ap_a00000000000"],
        ["ap_c00000000000", "person"],
      ].map(([id, author]) => ({
        noun: "session",
        insert: makeSession({ id: id ?? "", author: author ?? "", state: "idle" }),
      })),
    }),
  );
  const sent = (await home
    .as(session("ap_a00000000000"))
    .call("message.broadcast", { input: { body: "to the run" } })) as {
    receipts: { participant: string }[];
  };
  expect(sent.receipts.map(({ participant }) => participant).toSorted()).toEqual([
    "person",
    "session:ap_b00000000000",
  ]);
  await home.ask("agent.register", { name: "late", run_id: "rn_1" });
  const late = await inbox(home, "late", { history: 5 });
  expect(bodies(late)).toEqual([]);
  expect(late.history.map(({ body }) => body)).toEqual(["to the run"]);
});

test("a session speaks as itself, and acknowledges only what is its own", async () => {
  const home = await openHome();
  await home.app.store.commit(
    decide({ writes: [{ noun: "session", insert: makeSession({ id: "ap_a00000000000" }) }] }),
  );
  const asSession = home.as(session("ap_a00000000000"));
  const forged = { to: "person", body: "x", agent: "boss" };
  await expect(asSession.call("message.send", { input: forged })).rejects.toMatchObject({
    code: "policy_blocked",
  });
  await home.ask("agent.register", { name: "bob" });
  const { message } = await home.ask<{ message: { id: string } }>("message.send", {
    to: "bob",
    body: "for bob",
    agent: "a",
  });
  await expect(
    asSession.call("message.ack", { input: { message_ids: [message.id] } }),
  ).rejects.toMatchObject({ code: "message_not_found" });
  await expect(
    home.ask("message.send", { to: "bob", body: "é".repeat(140_000), agent: "a" }),
  ).rejects.toMatchObject({ code: "text_too_large" });
  const secret = `token ghp_${"a".repeat(36)}`;
  await home.ask("message.send", { to: "bob", body: secret, agent: "a" });
  expect(bodies(await inbox(home, "bob")).join()).not.toContain("ghp_aaaa");
});

test("a session tells what it does, and is still one participant", async () => {
  const home = await openHome();
  const id = "ap_a00000000000";
  const insert = makeSession({ id, state: "completed", endedAt: Date.now() });
  await home.app.store.commit(decide({ writes: [{ noun: "session", insert }] }));
  await home.as(session(id)).call("agent.heartbeat", { input: { note: "Reading parse.ts" } });

  const { agents } = await home.ask<{ agents: Record<string, unknown>[] }>("agent.list", {
    all: true,
  });
  expect(agents).toMatchObject([
    { participant: `session:${id}`, note: "Reading parse.ts", health: "stopped" },
  ]);
  const sent = await home.ask<{ receipts: { participant: string }[] }>("message.broadcast", {
    body: "x",
    agent: "a",
  });
  expect(sent.receipts.map(({ participant }) => participant)).toEqual(["person"]);
  await expect(home.ask("agent.heartbeat", {})).rejects.toMatchObject({ code: "invalid_input" });
  await expect(home.ask("agent.heartbeat", { name: "who" })).rejects.toMatchObject({
    code: "recipient_not_found",
  });
});
