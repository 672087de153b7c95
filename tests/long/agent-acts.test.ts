// needs: tmux, git
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { makeRepo, openHome } from "../support/home.ts";
import { agentActs } from "../support/audited-acts.ts";
import { waitFor } from "../support/wait.ts";

interface Page {
  readonly events: readonly { readonly type: string }[];
  readonly cursor: number;
}

interface Spawned {
  readonly session: { readonly id: string; readonly state: string };
}

test("each act on an agent is told of in its event once, and not again when the request comes again", async () => {
  const home = await openHome();
  const repo = makeRepo(home.folder);
  mkdirSync(dirname(home.home.config), { recursive: true });
  writeFileSync(home.home.config, "policy: { allow_raw_keys: true }\n");
  let cursor = 0;
  const found: Record<string, number> = {};
  /** Asks twice, as somebody whose answer got lost, and counts the act's own event. */
  const act = async (name: string, input: object): Promise<Record<string, unknown>> => {
    const page = (after: number) =>
      home.ask<Page & Record<string, unknown>>("event.query", { after, limit: 5_000 });
    ({ cursor } = await page(cursor));
    const answer = await home.ask(name, { ...input }, { key: name });
    await home.ask(name, { ...input }, { key: name }).catch(() => undefined);
    const { events } = await page(cursor);
    found[name] = events.filter(({ type }) => type === agentActs[name]).length;
    return answer;
  };
  const spawn = async (task: string): Promise<string> => {
    const given = { provider_id: "fake", task, repo_path: repo, isolation: "worktree" };
    return (await home.ask<Spawned & Record<string, unknown>>("session.spawn", given)).session.id;
  };
  const until = (id: string, ...states: readonly string[]) =>
    waitFor(async () => states.includes((await home.app.store.sessions.get(id))?.state ?? ""), {
      timeoutMs: 20_000,
      what: `${id} in ${states.join(" or ")}`,
    });

  const first = (await act("session.spawn", {
    provider_id: "fake",
    task: "!fake say hello",
    repo_path: repo,
    isolation: "worktree",
  })) as unknown as Spawned;
  const one = { session_id: first.session.id };
  await until(one.session_id, "idle");
  await act("session.send", { ...one, message: '!fake ask "Which?" a|b\n!fake sleep 60' });
  await until(one.session_id, "awaiting_input");
  await act("session.answer", { ...one, option: "a" });
  await until(one.session_id, "running");
  await act("session.interrupt", one);
  await until(one.session_id, "idle");
  await act("session.keys", { ...one, keys: ["Escape"] });
  await act("session.collect", one);
  for (const verb of ["approve", "deny"]) {
    const id = await spawn('!fake approve "rm -rf build"');
    await until(id, "awaiting_approval");
    await act(`session.${verb}`, { session_id: id });
    await home.ask("session.terminate", { session_id: id });
  }
  await act("session.terminate", one);
  await act("session.resume", one);
  await until(one.session_id, "idle");
  const { terminal } = (await home.app.store.sessions.get(one.session_id)) ?? {};
  process.kill(terminal?.pid ?? Number.NaN, "SIGKILL");
  await until(one.session_id, "failed", "lost");
  await act("session.recover", {});
  await until(one.session_id, "idle");
  await home.ask("session.terminate", one);
  await act("worktree.cleanup", { ...one, force: true });
  const { cursor: last } = await home.ask<Page & Record<string, unknown>>("event.query", {
    after: cursor,
    limit: 5_000,
  });
  await home.restart();
  const { events } = await home.ask<Page & Record<string, unknown>>("event.query", { after: last });
  found["supervisor.stop"] = events.filter(({ type }) => type === "supervisor_stopped").length;

  const once = Object.fromEntries(Object.keys(agentActs).map((name) => [name, 1]));
  // files are written anew, and show the present
  expect(found).toEqual({ ...once, "session.collect": 2 });
}, 120_000);
