import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { startToken } from "../../src/supervisor/start-token.ts";
import { openHome } from "../support/home.ts";
import { startAgent } from "../support/observed.ts";
import { waitFor } from "../support/wait.ts";

function killTmux(socket: string): void {
  const pid = execFileSync("tmux", ["-S", socket, "display-message", "-p", "#{pid}"], {
    encoding: "utf8",
  });
  process.kill(Number(pid), "SIGKILL");
}

describe("a supervisor that comes back", () => {
  it("adopts a live agent and hears what it said meanwhile", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "!fake sleep 1\n!fake say finished alone");
    await agent.waitFor("running");
    await home.leave();
    await agent.noted("turn_end");
    await home.restart();
    const seen = await agent.waitFor("completed", { detail: "full" });
    expect(seen.worker_output.text).toBe("finished alone");
    expect(await agent.events()).toContain("session_adopted");
    const again = await agent.send("And now?", { wait: "turn" });
    expect(again).toMatchObject({ ok: true, turn: { n: 2, state: "completed" } });
  });

  it("knows the exit code of an agent that ended meanwhile", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "!fake sleep 1\n!fake exit 7");
    await agent.waitFor("running");
    await home.leave();
    await agent.noted("exit");
    await home.restart();
    expect(await agent.waitFor("exit")).toMatchObject({ state: "failed", exit_code: 7 });
  });

  it("still answers a dialog that was open, through its channel", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "clean", { persona: "approval" });
    const before = await agent.waitFor("approval");
    await home.restart();
    const after = await agent.observe();
    expect(after.prompts.map((prompt) => prompt.id)).toEqual(
      before.prompts.map((prompt) => prompt.id),
    );
    await agent.ask("session.approve");
    await agent.waitFor("completed");
    expect(agent.facts("answer")).toMatchObject([{ option: "Yes", by: "channel" }]);
  });

  it("delivers a text that was queued before it went", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "!fake sleep 2\n!fake say first");
    await agent.waitFor("running");
    await agent.send("second prompt", { wait: "none" });
    await home.restart();
    await waitFor(() => agent.facts("prompt").length === 2);
    await agent.waitFor("completed");
    expect(agent.facts("prompt").map((one) => one["text"])).toEqual([
      "!fake sleep 2\n!fake say first",
      "second prompt",
    ]);
  });

  it("does not type a text again whose Enter came while nobody watched", async () => {
    const home = await openHome();
    // the agent tells late that it took the text, and only in its log
    const silence = { hook_fault: "*:never", log_delay_ms: "900" };
    const popUp = { dialog_on_paste: "1" };
    const agent = await startAgent(
      home,
      "begin",
      { ...silence, ...popUp },
      { initial_prompt_mode: "arg" },
    );
    await agent.waitFor("completed");
    const text = "!fake sleep 2\n!fake say done";
    const { delivery } = await agent.send(text, { wait: "none" });
    // the dialog keeps us from pressing Enter
    await agent.waitFor("awaiting_approval");
    const stateOf = async () =>
      (await home.app.store.deliveries.ofSession(agent.id)).find((one) => one.id === delivery?.id);
    expect(await stateOf()).toMatchObject({ state: "pasted" });
    const pane = (await home.app.store.sessions.get(agent.id))?.terminal?.pane ?? "";
    await home.leave();
    const press = (key: string): void => {
      execFileSync("tmux", ["-S", home.home.tmuxSocket, "send-keys", "-t", pane, key]);
    };
    press("3");
    await agent.noted("answer");
    press("Enter");
    await agent.noted("prompt", 2);
    await home.restart();
    await waitFor(async () => (await stateOf())?.state === "accepted");
    expect(await stateOf()).toMatchObject({ acceptedBy: "log", pastes: 1 });
    await agent.waitFor("completed");
    expect(agent.facts("paste")).toHaveLength(1);
    expect(agent.facts("prompt").map((one) => one["text"])).toEqual(["begin", text]);
  });

  it("gives the same session for a spawn that is repeated with its key", async () => {
    const home = await openHome();
    const input = {
      provider_id: "fake",
      task: "once",
      repo_path: home.folder,
      isolation: "shared",
    };
    const first = await home.ask<{ session_id: string }>("session.spawn", input, { key: "k1" });
    await home.restart();
    const second = await home.ask<{ session_id: string }>("session.spawn", input, { key: "k1" });
    expect(second.session_id).toBe(first.session_id);
    const list = await home.ask<{ sessions: unknown[] }>("session.list", {});
    expect(list.sessions).toHaveLength(1);
  });
});

describe("when the tmux server dies", () => {
  it("under a running supervisor: sessions are lost, orphans ended, and new ones start", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "hello", { persona: "stubborn" });
    await agent.waitFor("completed");
    const pid = Number(agent.facts("start")[0]?.["pid"]);
    killTmux(home.home.tmuxSocket);
    const seen = await agent.waitFor("lost");
    expect(seen.because).toMatch(/tmux/);
    await waitFor(() => startToken(pid) === undefined, { what: "the orphan's end" });
    const next = await startAgent(home, "after that");
    await next.waitFor("completed");
  });

  it("while no supervisor runs: the next one says so", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "hello");
    await agent.waitFor("completed");
    await home.leave();
    killTmux(home.home.tmuxSocket);
    await home.restart();
    expect((await agent.observe()).state).toBe("lost");
  });

  it("a person's kill-window ends the session too", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "hello");
    await agent.waitFor("completed");
    const { session } = await agent.ask<{ session: { tmux: { window: string } } }>("session.show");
    execFileSync("tmux", ["-S", home.home.tmuxSocket, "kill-window", "-t", session.tmux.window]);
    const seen = await agent.waitFor("exit");
    expect(seen).toMatchObject({ state: "lost" });
    expect(seen.because).toMatch(/closed from outside/);
  });
});
