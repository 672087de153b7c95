import { describe, expect, it } from "vitest";
import { startToken } from "../../src/supervisor/start-token.ts";
import { openHome } from "../support/home.ts";
import { startAgent } from "../support/observed.ts";

const structured = ["hook", "log"];

describe("one agent, from task to end", () => {
  it("takes a task, gives its result, takes a second turn", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "Say hello", { persona: "multi_turn" });

    const first = await agent.waitFor("completed", { detail: "full" });
    if (first.state !== "idle") throw new Error(await agent.history());
    expect(first).toMatchObject({ state: "idle", outcome: "satisfied", event: "completed" });
    expect(structured).toContain(first.source);
    expect(first.worker_output.text).toBe("Turn 1: Say hello");

    const sent = await agent.send("And again", { wait: "turn" });
    expect(sent).toMatchObject({ ok: true, delivery: { state: "accepted" } });
    expect(sent.result).toBe("Turn 2: And again. Before: Say hello");
    expect(agent.facts("prompt").map((one) => one["text"])).toEqual(["Say hello", "And again"]);
  });

  it("hands the task over as an argument when asked to", async () => {
    const home = await openHome();
    const agent = await startAgent(
      home,
      'Quick: "quotes" $HOME `x`',
      {},
      { initial_prompt_mode: "arg" },
    );
    const seen = await agent.waitFor("completed");
    expect(seen.state).toBe("idle");
    expect(agent.facts("prompt").map((one) => one["text"])).toEqual(['Quick: "quotes" $HOME `x`']);
    expect(agent.facts("paste")).toEqual([]);
  });

  it("asks for approval, answered through its own channel", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "Clean up", { persona: "approval" });
    const seen = await agent.waitFor("approval");
    expect(seen.state).toBe("awaiting_approval");
    expect(seen.prompts).toHaveLength(1);
    const approved = await agent.ask<{ prompt: { state: string; answer: { via: string } } }>(
      "session.approve",
    );
    expect(approved.prompt).toMatchObject({ state: "answered", answer: { via: "channel" } });
    await agent.waitFor("completed");
    expect(agent.facts("answer")).toMatchObject([{ by: "channel" }]);
  });

  it("asks for approval, denied by keys", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "Clean up", { persona: "approval", answers: "keys" });
    await agent.waitFor("approval");
    const denied = await agent.ask<{ prompt: { state: string; answer: { via: string } } }>(
      "session.deny",
    );
    expect(denied.prompt).toMatchObject({ state: "answered", answer: { via: "keys" } });
    const after = await agent.waitFor("turn", { detail: "full" });
    expect(agent.facts("answer")).toHaveLength(1);
    expect(after.state).toBe("idle");
  });

  it("asks a question, answered by label, by key and by text", async () => {
    const home = await openHome();
    const answers = [{ option: "red" }, { option: "2" }, { text: "Mauve, please" }];
    const results = await Promise.all(
      answers.map(async (choice) => {
        const agent = await startAgent(
          home,
          '!fake ask "Which colour?" red|green|blue\n!fake say {answer}',
        );
        const seen = await agent.waitFor("question");
        expect(seen).toMatchObject({ state: "awaiting_input", event: "question" });
        expect(seen.prompts[0]?.options.map((option) => option.label).slice(0, 3)).toEqual([
          "red",
          "green",
          "blue",
        ]);
        await agent.answer(choice);
        return (await agent.waitFor("completed", { detail: "full" })).worker_output.text;
      }),
    );
    expect(results).toEqual(["red", "green", "Mauve, please"]);
  });

  it("is answered by send while it asks a question, and refuses text while it wants approval", async () => {
    const home = await openHome();
    const asking = await startAgent(home, '!fake ask "Which file?" a|b\n!fake say {answer}');
    await asking.waitFor("question");
    await asking.send("neither of them");
    expect((await asking.waitFor("completed", { detail: "full" })).worker_output.text).toBe(
      "neither of them",
    );

    const wanting = await startAgent(home, '!fake approve "rm -rf build"');
    await wanting.waitFor("approval");
    await expect(wanting.send("go on")).rejects.toMatchObject({ code: "prompt_open" });
    expect(wanting.facts("answer")).toEqual([]);
  });

  it("is interrupted with its own key, and says so", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "!fake sleep 60");
    await agent.waitFor("running");
    await agent.noted("turn_start");
    const stopped = await agent.ask<{ state: string }>("session.interrupt");
    expect(stopped.state).toBe("idle");
    expect((await agent.observe()).turn).toMatchObject({ state: "interrupted" });
    await expect(agent.ask("session.interrupt")).rejects.toMatchObject({
      code: "nothing_to_interrupt",
    });
  });

  it("fails a turn and lives on; hits a limit and says until when", async () => {
    const home = await openHome();
    const failing = await startAgent(home, "!fake fail out of memory");
    const failed = await failing.waitFor("error");
    expect(failed).toMatchObject({ state: "idle", event: "error", turn: { state: "failed" } });

    const limited = await startAgent(home, "!fake limit 3600");
    const seen = await limited.waitFor("turn");
    expect(seen).toMatchObject({ state: "limited", turn: { state: "limited" } });
    const hours = (Date.parse(seen.limited_until ?? "") - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(0.9);
    expect(hours).toBeLessThanOrEqual(1.01);
  });

  it("exits by itself: code 0 is completed, 3 failed, and the screen is kept", async () => {
    const home = await openHome();
    const [clean, broken] = await Promise.all([
      startAgent(home, "!fake say bye\n!fake exit 0"),
      startAgent(home, "!fake exit 3"),
    ]);
    const bye = await clean.waitFor("exit", { detail: "full" });
    expect(bye).toMatchObject({ state: "completed", exit_code: 0 });
    expect(await broken.waitFor("exit")).toMatchObject({
      state: "failed",
      exit_code: 3,
      event: "error",
    });
    await expect(broken.send("hello?")).rejects.toMatchObject({ code: "session_ended" });
  });

  it("is terminated with everything it started, even when it ignores TERM", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "hello", { persona: "stubborn" });
    await agent.waitFor("completed");
    const ended = await agent.ask<{ ok: boolean; state: string; survivors: unknown[] }>(
      "session.terminate",
    );
    expect(ended).toMatchObject({ ok: true, state: "completed", survivors: [] });
    const again = await agent.ask<{ already_terminated: boolean }>("session.terminate");
    expect(again.already_terminated).toBe(true);
    const pids = agent.facts("grandchild").map((one) => Number(one["pid"]));
    expect(pids.length).toBeGreaterThan(0);
    for (const pid of pids) expect(startToken(pid)).toBeUndefined();
  });

  it("is cancelled when closed during a turn", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "!fake sleep 60");
    await agent.waitFor("running");
    const ended = await agent.ask<{ state: string }>("session.terminate");
    expect(ended.state).toBe("cancelled");
    expect((await agent.observe()).turn).toMatchObject({ state: "cancelled" });
  });
});

describe("screen-only agents", () => {
  it("live by their screen, and every state says so", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "!fake sleep 1\n!fake say done", {
      hooks: "off",
      log: "off",
    });
    const running = await agent.waitFor("running");
    expect(running).toMatchObject({ confidence: "medium" });
    const done = await agent.waitFor("completed");
    expect(done).toMatchObject({ state: "idle", confidence: "medium" });
  });
});
