/** Faults of an earlier tool at its terminal: keys, pastes, environment, ends. */
import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startToken } from "../../src/supervisor/start-token.ts";
import { makeRepo, openHome } from "../support/home.ts";
import { startAgent } from "../support/observed.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitFor } from "../support/wait.ts";

test("11: base-index 1 and a status bar at the top in the user's own settings change nothing", async () => {
  const folder = tempFolder();
  writeFileSync(
    join(folder, ".tmux.conf"),
    "set -g base-index 1\nset -g pane-base-index 1\nset -g status-position top\nset -g prefix C-a\n",
  );
  const home = await openHome({ env: { HOME: folder } });
  const agent = await startAgent(home, '!fake ask "Which?" a|b\n!fake say {answer}');
  const { prompts } = await agent.waitFor("question");
  await agent.answer({ prompt_id: prompts[0]?.id, option: "a" });
  expect((await agent.waitFor("completed")).turn).toMatchObject({ state: "completed" });
  expect(agent.facts("start")).toMatchObject([{ columns: 200, rows: 50 }]);
});

test("12: each agent has the environment of the command that asked, whatever the server has", async () => {
  const home = await openHome();
  const spawn = async (value: string): Promise<string> => {
    const record = join(home.folder, `${value}.jsonl`);
    const { session_id } = (await home.as({ kind: "person" } as never).call("session.spawn", {
      input: {
        provider_id: "fake",
        task: `!fake run printf "$COLOUR,$SECRET_TOKEN" > ${home.folder}/${value}.txt`,
        repo_path: home.folder,
        isolation: "shared",
        env: ["COLOUR"],
        provider_options: { record, allow_run: "on" },
      },
      cwd: home.folder,
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: home.folder,
        COLOUR: value,
        SECRET_TOKEN: "never",
      },
    })) as { session_id: string };
    return session_id;
  };
  await Promise.all([spawn("red"), spawn("blue")]);
  for (const value of ["red", "blue"]) {
    const file = join(home.folder, `${value}.txt`);
    await waitFor(() => existsSync(file) && read(file) !== "");
    // 39: what nobody named does not reach the agent
    expect(read(file)).toBe(`${value},`);
  }
});

test("13: a prompt of many lines is one paste and one submit", async () => {
  const home = await openHome();
  const lines = Array.from({ length: 30 }, (_, n) => `line ${n}`).join("\n");
  const agent = await startAgent(home, `${lines}\n!fake say done`);
  await agent.waitFor("completed");
  expect(agent.facts("prompt")).toHaveLength(1);
  expect(agent.facts("prompt")[0]?.["text"]).toBe(`${lines}\n!fake say done`);
  expect(agent.facts("enter").filter((one) => one["how"] === "submitted")).toHaveLength(1);
});

test("14: a composer that comes late loses no prompt", async () => {
  const home = await openHome();
  const agent = await startAgent(home, "!fake say late", { composer_delay_ms: "1500" });
  await agent.waitFor("completed");
  expect(agent.facts("lost_text")).toEqual([]);
});

test("15: sessions are told apart by whole names", async () => {
  const home = await openHome();
  const long = await startAgent(home, "!fake sleep 30", {}, { name: "work-1" });
  const short = await startAgent(home, "!fake sleep 30", {}, { name: "work" });
  await Promise.all([long.waitFor("running"), short.waitFor("running")]);
  await home.ask("session.terminate", { session_id: "work" });
  expect((await long.observe()).state).toBe("running");
  expect((await short.observe()).state).toBe("cancelled");
});

test("16: whatever ignores TERM and HUP ends all the same, with its children in other groups", async () => {
  const home = await openHome();
  const agent = await startAgent(home, "!fake sleep 60", { persona: "stubborn" });
  const [child] = await agent.noted("grandchild");
  await agent.waitFor("running");
  await agent.ask("session.terminate");
  expect(startToken(Number(agent.facts("start")[0]?.["pid"]))).toBeUndefined();
  expect(startToken(Number(child?.["pid"]))).toBeUndefined();
});

test("17: an interrupt presses the agent's own key and lets the agent live", async () => {
  const home = await openHome();
  const agent = await startAgent(home, "!fake sleep 60");
  await agent.waitFor("running");
  await agent.ask("session.interrupt");
  expect(await agent.observe()).toMatchObject({ state: "idle", turn: { state: "interrupted" } });
  expect(agent.facts("interrupt")).toMatchObject([{ obeyed: true }]);
});

test("18: a spawn that fails leaves neither a pane nor a session that seems to live", async () => {
  const home = await openHome();
  const agent = await startAgent(home, "!fake say up");
  await agent.waitFor("completed");
  const shared = startAgent(home, "x", {}, { base: "main" });
  await expect(shared).rejects.toMatchObject({ code: "invalid_input" });
  const worktree = { repo_path: makeRepo(home.folder), isolation: "worktree" };
  const unknown = startAgent(home, "x", {}, { ...worktree, base: "no-such-commit" });
  await expect(unknown).rejects.toMatchObject({ code: "base_not_found" });
  const panes = execFileSync("tmux", [
    "-S",
    home.home.tmuxSocket,
    "list-panes",
    "-a",
    "-F",
    "#{pane_id}",
  ]).toString();
  // the keeper's and the agent's
  expect(panes.trim().split("\n")).toHaveLength(2);
  const { sessions } = await home.ask<{ sessions: { state: string }[] }>("session.list", {});
  expect(sessions.map(({ state }) => state)).toEqual(["idle"]);
});

test("19: a dialog at the start is a prompt of its own and is never answered blindly", async () => {
  const home = await openHome();
  const agent = await startAgent(home, "!fake say in", { trust: "always" });
  const seen = await agent.waitFor("approval");
  expect(seen.prompts).toMatchObject([{ kind: "startup" }]);
  expect(agent.facts("answer")).toEqual([]);
  await agent.ask("session.approve");
  await agent.waitFor("completed");
});

function read(file: string): string {
  return execFileSync("cat", [file]).toString();
}
