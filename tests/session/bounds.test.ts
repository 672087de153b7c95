/** What a session was allowed when it was started. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { openHome } from "../support/home.ts";
import { startAgent } from "../support/observed.ts";
import { waitFor } from "../support/wait.ts";

test("texts after the task are counted, two at once are two, and answers are none", async () => {
  const home = await openHome();
  const agent = await startAgent(
    home,
    '!fake ask "Which?" red|green\n!fake say {answer}',
    {},
    { max_turns: 2 },
  );
  await agent.waitFor("question");
  await agent.send("1", { wait: "accepted" });
  await agent.waitFor("completed");
  const sent = await Promise.allSettled([
    agent.send("one", { wait: "none" }),
    agent.send("two", { wait: "none" }),
    agent.send("three", { wait: "none" }),
  ]);
  const refused = sent.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
  expect(refused).toMatchObject([
    {
      code: "turn_limit_reached",
      hint: `agentpool collect ${agent.id}`,
      details: { max_turns: 2, turns_sent: 2 },
    },
  ]);
  await home.restart();
  await expect(agent.send("four")).rejects.toMatchObject({ code: "turn_limit_reached" });
});

test("a session is ended when its time is over, also by the next supervisor, and can go on", async () => {
  const home = await openHome();
  const early = await startAgent(home, "!fake say in", {}, { max_runtime_seconds: 5 });
  await early.waitFor("completed");
  await home.restart();
  await waitFor(
    async () => (await home.app.sessions.resolve(early.id)).endedAt !== null || undefined,
    { what: "the end of its time" },
  );
  await expect(early.send("more")).rejects.toMatchObject({
    code: "session_timeout",
    hint: `agentpool resume ${early.id}`,
    details: { max_runtime_seconds: 5 },
  });
  expect(await early.events()).toContain("session_timed_out");
  const resumed = await early.ask("session.resume");
  expect(resumed).toMatchObject({ session: { timed_out: false } });
});

test("what is supervised by people is answered by no rule and no agent", async () => {
  const home = await openHome();
  mkdirSync(dirname(home.home.config), { recursive: true });
  writeFileSync(home.home.config, "policy: { answers: [{ name: all, verdict: allow }] }");
  const agent = await startAgent(
    home,
    '!fake approve "npm test"',
    {},
    { supervision: "human_visible" },
  );
  const seen = await agent.waitFor("approval");
  expect(seen.outcome).toBe("satisfied");
  for (const principal of [
    { kind: "session", sessionId: "ap_0000000000ff" } as const,
    { kind: "coordinator", id: "coord_1" } as const,
  ]) {
    await expect(
      home.as(principal).call("session.approve", { input: { session_id: agent.id } }),
    ).rejects.toMatchObject({ code: "policy_blocked", details: { policy: "supervision" } });
  }
  await agent.ask("session.approve");
  await agent.waitFor("completed");
});

test("paid usage is for a person: neither a session nor a coordinator says yes to it", async () => {
  const home = await openHome();
  const agent = await startAgent(home, "!fake overage\n!fake say {answer}");
  await agent.waitFor("overage_prompt");
  const input = { session_id: agent.id, option: "2" };
  for (const principal of [
    { kind: "coordinator", id: "coord_1" } as const,
    { kind: "session", sessionId: "ap_0000000000ff" } as const,
  ]) {
    await expect(home.as(principal).call("session.answer", { input })).rejects.toMatchObject({
      code: "policy_blocked",
      details: { policy: "require_human_approval_for_overage" },
    });
  }
  expect(agent.facts("answer")).toEqual([]);
  await agent.answer({ option: "1" });
});

test("what nobody is waited for is denied, unless a rule allows it", async () => {
  const home = await openHome();
  const task = '!fake approve "npm test"\n!fake say {answer}';
  const agent = await startAgent(home, task, {}, { supervision: "autonomous" });
  const seen = await agent.waitFor("completed", { detail: "full" });
  expect(seen.worker_output.text).toBe("denied");
  const { prompts } = await agent.ask<{ prompts: { answer: { author: string } }[] }>(
    "session.show",
  );
  expect(prompts[0]?.answer.author).toBe("policy:supervision_autonomous");
});

test("an account is chosen by its folder, and a resume keeps it", async () => {
  const home = await openHome();
  const folder = join(home.folder, "work account");
  mkdirSync(folder);
  const agent = await startAgent(home, "!fake say in", {}, { account: folder });
  await agent.waitFor("completed");
  const { session } = await agent.ask<{ session: { account: string } }>("session.show");
  expect(session.account).toBe(`fake:${folder}`);
  await agent.ask("session.terminate");
  const resumed = await agent.ask<{ session: { account: string }; warnings: string[] }>(
    "session.resume",
  );
  expect(resumed).toMatchObject({ session: { account: `fake:${folder}` }, warnings: [] });
});
