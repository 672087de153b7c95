// needs: tmux, git
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { cliHome } from "../support/cli-home.ts";
import { makeRepo } from "../support/home.ts";
import { waitFor } from "../support/wait.ts";
import { hostNames, startHost, type Answer, type Host } from "./support/hosts.ts";

beforeAll(ensureBuilt, 120_000);

describe.each(hostNames)("%s", (name) => {
  test("does a whole job with every tool, against a supervisor of its own", async () => {
    const user = cliHome();
    const repo = makeRepo(user.folder);
    const host = await startHost(name, user);
    const called = new Set<string>();
    const call: Host["call"] = async (tool, args, options) => {
      called.add(tool);
      const answer: Answer = await host.call(tool, args, options);
      expect(answer.error, tool).toBeUndefined();
      return answer;
    };
    const listed = await host.tools();

    const { providers } = await call("get_inventory");
    expect(providers).toContainEqual(expect.objectContaining({ id: "fake", installed: true }));

    const spawn = (provider_id: string, task: string, isolation = "read_only"): Promise<string> =>
      call("spawn_worker", { provider_id, task, isolation, repo_path: repo }).then(
        (answer: Answer) => answer.session_id as string,
      );
    const [painter, cleaner, writer] = await Promise.all([
      spawn("fake-question", "Paint the button"),
      spawn("fake-approval", "Clean up"),
      spawn("fake-patch", "!fake edit a.txt Hello\n!fake say Written", "worktree"),
    ]);
    const all = [painter, cleaner, writer];

    // the two that ask hold the wait up, one after the other
    for (let left = 2; left > 0; left--) {
      const held = await call("wait_workers", { session_ids: all, timeout_seconds: 24 });
      expect(held.outcome).toBe("needs_input");
      const asking = (held.sessions as Answer[]).find((one) => one.prompts.length > 0);
      const prompt = asking.prompts[0];
      const answered = await call("answer_worker", {
        session_id: asking.session_id,
        prompt_id: prompt.id,
        option: prompt.kind === "question" ? "Blue" : "Yes",
      });
      expect(answered.prompt.state).toBe("answered");
    }
    const done = await call("wait_workers", { session_ids: all, timeout_seconds: 24 });
    expect(done.outcome).toBe("satisfied");

    const seen = await call("observe_worker", { session_id: painter, detail: "full", since: 0 });
    expect(seen.worker_output.text).toMatch(
      /^BEGIN_UNTRUSTED_WORKER_OUTPUT_(\w+)\nThe button is now Blue\.\nEND_UNTRUSTED_WORKER_OUTPUT_\1$/,
    );
    expect(seen.events.map((event: Answer) => event.type)).toContain("prompt_answered");

    const sent = await call("send_worker_message", {
      session_id: cleaner,
      message: "!fake stream 30",
      wait: "accepted",
    });
    expect(sent.delivery.state).toBe("accepted");
    expect((await call("poll_worker", { session_id: cleaner, since: seen.cursor })).state).toBe(
      "running",
    );
    await call("interrupt_worker", { session_id: cleaner });
    const explained = await call("explain_worker", { session_id: cleaner });
    expect(explained.state).toBe("idle");
    const { turns } = await call("get_session", { session_id: cleaner });
    expect(turns.map((turn: Answer) => turn.state)).toEqual(["completed", "interrupted"]);
    const { sessions } = await call("list_sessions", { provider_id: "fake" });
    expect(sessions).toHaveLength(3);
    expect((await call("attach_info", { session_id: cleaner })).attach_kind).toBe("read_only");
    const { text } = await call("read_worker_transcript", { session_id: painter });
    expect(text).toContain("The button is now Blue.");

    const collected = await call("collect_worker_artifacts", { session_id: writer });
    expect(collected.git.changed_files.join()).toContain("a.txt");
    const files = await call("get_artifact_manifest", { session_id: writer });
    const diff = files.files.find((file: Answer) => file.kind === "diff");
    expect(readFileSync(diff.path as string, "utf8")).toContain("+Hello");

    expect((await call("list_worktrees", { repo_path: repo })).worktrees).toHaveLength(1);
    for (const session_id of all) {
      const ended = await call("terminate_worker", { session_id });
      expect(ended.state).toBe("completed");
    }
    const resumed = await call("resume_worker", { session_id: writer });
    expect(resumed.from_state).toBe("completed");
    await call("terminate_worker", { session_id: writer, confirm: true });
    const models = await call("get_provider_models", { provider_id: "fake" });
    expect(models.providers).toMatchObject([{ provider_id: "fake" }]);

    const finish = await call("finish_worktree", { session_id: writer });
    expect(finish.session_id).toBe(writer);
    const cleaned = await call("cleanup_worktree", {
      session_id: writer,
      force: true,
      confirm: true,
    });
    expect(cleaned.removed).toBe(true);
    expect(existsSync(join(repo, "a.txt"))).toBe(false);

    await call("get_usage_snapshot", { provider_id: "fake" });
    // what only reads and needs nothing; raw keys have a test of their own
    for (const tool of listed) {
      if (!called.has(tool) && tool.startsWith("get_")) await call(tool);
    }
    const others = await startHost(name, user);
    expect((await others.call("list_sessions")).sessions).toEqual([]);
    const everybodys = await others.call("list_sessions", { include_all: true });
    expect(everybodys.sessions).toHaveLength(3);
    expect(listed.filter((tool) => !called.has(tool) && tool !== "send_worker_keys")).toEqual([]);
  });

  test("hears of progress, gives a wait up, and the worker goes on", async () => {
    const user = cliHome();
    const host = await startHost(name, user);
    const { session_id } = await host.call("spawn_worker", {
      provider_id: "fake",
      task: "!fake stream 60",
      repo_path: user.folder,
    });
    await host.call("observe_worker", {
      session_id,
      wait_for: "running",
      timeout_seconds: 24,
    });
    const stop = new AbortController();
    const told: number[] = [];
    const waiting = host.call(
      "observe_worker",
      { session_id, wait_for: "completed", timeout_seconds: 24 },
      { signal: stop.signal, onProgress: ({ progress }) => told.push(progress) },
    );
    await waitFor(() => told.length > 0, { what: "the first word of progress" });

    stop.abort(new Error("enough"));

    await expect(waiting).rejects.toThrow(/enough/);
    expect((await host.call("poll_worker", { session_id })).state).toBe("running");
    const unasked = await host.call("terminate_worker", { session_id });
    expect(unasked.error.code).toBe("confirmation_required");
    const ended = await host.call("terminate_worker", { session_id, confirm: true });
    expect(ended.state).toBe("cancelled");
  });

  test("does not notice that supervisors die, between calls and during one", async () => {
    const user = cliHome();
    const host = await startHost(name, user);
    const spawned = { provider_id: "fake-question", task: "Paint", repo_path: user.folder };
    const { session_id } = await host.call("spawn_worker", spawned);
    await host.call("observe_worker", { session_id, wait_for: "question", timeout_seconds: 24 });

    process.kill(user.supervisor(), "SIGKILL");
    const seen = await host.call("poll_worker", { session_id });
    expect(seen).toMatchObject({ state: "awaiting_input", prompts: [{ state: "open" }] });
    await host.call("answer_worker", { session_id, option: "Green" });
    await host.call("observe_worker", { session_id, wait_for: "completed", timeout_seconds: 24 });

    const told: number[] = [];
    const waiting = host.call(
      "observe_worker",
      { session_id, wait_for: "question", since: seen.cursor, timeout_seconds: 24 },
      { onProgress: ({ progress }) => told.push(progress) },
    );
    await waitFor(() => told.length > 0);
    process.kill(user.supervisor(), "SIGKILL");
    const sent = await host.call("send_worker_message", { session_id, message: "And the door" });
    expect(sent.delivery.state).toBe("accepted");
    expect(await waiting).toMatchObject({ outcome: "satisfied", state: "awaiting_input" });
  });
});
