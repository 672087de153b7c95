/** What is special about codex, through our own command. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { forAgent } from "../support/real/for-agent.ts";
import { longPrompt } from "../support/real/stage.ts";
import type { Seen, Work } from "../support/real/work.ts";
import { startWork } from "../support/real/work.ts";
import { waitFor } from "../support/wait.ts";

forAgent("codex", (agent) => {
  let work: Work;

  beforeAll(async () => {
    ensureBuilt();
    work = await startWork(agent, "codex-cli");
  }, 120_000);

  afterAll(async () => {
    await work.close();
  }, 60_000);

  describe("a text is a text, whatever it begins or ends with", () => {
    let name: string;

    test("a prompt of 7 kB as an argument arrives byte for byte, with its outer blanks", async () => {
      const text = `  ${longPrompt("[[say:by argument]]", { tabs: true }).slice(0, 7_000)}\n`;
      name = await work.spawn(text);
      await work.observe(name, "completed");
      expect(work.mock.journal.prompts()).toEqual([text]);
    });

    test.each([
      "!echo ran > ran.txt",
      "/quit",
      "/unknown command",
      "look at @READ",
      "use $imag",
      "?",
      "a\n/status",
    ])("%j is read by the model and run by nobody", async (text) => {
      const sent = await send(name, text, "turn");
      expect(sent.turn).toMatchObject({ state: "completed" });
      expect(work.mock.journal.prompts().at(-1)).toBe(text);
      expect(existsSync(join(work.user.repo, "ran.txt"))).toBe(false);
    });

    test("so is a task that begins like a shell command", async () => {
      const other = await work.spawn("!echo task > ran.txt");
      await work.observe(other, "completed");
      expect(work.mock.journal.prompts().at(-1)).toBe("!echo task > ran.txt");
      expect(existsSync(join(work.user.repo, "ran.txt"))).toBe(false);
      await work.run(["terminate", other]);
    });

    test("a text sent during a turn joins it at once, and both are proven to be taken", async () => {
      await send(name, "[[slow:30]] a long one", "accepted");
      await work.mock.journal.waitFor((one) => one.exchange.userText.startsWith("[[slow:30]]"));
      const sent = await send(name, "[[say:steered]] now", "turn", ["--when", "now"]);
      expect(sent.turn).toMatchObject({ state: "completed" });
      expect((await work.settled(name, "idle")).worker_output.text).toContain("steered");
      const ended = (await work.events(name)).filter(({ type }) => type === "turn_completed");
      expect(ended.slice(-2).map(({ source }) => source)).not.toContain("screen");
      await work.run(["terminate", name]);
    });
  });

  describe("a dialog is answered, and never another one", () => {
    let name: string;

    test("of two approvals asked at once, each answer reaches its own", async () => {
      const ask = (file: string): string =>
        `tools.exec_command({cmd:'echo ${file} > ${file}.txt',sandbox_permissions:'require_escalated',justification:'${file}?'})`;
      const script = `await Promise.all([${ask("one")}, ${ask("two")}]); text('both');`;
      name = await work.spawn(`[[call:exec:${JSON.stringify(script)}]][[say:both ran]]`);
      await work.observe(name, "approval_prompt");
      // the screen shows one after the other, in no order; only the one it shows has options
      await until(name, ({ prompts }) => prompts.length === 2 && drawn(prompts).length === 1);
      for (const left of [2, 1]) {
        const seen = await until(name, ({ prompts }) => drawn(prompts).length === 1);
        const [prompt] = drawn(seen.prompts);
        expect(seen.prompts).toHaveLength(left);
        expect(screen()).toContain(/echo \w+ > \w+\.txt/.exec(prompt?.text ?? "")?.[0]);
        await work.run(["answer", name, "--prompt", prompt?.id ?? "", "--option", "Yes, proceed"]);
      }
      await work.observe(name, "completed");
      expect(written("one.txt")).toBe("one\n");
      expect(written("two.txt")).toBe("two\n");
      expect(await answers(name)).toEqual(["prompt_answered", "prompt_answered"]);
    });

    test("an approval is over as soon as its command runs, however long that takes", async () => {
      await send(name, "[[tool:shell:sleep 4; echo slow > slow.txt]][[say:slow ran]]", "accepted");
      await work.observe(name, "approval_prompt");
      await work.run(["approve", name]);
      const seen = await work.json<Seen>(["observe", name]);
      expect(seen.state).toBe("running");
      expect(existsSync(join(work.user.repo, "slow.txt"))).toBe(false);
      await work.observe(name, "completed");
      expect(written("slow.txt")).toBe("slow\n");
    });

    test("two questions of one call are answered one after the other", async () => {
      const question = (id: string, ...labels: string[]): object => ({
        id,
        header: id,
        question: `Which ${id}?`,
        options: labels.map((label) => ({ label, description: `Take ${label}.` })),
      });
      const questions = [question("colour", "red", "blue"), question("size", "big", "small")];
      const call = `[[call:request_user_input:${JSON.stringify({ questions })}]]`;
      await send(name, `${call}[[say:asked twice]]`, "accepted");
      await work.observe(name, "question");
      const seen = await until(name, ({ prompts }) => prompts.length === 2);
      expect(seen.prompts.map(({ text }) => text)).toEqual(["Which colour?", "Which size?"]);
      for (const [index, option] of ["blue", "small"].entries()) {
        const { id = "" } = seen.prompts[index] ?? {};
        await work.run(["answer", name, "--prompt", id, "--option", option]);
      }
      await work.observe(name, "completed");
      const told = work.mock.journal.turns().at(-1)?.exchange.toolResults.at(-1) ?? "";
      expect(JSON.parse(told)).toEqual({
        answers: { colour: { answers: ["blue"] }, size: { answers: ["small"] } },
      });
    });

    test("words that are no option are refused while a question is open, and type nothing", async () => {
      await send(name, "[[ask:Which animal?:cat|dog]][[say:thanks]]", "accepted");
      await work.observe(name, "question");
      await expect(work.run(["send", name, "a horse, if I may"])).rejects.toThrow(
        /option_not_found/,
      );
      await work.run(["send", name, "2"]);
      await work.observe(name, "completed");
      const told = work.mock.journal.turns().at(-1)?.exchange.toolResults.at(-1) ?? "";
      expect(JSON.parse(told)).toEqual({ answers: { choice: { answers: ["dog"] } } });
    });

    test("a person who answers in the pane first is noticed, and a late answer reaches nothing", async () => {
      await send(name, "[[tool:shell:echo pane > pane.txt]][[say:by hand]]", "accepted");
      const seen = await work.observe(name, "approval_prompt");
      await waitFor(() => screen().includes("Press enter to confirm"), { what: "the dialog" });
      tmux("send-keys", "-t", pane(), "y");
      await work.observe(name, "completed");
      expect(written("pane.txt")).toBe("pane\n");
      const { id = "" } = seen.prompts[0] ?? {};
      await expect(work.run(["approve", name, "--prompt", id])).rejects.toThrow(/prompt_/);
      expect((await answers(name)).at(-1)).toBe("prompt_withdrawn");
    });

    test("a plan is a dialog of its own, and approving it opens the agent's own turn", async () => {
      await work.run(["send", name, "/plan", "--command", "--wait", "none"]);
      await waitFor(() => screen().includes("Plan mode"), { what: "plan mode" });
      await send(name, "[[plan:# Plan\\n1. do it]]", "accepted");
      const seen = await work.observe(name, "approval_prompt");
      expect(seen.prompts).toMatchObject([{ kind: "plan", source: "log" }]);
      expect(seen.prompts[0]?.text).toContain("1. do it");
      await work.run(["approve", name]);
      await work.mock.journal.waitFor((one) => one.exchange.userText === "Implement the plan.");
      await work.observe(name, "completed");
      const started = (await work.events(name)).filter(({ type }) => type === "turn_started");
      expect(started.at(-1)).toMatchObject({ author: "agent" });
      expect(["hook", "log"]).toContain(started.at(-1)?.source);
      await work.run(["terminate", name]);
    });
  });

  describe("what it is started with", () => {
    test("an unknown folder is asked about, nothing answers it, and its prompt waits", async () => {
      writeFileSync(work.home.config, "policy:\n  trust_folders: false\n");
      const before = work.mock.journal.prompts().length;
      const name = await work.spawn("[[say:trusted]]");
      const seen = await work.observe(name, "approval_prompt");
      expect(seen.prompts).toMatchObject([{ kind: "startup" }]);
      expect(seen.prompts[0]?.text).toContain("Trust this folder?");
      expect(work.mock.journal.prompts()).toHaveLength(before);
      await work.run(["approve", name]);
      await work.observe(name, "completed");
      expect((await work.settled(name, "idle")).worker_output.text).toContain("trusted");
      await work.run(["terminate", name]);
      writeFileSync(work.home.config, "policy:\n  trust_folders: true\n");
    });

    test("hooks that a repository brings along are not run, and reviewing them is asked for", async () => {
      const folder = join(work.user.repo, ".codex");
      const command = `touch ${join(work.user.repo, "hook-ran.txt")}`;
      mkdirSync(folder);
      writeFileSync(
        join(folder, "hooks.json"),
        JSON.stringify({ hooks: { Stop: [{ hooks: [{ type: "command", command }] }] } }),
      );
      const name = await work.spawn("[[say:without them]]");
      const seen = await work.observe(name, "approval_prompt");
      expect(seen.prompts[0]?.text).toContain("1 hook is new or changed");
      await work.run(["deny", name]);
      await work.observe(name, "completed");
      const told = (await work.events(name)).filter(({ type }) => type === "delivery_accepted");
      expect(told).toHaveLength(1);
      const heard = (await work.events(name)).filter(({ type }) => type === "channel_heard");
      expect(heard.map(({ channel }) => channel)).toContain("hook");
      expect(existsSync(join(work.user.repo, "hook-ran.txt"))).toBe(false);
      await work.run(["terminate", name]);
      rmSync(folder, { recursive: true });
    });

    test("the user's own settings know nothing of us", () => {
      const settings = readFileSync(join(work.user.home, ".codex", "config.toml"), "utf8");
      expect(settings).not.toMatch(/hooks|terminal_title|status_line|features/);
    });
  });

  test("a conversation that is taken up again brings no turns of its past along", async () => {
    const old = await work.spawn("[[say:long ago]]");
    await work.observe(old, "completed");
    const { session } = await work.json<{ session: { agent_session_id: string } }>([
      "session",
      "show",
      old,
    ]);
    await work.run(["terminate", old]);
    const name = await work.spawn("[[say:a new one]]");
    await work.observe(name, "completed");
    const resume = `/resume ${session.agent_session_id}`;
    await work.run(["send", name, resume, "--command", "--wait", "none"]);
    await waitFor(() => screen().includes("long ago"), { what: "the old conversation" });
    const sent = await send(name, "[[say:and on]]", "turn");
    expect(sent.turn).toMatchObject({ state: "completed" });
    expect((await work.settled(name, "idle")).worker_output.text).toContain("and on");
    const known = (await work.events(name)).filter(({ type }) => type === "agent_identified");
    expect(known.at(-1)).toMatchObject({ agent_session_id: session.agent_session_id });
    const { turns } = await work.json<{ turns: readonly { prompt: string }[] }>([
      "session",
      "show",
      name,
    ]);
    expect(turns.map(({ prompt }) => prompt)).not.toContain("[[say:long ago]]");
    await work.run(["terminate", name]);
  });

  test("after a limit the next prompt runs, though the refusal still stands on the screen", async () => {
    const name = await work.spawn("[[limit:4:1]] spend it");
    await work.observe(name, "limited");
    await work.observe(name, "idle");
    const sent = await send(name, "[[say:goes on]]", "turn");
    expect(sent.turn).toMatchObject({ state: "completed" });
    const limits = (await work.events(name)).filter(({ type }) => type === "limit_hit");
    // on a busy machine the screen may be read a moment before the log's first line: that corrects it
    const [last, ...earlier] = limits.toReversed();
    expect(last).toMatchObject({ source: "log", resets_at: expect.any(String) });
    expect(earlier.length === 0 || earlier[0]?.["source"] === "screen").toBe(true);
    expect(earlier.length).toBeLessThanOrEqual(1);
    await work.run(["terminate", name]);
  });

  async function send(
    name: string,
    text: string,
    wait: "accepted" | "turn",
    flags: readonly string[] = [],
  ): Promise<{ readonly turn: { readonly state: string } }> {
    const args = ["send", name, "-", "--wait", wait, "--timeout", "40s", ...flags];
    return work.json(args, { input: text });
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

  async function answers(name: string): Promise<string[]> {
    const types = (await work.events(name)).map(({ type }) => type);
    return types.filter((type) => type === "prompt_answered" || type === "prompt_withdrawn");
  }

  function drawn(prompts: Seen["prompts"]): Seen["prompts"] {
    return prompts.filter(({ options }) => options.length > 0);
  }

  function written(file: string): string {
    return readFileSync(join(work.user.repo, file), "utf8");
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
