import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Delivery } from "../../../src/domain/delivery.ts";
import { noEvidence } from "../../../src/domain/session.ts";
import { openTextWay } from "../../../src/session/delivery/text-way.ts";
import type { LiveSession } from "../../../src/session/live-session.ts";
import type { ApiSource } from "../../../src/session/sources/api.ts";
import type { Look, ScreenSource } from "../../../src/session/sources/screen.ts";
import { openHome, type TestHome } from "../../support/home.ts";
import { startAgent, type Agent } from "../../support/observed.ts";
import { waitFor } from "../../support/wait.ts";

const provider = join(import.meta.dirname, "../../support/programs/talker-provider.mjs");

async function openTalkerHome(): Promise<TestHome> {
  const home = await openHome();
  mkdirSync(home.home.providers, { recursive: true });
  const file = join(home.home.providers, "talker.mjs");
  writeFileSync(file, `export { default } from ${JSON.stringify(provider)};\n`);
  return home;
}

/** A talker that has answered its first text. */
async function openTalker(
  faults: Record<string, string> = {},
): Promise<{ readonly home: TestHome; readonly agent: Agent }> {
  const home = await openTalkerHome();
  const agent = await startAgent(home, "first", faults, { provider_id: "talker" });
  await agent.waitFor("completed");
  return { home, agent };
}

function texts(agent: Agent): unknown[] {
  return agent.facts("prompt").map(({ text }) => text);
}

/** What a person does in the pane of the only session. */
function tmux(home: TestHome, ...args: string[]): string {
  const socket = home.home.tmuxSocket;
  const panes = execFileSync("tmux", ["-S", socket, "list-panes", "-a", "-F", "#{pane_id}"], {
    encoding: "utf8",
  });
  const pane = panes.trim().split("\n").at(-1) ?? "";
  const [command = "", ...rest] = args;
  return execFileSync("tmux", ["-S", socket, command, "-t", pane, ...rest], { encoding: "utf8" });
}

describe("a text for an agent with a channel of its own", () => {
  it("goes through it, and no key is pressed for it", async () => {
    const { agent } = await openTalker();
    const sent = await agent.send("tabs\tand\nlines  ", { wait: "turn" });
    expect(sent).toMatchObject({
      delivery: { state: "accepted", accepted_by: "api", enters: 0 },
      turn: { n: 2, state: "completed" },
      result: "heard tabs\tand\nlines  ",
    });
    expect(agent.facts("prompt").map(({ via }) => via)).toEqual(["server", "server"]);
  });

  it("does not wait for a person's draft, and leaves it", async () => {
    const { home, agent } = await openTalker();
    tmux(home, "send-keys", "-l", "half a thought");
    await waitFor(() => tmux(home, "capture-pane", "-p").includes("> half a thought") || undefined);
    expect((await agent.send("beside it", { wait: "turn" })).turn?.state).toBe("completed");
    expect(tmux(home, "capture-pane", "-p")).toContain("> half a thought");
  });

  it("waits for the end of the turn, whatever the composer would take", async () => {
    const { agent } = await openTalker();
    await agent.send("wait for it", { wait: "accepted" });
    const second = await agent.send("second", { wait: "none" });
    expect(second.delivery?.state).toBe("queued");
    await agent.ask("session.interrupt");
    await agent.noted("prompt", 3);
    expect(texts(agent)).toEqual(["first", "wait for it", "second"]);
    expect(agent.facts("stopped")).toHaveLength(1);
  });

  it("gets a new id when the conversation went on before it was there", async () => {
    const { agent } = await openTalker({ late: "1" });
    expect(agent.facts("fault")).toMatchObject([{ fault: "late" }]);
    expect(texts(agent)).toEqual(["first"]);
    expect((await agent.events()).filter((type) => type === "delivery_pasted")).toHaveLength(2);
  });

  it("is refused in the agent's words", async () => {
    const home = await openTalkerHome();
    const agent = await startAgent(home, "first", { refuse: "1" }, { provider_id: "talker" });
    const refused = await waitFor(async () =>
      (await home.app.store.deliveries.ofSession(agent.id)).find(
        ({ state }) => state === "refused",
      ),
    );
    expect(refused.because).toBe('{"why":"no such texts"}');
    expect(texts(agent)).toEqual([]);
  });
});

describe("a hand-over that is cut off", () => {
  it.each(["unheard", "unanswered"])(
    "is made again until the agent answers: %s texts are there once",
    async (fault) => {
      const { agent } = await openTalker({ [fault]: "2" });
      expect(texts(agent)).toEqual(["first"]);
      expect(agent.facts("fault").length).toBeGreaterThanOrEqual(fault === "unheard" ? 2 : 1);
    },
  );

  it.each(["unheard", "unanswered"])(
    "by the end of the supervisor is finished by the next one: %s texts are there once",
    async (fault) => {
      const home = await openTalkerHome();
      const options = { [fault]: "1" };
      const agent = await startAgent(home, "first", options, { provider_id: "talker" });
      await agent.noted("fault");
      await home.restart();
      const seen = await agent.waitFor("completed", { detail: "full" });
      expect(seen.worker_output.text).toBe("heard first");
      expect(texts(agent)).toEqual(["first"]);
      const { deliveries } = home.app.store;
      expect(await deliveries.ofSession(agent.id)).toMatchObject([
        { state: "accepted", via: "api", enters: 0 },
      ]);
    },
  );

  it("loses nothing of what the agent told while nobody listened", async () => {
    const { home, agent } = await openTalker();
    await agent.send("ask me", { wait: "accepted" });
    await agent.waitFor("approval_prompt");
    await home.leave();
    tmux(home, "send-keys", "y");
    await agent.noted("answer");
    await home.restart();
    await waitFor(async () => (await agent.observe()).state === "idle" || undefined);
    const turns = await home.app.store.turns.ofSession(agent.id, 10);
    expect(turns.map(({ prompt, state, result }) => [prompt, state, result])).toEqual([
      ["first", "completed", "heard first"],
      ["ask me", "completed", "answered yes"],
    ]);
    expect(await home.app.store.prompts.open(agent.id)).toEqual([]);
  });
});

describe("dialogs that the agent tells of", () => {
  it("are told by it alone, although the screen shows them", async () => {
    const { home, agent } = await openTalker();
    await agent.send("ask me", { wait: "none" });
    await agent.waitFor("approval_prompt");
    await waitFor(() => tmux(home, "capture-pane", "-p").includes("May I?") || undefined);
    await agent.observe();
    const prompts = await home.app.store.prompts.ofSession(agent.id);
    expect(prompts).toMatchObject([{ openedBy: "api", screenFingerprint: null }]);
  });

  it("answered by us are answered by us, though the agent tells of it before it answers", async () => {
    const { home, agent } = await openTalker();
    await agent.send("ask me", { wait: "none" });
    await agent.waitFor("approval_prompt");
    await agent.answer({ option: "yes" });
    await agent.waitFor("completed");
    const [prompt] = await home.app.store.prompts.ofSession(agent.id);
    expect(prompt).toMatchObject({
      state: "answered",
      answer: { label: "yes", via: "channel", author: "person" },
    });
    expect(agent.facts("answer")).toMatchObject([{ reply: "yes", by: "server" }]);
  });

  it("answered in the pane first are not called ours", async () => {
    const { home, agent } = await openTalker();
    await agent.send("ask me", { wait: "none" });
    const seen = await agent.waitFor("approval_prompt");
    tmux(home, "send-keys", "n");
    await waitFor(async () => (await agent.observe()).state === "idle" || undefined);
    await expect(
      agent.answer({ prompt_id: seen.prompts[0]?.id, option: "yes" }),
    ).rejects.toMatchObject({ code: "prompt_changed" });
    const [prompt] = await home.app.store.prompts.ofSession(agent.id);
    expect(prompt).toMatchObject({ state: "withdrawn", answer: null });
  });
});

it("a connection that breaks is made anew, and says so", async () => {
  const { home, agent } = await openTalker();
  const launch = readFileSync(home.home.session(agent.id).launch, "utf8");
  const { facts } = JSON.parse(launch) as { facts: { port: string } };
  await fetch(`http://127.0.0.1:${facts.port}/hang-up`);
  await waitFor(async () => (await agent.events()).includes("channel_lost") || undefined);
  const sent = await agent.send("and on", { wait: "turn" });
  expect(sent.turn).toMatchObject({ n: 2, state: "completed" });
  expect(texts(agent)).toEqual(["first", "and on"]);
});

describe("the way of a text", () => {
  const composer = { reading: { composer: { draft: "" } } } as Look;
  const way = (
    api: Partial<ApiSource>,
    { turnCount = 1, look }: { turnCount?: number; look?: Look } = {},
  ) =>
    openTextWay({ session: { turnCount, evidence: noEvidence } } as unknown as LiveSession, {
      api: api as ApiSource,
      screen: { look: () => Promise.resolve(look) } as unknown as ScreenSource,
      texts: { idOf: () => "", send: () => Promise.resolve({ outcome: "given" }) },
    });
  const plain = { promptId: null, acceptance: "exact" } as Delivery;
  const up = { isUp: true, isExpected: true };

  it("is the agent's channel while that is up, and keys when nothing more may be hoped of it", async () => {
    expect(await way(up).choose(plain)).toBe("api");
    expect(await way({ isUp: false, isExpected: true }).choose(plain)).toEqual({
      because: "the agent's API does not answer",
    });
    expect(await way({ isUp: false, isExpected: false }).choose(plain)).toBe("pane");
  });

  it("is the pane for commands and for answers to what the pane asks", async () => {
    expect(await way(up).choose({ ...plain, acceptance: "none" })).toBe("pane");
    expect(await way(up).choose({ ...plain, promptId: "pr_1" })).toBe("pane");
  });

  it("opens for the first text when the screen stands", async () => {
    expect(await way(up, { turnCount: 0 }).choose(plain)).toEqual({
      because: "the agent's screen is not up yet",
    });
    expect(await way(up, { turnCount: 0, look: composer }).choose(plain)).toBe("api");
  });
});
