// needs: tmux
import { beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { agentToSpawn, spawnAgent } from "../support/cli-agent.ts";
import { cliHome, type CliHome } from "../support/cli-home.ts";
import { waitFor } from "../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

interface Inbox {
  readonly messages: readonly { n: number; id: string; body: string; again: boolean }[];
  readonly open: number;
  readonly history: readonly { body: string }[];
}

const inbox = (home: CliHome, agent: string, ...more: readonly string[]): Promise<Inbox> =>
  home.json<Inbox>(["msg", "inbox", "--agent", agent, ...more]);

const bodies = ({ messages }: Inbox): string[] => messages.map(({ body }) => body);

test("nobody unknown is written to; what was fetched comes again until it is acknowledged", async () => {
  const home = cliHome();
  const refused = await home.run(["msg", "send", "bbo", "hi", "--agent", "a", "--json"], {
    status: 3,
  });
  expect(JSON.parse(refused.stderr)).toMatchObject({ error: { code: "recipient_not_found" } });
  await home.run(["agent", "register", "bob"]);
  const near = await home.run(["msg", "send", "bbo", "hi", "--agent", "a", "--json"], {
    status: 3,
  });
  expect(JSON.parse(near.stderr).error.hint).toContain("bob");

  await home.run(["agent", "leave", "bob"]);
  for (const text of ["one", "two", "three"]) {
    await home.run(["msg", "send", "bob", text, "--agent", "a"]);
  }
  await home.run(["msg", "broadcast", "to all", "--agent", "a"]);

  const first = await inbox(home, "bob", "--limit", "2");
  expect(bodies(first)).toEqual(["one", "two"]);
  // whoever fetched them dies before it says that it has them, and so does the supervisor
  process.kill(home.supervisor(), "SIGKILL");
  const second = await inbox(home, "bob");
  expect(bodies(second)).toEqual(["one", "two", "three"]);
  expect(second.messages.map(({ again }) => again)).toEqual([true, true, false]);
  await home.run(["msg", "ack", String(second.messages[0]?.id), "--agent", "bob"]);
  const third = await inbox(home, "bob", "--ack-through", String(second.messages[1]?.n));
  expect(bodies(third)).toEqual(["three"]);
  expect(third.open).toBe(1);

  const late = await inbox(home, "late");
  expect(bodies(late)).toEqual([]);
  const asked = await inbox(home, "late", "--history", "10");
  expect(asked.history.map(({ body }) => body)).toEqual(["to all"]);
  const foreign = await home.run(
    ["msg", "ack", String(second.messages[0]?.id), "--agent", "late", "--json"],
    { status: 3 },
  );
  expect(JSON.parse(foreign.stderr)).toMatchObject({ error: { code: "message_not_found" } });
});

test("a message is typed into a session and its receipt says that the agent took it; a stopped one's waits", async () => {
  const home = cliHome();
  const agent = await spawnAgent(home, "hello");
  const words = ["msg", "send", agent.name, "Use blue", "--deliver", "pane", "--timeout", "60s"];
  const { message, receipts } = await home.json<{
    message: { id: string };
    receipts: Record<string, unknown>[];
  }>([...words, "--agent", "boss"]);

  expect(receipts).toMatchObject([
    { state: "delivered", via: "pane", delivery_id: expect.stringMatching(/^dl_/) },
  ]);
  expect(agent.prompts()).toEqual([
    "hello",
    `Message ${message.id} from agent:boss:\n\n> Use blue`,
  ]);

  await home.run(["terminate", agent.name]);
  const stopped = await home.json<{ receipts: Record<string, unknown>[] }>([
    "msg",
    "send",
    agent.name,
    "Use red",
    "--agent",
    "boss",
  ]);
  expect(stopped.receipts).toMatchObject([{ state: "queued", via: "inbox" }]);
});

test("a text that waits while a dialog is open answers nothing, and outlives the supervisor", async () => {
  const home = cliHome();
  const { agent, words } = agentToSpawn(home, '!fake ask "Which colour?" red|blue');
  await home.run(words);
  await home.run(["observe", agent.name, "--wait-for", "question", "--timeout", "60s"]);
  const line = ["msg", "send", agent.name, "red", "--deliver", "pane", "--timeout", "0"];
  const sent = await home.json<{ receipts: Record<string, unknown>[] }>([...line, "--agent", "b"]);
  expect(sent.receipts).toMatchObject([{ state: "queued", via: "pane", delivery_id: null }]);

  process.kill(home.supervisor(), "SIGKILL");
  await home.wake();
  expect(agent.answers()).toEqual([]);
  await home.run(["answer", agent.name, "--option", "blue"]);

  await waitFor(() => agent.prompts().length === 2);
  expect(agent.answers()).toEqual(["blue"]);
  expect(agent.prompts()[1]).toContain("from agent:b:\n\n> red");
});
