/** Faults of an earlier tool that told states by words on the screen; each stays away here. */
import { describe, expect, test } from "vitest";
import { openHome } from "../support/home.ts";
import { startAgent } from "../support/observed.ts";

/** With every channel off, only the screen is left to be fooled. */
const byScreen = { hooks: "off", log: "off", title: "off" };

describe.each([
  ["with the agent's channels", {}],
  ["by the screen alone", byScreen],
])("words an agent says, %s", (_, knobs) => {
  test.each([
    ["1: coverage is no overage", "Test coverage: 93%"],
    ["2: a reset is no limit", "The session resets at noon; your limit resets then"],
    ["3: an exception in prose fails nothing", "Traceback: Exception, panic: command not found"],
    ["4: a question mark asks nothing", "Shall I go on? [y/N]"],
  ])("%s", async (_title, words) => {
    const home = await openHome();
    const agent = await startAgent(
      home,
      `!fake say ${words}\n!fake sleep 2\n!fake say ${words}`,
      knobs,
    );
    const seen = await agent.waitFor("completed");
    expect(seen).toMatchObject({ state: "idle", prompts: [], turn: { state: "completed" } });
    // the session lives on: nothing was ended by a word
    await agent.send("!fake sleep 2\n!fake say and on it goes", { wait: "none" });
    await agent.waitFor("running");
    expect(await agent.waitFor("completed")).toMatchObject({ turn: { n: 2, state: "completed" } });
    expect(await agent.events()).not.toContain("prompt_opened");
    expect(await agent.events()).not.toContain("limit_hit");
  });
});

test("2: words about limits do not hide a question", async () => {
  const home = await openHome();
  const agent = await startAgent(
    home,
    '!fake say your quota resets at noon\n!fake ask "Go on?" yes|no',
  );
  const seen = await agent.waitFor("question");
  expect(seen).toMatchObject({ state: "awaiting_input", prompts: [{ text: "Go on?" }] });
});

test("4: the echo of a task that ends in a question mark is no question", async () => {
  const home = await openHome();
  const agent = await startAgent(home, "Which of these is right?\n!fake sleep 1", byScreen);
  const seen = await agent.waitFor(["running", "question"]);
  expect(seen.state).toBe("running");
  await agent.waitFor("completed");
  expect(await agent.events()).not.toContain("prompt_opened");
});

test("5: an answered question is over at once, however long it stays on screen", async () => {
  const home = await openHome();
  const agent = await startAgent(home, '!fake ask "Which?" a|b\n!fake sleep 1\n!fake say {answer}');
  const { prompts } = await agent.waitFor("question");
  await agent.answer({ prompt_id: prompts[0]?.id, option: "b" });
  expect((await agent.observe()).state).toBe("running");
  const done = await agent.waitFor("completed", { detail: "full" });
  expect(done).toMatchObject({ prompts: [], worker_output: { text: "b" } });
});

test("6: a result of any length is whole", async () => {
  const home = await openHome();
  const agent = await startAgent(home, "!fake long 200000");
  await agent.waitFor("completed");
  const [turn] = await home.app.store.turns.ofSession(agent.id);
  expect(turn?.result).toHaveLength(200_000);
});

test("7: a finished session takes a second turn, and a wait waits for that one", async () => {
  const home = await openHome();
  const agent = await startAgent(home, "!fake say one");
  await agent.waitFor("completed");
  await agent.send("!fake sleep 1\n!fake say two");
  const seen = await agent.waitFor("completed", { detail: "full" });
  expect(seen).toMatchObject({ turn: { n: 2 }, worker_output: { text: "two" } });
});

test("8: an agent that ends by itself keeps its result and tells its exit code", async () => {
  const home = await openHome();
  const agent = await startAgent(home, "!fake say all of it\n!fake exit 0");
  const seen = await agent.waitFor("exit", { detail: "full" });
  expect(seen).toMatchObject({ state: "completed", exit_code: 0 });
  expect(seen.worker_output.text).toContain("all of it");
});

test("9: an idle agent is called idle, and says since when nothing waits", async () => {
  const home = await openHome();
  const agent = await startAgent(home, "nothing", { persona: "idle" });
  expect((await agent.waitFor("idle")).state).toBe("idle");
});

test.each(["arg", "send_after_launch"])("9: the task arrives in the mode %s", async (mode) => {
  const home = await openHome();
  const agent = await startAgent(home, "!fake say here", {}, { initial_prompt_mode: mode });
  await agent.waitFor("completed");
  expect(agent.facts("prompt")).toHaveLength(1);
});

test("10: a still screen is not a stuck agent, a noisy one not a busy one", async () => {
  const home = await openHome();
  const still = await startAgent(home, "!fake sleep 2", { spinner: "off" });
  const noisy = await startAgent(home, "!fake say done", {
    spinner: "noisy",
    suggestion: "try it",
  });
  expect((await still.waitFor("running")).state).toBe("running");
  expect((await noisy.waitFor("completed")).state).toBe("idle");
  expect((await still.waitFor("completed")).turn).toMatchObject({ state: "completed" });
});
