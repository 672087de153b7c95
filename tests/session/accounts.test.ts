/** A hard limit is met by one session and stands against its whole account. */
import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { openHome, type TestHome } from "../support/home.ts";
import { startAgent, type Agent } from "../support/observed.ts";
import { waitFor } from "../support/wait.ts";

interface AccountJson {
  account_id: string;
  state: string;
  limited_until: string | null;
  met_by: string | null;
}

async function accounts(home: TestHome): Promise<AccountJson[]> {
  return (await home.ask<{ accounts: AccountJson[] }>("account.list", {})).accounts;
}

async function until(home: TestHome, agent: Agent, state: string): Promise<void> {
  await waitFor(
    async () => {
      const [one] = await accounts(home);
      return one?.state === state;
    },
    { what: `the account being ${state}\n${await agent.history()}` },
  );
}

const prompts = (agent: Agent) => agent.facts("prompt").map((one) => one["text"]);

/** Two idle agents of one account. */
async function startTwo(home: TestHome): Promise<readonly [Agent, Agent]> {
  const first = await startAgent(home, "begin");
  const second = await startAgent(home, "begin");
  for (const agent of [first, second]) await agent.waitFor("completed");
  return [first, second];
}

it("one session meets a limit: all of its account stand still, others go on", async () => {
  const home = await openHome();
  const [first, second, other] = await Promise.all([
    startAgent(home, "begin"),
    startAgent(home, "begin"),
    startAgent(home, "begin", {}, {}, { FAKE_AGENT_HOME: `${home.folder}/other` }),
  ]);
  for (const agent of [first, second, other]) await agent.waitFor("completed");

  await first.send("!fake limit 600");
  await first.waitFor("limited");
  const seen = await second.waitFor("limited");

  expect(seen).toMatchObject({ state: "limited", source: "operation" });
  expect(seen.because).toContain(first.id);
  const left = Date.parse(seen.limited_until ?? "") - Date.now();
  expect(left).toBeGreaterThan(500_000);
  expect(await other.observe()).toMatchObject({ state: "idle", limited_until: null });

  const held = await second.send("not now", { wait: "accepted", timeout_seconds: 1 });
  expect(held).toMatchObject({ timed_out: true, delivery: { state: "queued" } });
  await second.heldUp(/limit until/);
  expect(prompts(second)).toEqual(["begin"]);
  await other.send("go on", { wait: "turn" });
  expect(prompts(other)).toEqual(["begin", "go on"]);

  const refused = startAgent(home, "too late");
  await expect(refused).rejects.toMatchObject({
    code: "account_limited",
    details: { session_id: first.id, resets_at: seen.limited_until },
  });
  expect(await accounts(home)).toMatchObject([
    { state: "limited", met_by: first.id, limited_until: seen.limited_until },
    { state: "available", limited_until: null },
  ]);
});

it("after the reset the cut off turn goes on by one text, and its end lifts the limit for all", async () => {
  const home = await openHome();
  const [first, second] = await startTwo(home);

  await first.send("!fake limit 6");
  await second.waitFor("limited");
  await second.send("after it", { wait: "none" });
  await Promise.all([first.noted("prompt", 3), second.noted("prompt", 2)]);
  await until(home, first, "available");

  expect(prompts(first)).toEqual(["begin", "!fake limit 6", "continue"]);
  expect(prompts(second)).toEqual(["begin", "after it"]);
  const events = [...(await first.events()), ...(await second.events())];
  expect(events.filter((type) => type === "account_lifted")).toHaveLength(1);
  await waitFor(
    async () => {
      const last = (await home.app.store.deliveries.ofSession(first.id)).at(-1);
      return last?.author === "policy:continue_after_limit" && last.state === "accepted";
    },
    { what: "the receipt of the continuation" },
  );
});

it("one session at a time tries whether the limit is over", async () => {
  const home = await openHome();
  const [first, second] = await startTwo(home);
  await first.send("!fake limit 4");
  await second.waitFor("limited");
  await first.ask("session.interrupt");
  await second.send("!fake sleep 8", { wait: "none" });
  await second.waitFor("running");

  const held = await first.send("me too", { wait: "accepted", timeout_seconds: 1 });

  expect(held.delivery).toMatchObject({ state: "queued" });
  await first.heldUp(new RegExp(`${second.id} tries first`));
  await first.noted("prompt", 3);
  expect(prompts(first)).toEqual(["begin", "!fake limit 4", "me too"]);
  expect(await accounts(home)).toMatchObject([{ state: "available" }]);
});

it("a limit outlives the supervisor, and so does what is to go on after it, once", async () => {
  const home = await openHome();
  const [first, second] = await startTwo(home);
  await first.send("!fake limit 10");
  await second.waitFor("limited");

  await home.restart();
  expect(await second.observe()).toMatchObject({ state: "limited" });
  await home.leave();
  await home.restart();
  await until(home, first, "available");
  await home.restart();
  await second.send("and you", { wait: "turn" });

  expect(prompts(first)).toEqual(["begin", "!fake limit 10", "continue"]);
});

it("an interrupt of a limited session keeps its turn from going on; a person may lift the limit", async () => {
  const home = await openHome();
  const agent = await startAgent(home, "!fake limit 600");
  await agent.waitFor("limited");

  await agent.ask("session.interrupt");
  const [account] = await accounts(home);
  const lifted = await home.ask("account.lift", { account_id: account?.account_id });
  await agent.waitFor("idle");

  expect(lifted).toMatchObject({ lifted: true });
  await agent.send("something else", { wait: "turn" });
  expect(prompts(agent)).toEqual(["!fake limit 600", "something else"]);
  await expect(home.ask("account.lift", { account_id: "fake:/nowhere" })).rejects.toMatchObject({
    code: "account_not_found",
  });
});

it("a session that waits for a person holds up no other of its account", async () => {
  const home = await openHome();
  const [first, second] = await startTwo(home);
  await first.send("!fake limit 5");
  await second.waitFor("limited");
  await first.ask("session.interrupt");

  await second.send('!fake ask "Which?" a|b', { wait: "none" });
  await second.waitFor("question");
  // a model asked it
  await until(home, second, "available");
  await first.send("and me", { wait: "turn" });

  expect(prompts(first)).toEqual(["begin", "!fake limit 5", "and me"]);
});

it("what a person ended over a limit is cancelled, and resumed it waits for their word", async () => {
  const home = await openHome();
  const agent = await startAgent(home, "!fake limit 6");
  await agent.waitFor("limited");
  await waitFor(async () => (await agent.observe()).turn?.state === "limited");

  await agent.ask("session.terminate");
  expect(await agent.observe()).toMatchObject({ state: "cancelled" });
  await until(home, agent, "unproven");
  await agent.ask("session.resume");
  await agent.waitFor("idle");
  await agent.send("another word", { wait: "turn" });

  expect(prompts(agent)).toEqual(["!fake limit 6", "another word"]);
});

it("a prompt that a person types into a limited agent says nothing of the account", async () => {
  const home = await openHome();
  const agent = await startAgent(home, "begin");
  await agent.waitFor("completed");
  await agent.send("!fake limit 600");
  await agent.waitFor("limited");
  const { session } = await agent.ask<{ session: { tmux: { pane: string } } }>("session.show");
  for (const keys of [["-l", "by hand"], ["Enter"]]) {
    const line = ["-S", home.home.tmuxSocket, "send-keys", "-t", session.tmux.pane, ...keys];
    execFileSync("tmux", line);
  }

  await waitFor(() => agent.facts("turn_end").length === 3);
  // what is told of the prompt may come in pieces, or at once with the end of its turn
  const turn = { n: 3, state: "limited" };
  await waitFor(
    async () => {
      const seen = await agent.observe();
      return seen.turn?.n === turn.n && seen.turn.state === turn.state;
    },
    { what: "the end of the turn by hand" },
  );
  expect(await agent.observe()).toMatchObject({ state: "limited" });
  expect(await accounts(home)).toMatchObject([{ state: "limited", met_by: agent.id }]);
});
