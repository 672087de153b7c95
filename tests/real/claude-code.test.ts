/** What is special to claude, each step through our own command. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { forAgent } from "../support/real/for-agent.ts";
import type { Work } from "../support/real/work.ts";
import { startWork } from "../support/real/work.ts";
import { waitFor } from "../support/wait.ts";

forAgent("claude", (agent) => {
  let work: Work;

  beforeAll(async () => {
    ensureBuilt();
    work = await startWork(agent, "claude-code");
  }, 120_000);

  afterAll(async () => {
    await work.close();
  }, 60_000);

  const shared = ["--isolation", "shared"];

  async function started(task = "[[say:ready]]", flags: readonly string[] = []): Promise<string> {
    const name = await work.spawn(task, [...shared, ...flags]);
    await work.observe(name, "completed");
    await work.settled(name, "idle");
    return name;
  }

  /** Keys that a person presses in the pane itself. */
  async function press(name: string, ...keys: readonly string[]): Promise<void> {
    const { session } = await work.json<{ session: { tmux: { pane: string } } }>([
      "session",
      "show",
      name,
    ]);
    const args = ["-S", work.home.tmuxSocket, "send-keys", "-t", session.tmux.pane, ...keys];
    execFileSync("tmux", args);
  }

  /** Chooses in a dialog as a person does: it ignores keys for its first moments. */
  async function choose(name: string, key: string): Promise<void> {
    const asks = async (): Promise<boolean> =>
      (await work.json<{ state: string }>(["observe", name])).state === "awaiting_approval";
    await waitFor(async () => {
      if (!(await asks())) return true;
      const pressedAt = Date.now();
      await press(name, key);
      await waitFor(async () => !(await asks()) || Date.now() - pressedAt > 1_500);
      return !(await asks());
    });
  }

  async function screen(name: string): Promise<string> {
    return (await work.observe(name, "idle")).worker_output.text ?? "";
  }

  function pipes(): string[] {
    return readdirSync(join(work.home.root, "sessions"), {
      recursive: true,
      encoding: "utf8",
    }).filter((path) => path.endsWith(".reply"));
  }

  const lastTold = (): string =>
    work.mock.journal.turns().at(-1)?.exchange.toolResults.at(-1) ?? "";

  describe("texts", () => {
    let name: string;

    test("a first prompt of 90 kB with tabs arrives byte for byte", async () => {
      const line = `\t"quotes" 'single' $HOME \`tick\` !bang /slash #hash @at ünï 👩‍👩‍👧 \\ back\n`;
      const first = `[[say:ready]]\n${line.repeat(1_000)}\n\nthe end`;
      expect(Buffer.byteLength(first)).toBeGreaterThan(75_000);
      name = await work.spawn(first);
      await work.observe(name, "completed");
      expect(work.mock.journal.prompts()).toEqual([first]);
    });

    test.each([
      ["empty lines", "[[say:a]]\n\n\n\none\n\n\n\n\n\ntwo\n \nthree"],
      ["one line of 6,000 characters", `[[say:b]] ${"x👩‍👩‍👧é ".repeat(600)}end`],
      [
        "40 kB in many lines",
        `[[say:c]]\n${"a line of text, no more and no less\n".repeat(1_100)}end`,
      ],
      ["marks of other programs", "[[say:d]] #hash @nobody $(x) <b> ~/.x ?\n/status\n!ls\n\\"],
    ])("later, %s", async (_, text) => {
      const ending = text.endsWith("\\") ? `${text} end` : text;
      await work.run(["send", name, "-", "--wait", "turn", "--timeout", "60s"], { input: ending });
      expect(work.mock.journal.prompts().at(-1)).toBe(ending);
    });

    test.each(["/status", "  /exit", "!touch ran.txt", "ends with \\"])(
      "%j is refused and does nothing",
      async (text) => {
        const before = work.mock.journal.entries.length;
        const { stderr } = await work.run(["send", name, text], { status: 2 });
        expect(stderr).toContain("would not take this text as it is");
        expect(existsSync(join(work.user.repo, "ran.txt"))).toBe(false);
        expect(work.mock.journal.entries).toHaveLength(before);
      },
    );

    test("a task that is a command is refused before anything is started", async () => {
      const before = (await work.json<{ sessions: unknown[] }>(["sessions"])).sessions.length;
      await work.run(["spawn", "-p", "claude", "--task", "/exit", ...shared], { status: 2 });
      const { sessions } = await work.json<{ sessions: unknown[] }>(["sessions"]);
      expect(sessions).toHaveLength(before);
    });

    test("a command is run when it is meant, and a new conversation is followed", async () => {
      const id = async (): Promise<string> =>
        (await work.json<{ session: { agent_session_id: string } }>(["session", "show", name]))
          .session.agent_session_id;
      const before = await id();
      await work.run(["send", name, "/clear", "--command", "--timeout", "30s"]);
      await waitFor(async () => (await id()) !== before, { what: "another conversation" });
      await work.run(["send", name, "[[say:fresh]]", "--wait", "turn", "--timeout", "30s"]);
      const seen = await work.settled(name, "idle");
      expect(seen.worker_output.text).toContain("fresh");
      expect(work.mock.journal.turns().at(-1)?.exchange.userTexts).toHaveLength(1);
      await work.run(["terminate", name]);
    });
  });

  test("a prompt interrupted before the first word does not stand in the way of the next", async () => {
    const name = await started();
    for (const text of ["[[hang:30]] think", "[[hang:30]] think\nabout\n\nmany lines"]) {
      await work.run(["send", name, text, "--timeout", "30s"]);
      await work.mock.journal.waitFor((entry) => entry.exchange.userText === text);
      await work.run(["interrupt", name]);
      const seen = await work.settled(name, "idle");
      expect(seen.turn?.state).toBe("interrupted");
      expect(await screen(name)).toContain("think");
    }
    const next = "[[say:going on]] after that";
    await work.run(["send", name, next, "--wait", "turn", "--timeout", "30s"]);
    expect(work.mock.journal.prompts().at(-1)).toBe(next);
    await work.run(["terminate", name]);
  });

  test("a person's draft is waited for and never touched", async () => {
    const name = await started();
    await press(name, "-l", "half a thought");
    const sending = work.run([
      "send",
      name,
      "[[say:thanks]]",
      "--wait",
      "turn",
      "--timeout",
      "60s",
    ]);
    await waitFor(async () => (await screen(name)).includes("half a thought"));
    const { stdout } = await work.run(["explain", name]);
    expect(stdout).toBeTruthy();
    expect(work.mock.journal.prompts().at(-1)).toBe("[[say:ready]]");
    await press(name, "C-u");
    await sending;
    expect(work.mock.journal.prompts().at(-1)).toBe("[[say:thanks]]");
    await work.run(["terminate", name]);
  });

  test("texts sent while it streams are worked off as one turn, and idle waits for them", async () => {
    const name = await started();
    await work.run(["send", name, "[[slow:5]] streaming", "--timeout", "30s"]);
    for (const text of ["[[say:one]] queued", "[[say:two]] queued"]) {
      await work.run(["send", name, text, "--when", "now", "--wait", "none"]);
    }
    const cursor = (await work.json<{ cursor: number }>(["observe", name])).cursor;
    await waitFor(async () => (await work.observe(name, "idle")).turn?.n === 4);
    const seen = await work.settled(name, "idle");
    expect(seen.turn).toMatchObject({ n: 4, state: "completed" });
    const after = (await work.events(name)).filter((one) => Number(one["seq"]) > cursor);
    const states = after.flatMap((one) =>
      one.type === "session_state_changed" ? [one["to"]] : [],
    );
    expect(states.filter((state) => state === "idle")).toHaveLength(1);
    expect(after.filter(({ type }) => type === "delivery_accepted")).toHaveLength(2);
    await work.run(["terminate", name]);
  });

  describe("dialogs", () => {
    let name: string;

    beforeAll(async () => {
      name = await started();
    }, 60_000);

    afterAll(async () => {
      await work.run(["terminate", name]);
    });

    test("a question is answered in words, and the model is told these words", async () => {
      await work.run(["send", name, "[[ask:Which colour?:red|blue]][[say:thank you]]"]);
      await work.observe(name, "question");
      await work.run(["answer", name, "--text", "green, if you can"]);
      await work.observe(name, "completed");
      expect(lastTold()).toContain("green, if you can");
    });

    test("a text sent to an open question answers it", async () => {
      await work.run(["send", name, "[[ask:Which tree?:oak|elm]][[say:thank you]]"]);
      await work.observe(name, "question");
      await work.run(["send", name, "a very old beech"]);
      await work.observe(name, "completed");
      expect(lastTold()).toContain("a very old beech");
    });

    test("several questions are answered by a line each", async () => {
      const asked = (question: string, several: boolean): object => ({
        question,
        header: question.slice(6, -1),
        multiSelect: several,
        options: ["this", "that"].map((label) => ({ label, description: label })),
      });
      // the mock's wishes end at two closing brackets
      const input = JSON.stringify({
        questions: [asked("Which one?", false), asked("Which ones?", true)],
      }).replaceAll("]", "] ");
      await work.run(["send", name, `[[call:AskUserQuestion:${input}]][[say:thank you]]`]);
      const seen = await work.observe(name, "question");
      expect(seen.prompts).toHaveLength(1);
      expect(seen.prompts[0]?.text).toContain("1. Which one? (this / that)");
      await work.run(["answer", name, "--text", "this\nthis, that"]);
      await work.observe(name, "completed");
      expect(lastTold()).toContain(`"Which one?"="this", "Which ones?"="this, that"`);
    });

    test("what a person answers in the pane is noticed, and nobody answers it again", async () => {
      await work.run(["send", name, "[[tool:shell:sleep 2; echo hi > p.txt]][[say:by hand]]"]);
      const { prompts } = await work.observe(name, "approval_prompt");
      await waitFor(async () => (await screenNow(name)).includes("1. Yes"));
      await waitFor(() => pipes().length === 1);
      await choose(name, "1");
      const { stderr } = await work.run(
        ["answer", name, "--prompt", prompts[0]?.id ?? "", "--option", "No"],
        { status: 5 },
      );
      expect(stderr).toContain("not on screen any more");
      await work.observe(name, "completed");
      expect(readFileSync(join(work.user.repo, "p.txt"), "utf8")).toBe("hi\n");
      await waitFor(() => pipes().length === 0, { what: "the end of the waiting hook" });
      const told = (await work.events(name)).filter((one) => one["prompt_id"] === prompts[0]?.id);
      expect(told.map(({ type }) => type)).toContain("prompt_withdrawn");
    });

    test("a subagent's command is asked for, and its turn lasts until it reported", async () => {
      // written so that the wish inside does not end the wish around it
      const inner = "[[tool:shell:echo sub > sub.txt\\u005d\\u005d hello";
      const input = `{"description":"sub","prompt":"${inner}","subagent_type":"general-purpose"}`;
      await work.run(["send", name, `[[call:Agent:${input}]][[say:all done]]`]);
      const seen = await work.observe(name, "approval_prompt");
      expect(seen.prompts[0]?.text).toContain("asked by the general-purpose agent");
      expect(seen.turn?.state).toBe("running");
      await work.run(["approve", name]);
      await work.observe(name, "completed");
      expect(existsSync(join(work.user.repo, "sub.txt"))).toBe(true);
      expect((await work.settled(name, "idle")).turn?.state).toBe("completed");
    });

    test("an option that stands on its screen alone is chosen by its key", async () => {
      const file = (letter: string): string => join(work.user.repo, `${letter}.txt`);
      await work.run(["send", name, `[[edit:${file("a")}:one]][[say:the first]]`]);
      await work.observe(name, "approval_prompt");
      const answered = await work.json<{ prompt: { answer: { via: string; label: string } } }>([
        "approve",
        name,
        "--always",
      ]);
      expect(answered.prompt.answer.via).toBe("keys");
      expect(answered.prompt.answer.label).toMatch(/^Yes, and /);
      await work.observe(name, "completed");
      // it now accepts edits
      await work.run(["send", name, `[[edit:${file("b")}:two]][[say:the second]]`]);
      await work.observe(name, "completed");
      expect(readFileSync(file("b"), "utf8")).toBe("two");
    });

    async function screenNow(session: string): Promise<string> {
      const seen = await work.json<{ worker_output: { text: string | null } }>([
        "observe",
        session,
        "--detail",
        "full",
      ]);
      return seen.worker_output.text ?? "";
    }
  });

  describe("a plan", () => {
    // the tool has to be loaded first, as the model does by itself
    const propose = (words: string): string =>
      `[[call:ToolSearch:{"query":"select:ExitPlanMode","max_results":5}]][[plan:x]][[say:${words}]]`;

    test("is approved, or refused, and the agent goes on", async () => {
      const name = await started("[[say:ready]]", ["--provider-option", "permission_mode=plan"]);
      await work.run(["send", name, propose("think again")]);
      const refused = await work.observe(name, "approval_prompt");
      expect(refused.prompts).toMatchObject([{ kind: "plan", source: "hook" }]);
      await work.run(["deny", name]);
      await work.observe(name, "completed");
      expect(lastTold()).toContain("another plan");

      await work.run(["send", name, propose("off we go")]);
      await work.observe(name, "approval_prompt");
      await work.run(["approve", name]);
      await work.observe(name, "completed");
      expect((await work.settled(name, "idle")).worker_output.text).toContain("off we go");
      expect(lastTold()).toContain("approved");
      await work.run(["terminate", name]);
    });
  });

  test("the trust dialog is shown where it must not be avoided, and answered on request", async () => {
    writeFileSync(work.home.config, "policy:\n  trust_folders: false\n");
    try {
      const name = await work.spawn("[[say:trusted]]");
      const seen = await work.observe(name, "approval_prompt");
      expect(seen.prompts).toMatchObject([{ kind: "startup" }]);
      expect(work.mock.journal.prompts().filter((text) => text.includes("trusted"))).toEqual([]);
      await work.run(["answer", name, "--option", "Yes, I trust this folder"]);
      await work.observe(name, "completed");
      expect((await work.settled(name, "idle")).turn).toMatchObject({ n: 1, state: "completed" });
      await work.run(["terminate", name]);
    } finally {
      writeFileSync(work.home.config, "");
    }
  });

  test("ended while it asks, it leaves neither a process nor a waiting hook", async () => {
    const name = await work.spawn("[[tool:shell:echo never > never.txt]][[say:x]]");
    await work.observe(name, "approval_prompt");
    await waitFor(() => pipes().length === 1);
    const marked = sessionProcesses();
    expect(marked.length).toBeGreaterThan(1);
    const ended = await work.json<{ survivors?: unknown[] }>(["terminate", name]);
    expect(ended.survivors ?? []).toEqual([]);
    await waitFor(() => sessionProcesses().length === 0, { what: "the end of all processes" });
    expect(existsSync(join(work.user.repo, "never.txt"))).toBe(false);
  });

  /** Processes of sessions, by the mark that each of them carries. */
  function sessionProcesses(): number[] {
    return readdirSync("/proc")
      .filter((entry) => /^\d+$/.test(entry))
      .map(Number)
      .filter((pid) => {
        try {
          const env = readFileSync(`/proc/${pid}/environ`, "utf8");
          return env.includes("AGENTPOOL_SESSION_ID=") && env.includes(work.user.home);
        } catch {
          return false;
        }
      });
  }
});
