/** What is special about copilot, through our own command. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { forAgent } from "../support/real/for-agent.ts";
import { longPrompt } from "../support/real/stage.ts";
import type { Seen, Work } from "../support/real/work.ts";
import { startWork } from "../support/real/work.ts";
import { waitFor } from "../support/wait.ts";

forAgent("copilot", (agent) => {
  let work: Work;

  beforeAll(async () => {
    ensureBuilt();
    work = await startWork(agent, "copilot-cli");
  }, 120_000);

  afterAll(async () => {
    await work.close();
  }, 60_000);

  describe("a text is a text, whatever it begins or ends with", () => {
    let name: string;

    test("a task of 60 kB travels as an argument, byte for byte", async () => {
      const text = `- ${longPrompt("[[say:by argument]]", { tabs: true })}`.repeat(5);
      expect(text.length).toBeGreaterThan(55_000);
      name = await work.spawn(text);
      await work.observe(name, "completed");
      expect(work.mock.journal.prompts()).toEqual([text]);
    });

    test.each(["a\n/status", "see #1", "# heading", "-dash", "?", "cost: $", "it's `x` $(y) \\ z"])(
      "%j is read by the model and run by nobody",
      async (text) => {
        const sent = await send(name, text, "turn");
        expect(sent.turn).toMatchObject({ state: "completed" });
        expect(work.mock.journal.prompts().at(-1)).toBe(text);
      },
    );

    test.each(["!echo ran > ran.txt", "  !echo ran > ran.txt", "/quit", "look at @READ", "$"])(
      "%j would not be read as it is, and is refused before anything is typed",
      async (text) => {
        const before = work.mock.journal.prompts().length;
        await expect(send(name, text, "turn")).rejects.toThrow(/invalid_task/);
        expect(work.mock.journal.prompts()).toHaveLength(before);
        expect(existsSync(join(work.user.repo, "ran.txt"))).toBe(false);
      },
    );

    test("nor is a task that begins like a shell command started", async () => {
      await expect(work.spawn("!echo task > ran.txt")).rejects.toThrow(/exclamation mark/);
      expect(existsSync(join(work.user.repo, "ran.txt"))).toBe(false);
    });

    test("a paste that would become a file is refused", async () => {
      await expect(send(name, "word ".repeat(5_000), "turn")).rejects.toThrow(/becomes a file/);
      await work.run(["terminate", name]);
    });
  });

  describe("a dialog is answered, and never another one", () => {
    let name: string;

    test("of two approvals asked at once, each answer reaches its own", async () => {
      name = await work.spawn(
        "[[tool:shell:touch one.txt]]+[[tool:shell:touch two.txt]][[say:both ran]]",
      );
      await until(name, ({ prompts }) => prompts.length === 2 && drawn(prompts).length === 1);
      for (const left of [2, 1]) {
        const seen = await until(name, ({ prompts }) => drawn(prompts).length === 1);
        const [prompt] = drawn(seen.prompts);
        expect(seen.prompts).toHaveLength(left);
        expect(screen()).toContain(/touch \w+\.txt/.exec(prompt?.text ?? "")?.[0]);
        await work.run(["answer", name, "--prompt", prompt?.id ?? "", "--option", "Yes"]);
      }
      await work.observe(name, "completed");
      expect(existsSync(join(work.user.repo, "one.txt"))).toBe(true);
      expect(existsSync(join(work.user.repo, "two.txt"))).toBe(true);
    });

    test("what only reads is asked about by nobody, and opens no prompt", async () => {
      const before = await opened(name);
      const sent = await send(name, "[[run:ls]][[say:listed]]", "turn");
      expect(sent.turn).toMatchObject({ state: "completed" });
      expect(await opened(name)).toBe(before);
    });

    test("a file outside of the folder is denied, and the agent is told and goes on", async () => {
      await send(name, '[[call:view:{"path":"/etc/hostname"}]][[say:not seen]]', "accepted");
      const seen = await work.observe(name, "approval_prompt");
      expect(seen.prompts[0]?.text).toContain("/etc/hostname");
      await work.run(["deny", name]);
      await work.observe(name, "completed");
      expect((await work.settled(name, "idle")).worker_output.text).toContain("not seen");
    });

    test("a form of several fields is left to a person, whose end of it is noticed", async () => {
      const field = (...labels: string[]): object => ({ type: "string", enum: labels });
      const form = {
        message: "Two things?",
        requestedSchema: {
          type: "object",
          properties: { colour: field("red", "blue"), size: field("big", "small") },
          required: ["colour"],
        },
      };
      await send(name, `[[call:ask_user:${JSON.stringify(form)}]][[say:no form]]`, "accepted");
      const seen = await work.observe(name, "question");
      expect(seen.prompts).toMatchObject([{ kind: "question", options: [] }]);
      await waitFor(() => screen().includes("Two things?"), { what: "the form" });
      tmux("send-keys", "-t", pane(), "Escape");
      await work.observe(name, "completed");
      expect((await work.settled(name, "idle")).worker_output.text).toContain("no form");
    });

    test("a person who answers in the pane first is noticed", async () => {
      await send(name, "[[tool:shell:touch pane.txt]][[say:by hand]]", "accepted");
      const seen = await work.observe(name, "approval_prompt");
      await waitFor(() => screen().includes("enter to select"), { what: "the dialog" });
      tmux("send-keys", "-t", pane(), "1");
      await work.observe(name, "completed");
      const { id = "" } = seen.prompts[0] ?? {};
      await expect(work.run(["approve", name, "--prompt", id])).rejects.toThrow(/prompt_/);
      await work.run(["terminate", name]);
    });
  });

  describe("what it is started with", () => {
    test("an unknown folder is trusted for this session alone, by its own dialog", async () => {
      writeFileSync(join(work.user.home, ".copilot", "config.json"), "{}");
      const name = await work.spawn("[[say:trusted]]");
      const seen = await work.observe(name, "completed");
      expect(seen.turn?.state).toBe("completed");
      expect((await work.settled(name, "idle")).worker_output.text).toContain("trusted");
      const answered = (await work.events(name)).filter(({ type }) => type === "prompt_answered");
      expect(answered).toMatchObject([{ author: "policy:trust_folders", label: "Yes" }]);
      expect(readFileSync(join(work.user.home, ".copilot", "config.json"), "utf8")).not.toContain(
        work.user.repo,
      );
      await work.run(["terminate", name]);
    });

    test("where the policy trusts no folder nothing answers, and its prompt waits", async () => {
      writeFileSync(work.home.config, "policy:\n  trust_folders: false\n");
      const before = work.mock.journal.prompts().length;
      const name = await work.spawn("[[say:trusted by hand]]");
      const seen = await work.observe(name, "approval_prompt");
      expect(seen.prompts).toMatchObject([{ kind: "startup" }]);
      expect(seen.prompts[0]?.text).toContain("Do you trust the files in this folder?");
      expect(work.mock.journal.prompts()).toHaveLength(before);
      await work.run(["approve", name]);
      await work.observe(name, "completed");
      await work.run(["terminate", name]);
      writeFileSync(work.home.config, "policy:\n  trust_folders: true\n");
    });

    test("the person's own settings know nothing of us", () => {
      const folder = join(work.user.home, ".copilot");
      for (const file of ["config.json", "settings.json"]) {
        const path = join(folder, file);
        const text = existsSync(path) ? readFileSync(path, "utf8") : "";
        expect(text).not.toMatch(/agentpool|hooks|plugin/i);
      }
    });
  });

  test("a conversation begun anew by a person is followed", async () => {
    const name = await work.spawn("[[say:the old one]]");
    await work.observe(name, "completed");
    const before = await conversation(name);
    await work.run(["send", name, "/clear", "--command", "--wait", "none"]);
    await waitFor(() => screen().includes("Started a fresh session"), {
      what: "an empty conversation",
    });
    const sent = await send(name, "[[say:the new one]]", "turn");
    expect(sent.turn).toMatchObject({ state: "completed" });
    expect((await work.settled(name, "idle")).worker_output.text).toContain("the new one");
    expect(await conversation(name)).not.toBe(before);
    await work.run(["terminate", name]);
  });

  test("a refusal for some seconds is sat out by the agent itself, and is no limit", async () => {
    const name = await work.spawn("[[limit:3:1]][[say:went on]] try it");
    const seen = await work.observe(name, "completed,limited,error");
    expect(seen.turn?.state).toBe("completed");
    expect((await work.settled(name, "idle")).worker_output.text).toContain("went on");
    const limits = (await work.events(name)).filter(({ type }) => type.startsWith("limit_"));
    expect(limits).toEqual([]);
    await work.run(["terminate", name]);
  });

  async function send(
    name: string,
    text: string,
    wait: "accepted" | "turn",
  ): Promise<{ readonly turn: { readonly state: string } }> {
    return work.json(["send", name, "-", "--wait", wait, "--timeout", "40s"], { input: text });
  }

  async function conversation(name: string): Promise<string> {
    const shown = await work.json<{ session: { agent_session_id: string } }>([
      "session",
      "show",
      name,
    ]);
    return shown.session.agent_session_id;
  }

  async function until(name: string, holds: (seen: Seen) => boolean): Promise<Seen> {
    return waitFor(
      async () => {
        const seen = await work.json<Seen>(["observe", name, "--detail", "full"]);
        return holds(seen) ? seen : undefined;
      },
      { what: "what the session shows" },
    );
  }

  async function opened(name: string): Promise<number> {
    return (await work.events(name)).filter(({ type }) => type === "prompt_opened").length;
  }

  function drawn(prompts: Seen["prompts"]): Seen["prompts"] {
    return prompts.filter(({ options }) => options.length > 0);
  }

  /** The newest pane is that of the session spoken of; those before it were terminated. */
  function pane(): string {
    const panes = tmux("list-panes", "-a", "-F", "#{pane_dead} #{pane_id}").split("\n");
    return panes.findLast((line) => line.startsWith("0 "))?.slice(2) ?? "";
  }

  /** What a person sees, lines joined where the agent wrapped them. */
  function screen(): string {
    return tmux("capture-pane", "-p", "-J", "-t", pane());
  }

  function tmux(...args: string[]): string {
    const { stdout } = spawnSync("tmux", ["-S", work.home.tmuxSocket, ...args], {
      encoding: "utf8",
    });
    return stdout;
  }
});
