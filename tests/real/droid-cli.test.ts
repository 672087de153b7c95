/** What is special to droid, each step through our own command. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { forAgent } from "../support/real/for-agent.ts";
import type { Work } from "../support/real/work.ts";
import { startWork } from "../support/real/work.ts";
import { waitFor } from "../support/wait.ts";

forAgent("droid", (agent) => {
  let work: Work;

  beforeAll(async () => {
    ensureBuilt();
    work = await startWork(agent, "droid-cli");
  }, 120_000);

  afterAll(async () => {
    await work.close();
  }, 60_000);

  async function started(task = "[[say:ready]]", flags: readonly string[] = []): Promise<string> {
    const name = await work.spawn(task, ["--isolation", "shared", ...flags]);
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

  const inRepo = (file: string): string => join(work.user.repo, file);
  const settingsFile = (): string => join(work.user.home, ".factory/settings.json");
  const lastTold = (): string =>
    work.mock.journal.turns().at(-1)?.exchange.toolResults.at(-1) ?? "";

  test("the program is recognised by what it says of itself, and its version was tried", async () => {
    const { providers } = await work.json<{
      providers: { id: string; installed: boolean; version: string | null; warnings?: string[] }[];
    }>(["inventory"]);
    const droid = providers.find(({ id }) => id === "droid-cli");
    expect(droid).toMatchObject({ installed: true, version: agent.version });
  });

  describe("one session", () => {
    let name: string;

    beforeAll(async () => {
      name = await started();
    }, 60_000);

    afterAll(async () => {
      await work.run(["terminate", name]);
    });

    test.each([
      ["a tab, a bang and a hash", "!not run\t# [[say:a]] $(x) ~ <b>"],
      ["empty lines", "[[say:b]]\n\n\none\n\n\n\ntwo"],
      ["a backslash at its end", "[[say:c]] ends with \\"],
      ["a file's name at its end", "[[say:d]] look at @README.md"],
      ["40 kB", `[[say:e]]\n${"a line of text, no more and no less\n".repeat(1_100)}end`],
    ])("a text with %s arrives byte for byte", async (_, text) => {
      await work.run(["send", name, "-", "--wait", "turn", "--timeout", "60s"], { input: text });
      expect(work.mock.journal.prompts().at(-1)).toBe(text);
    });

    test.each(["/status", "  /help me"])("%j is refused and does nothing", async (text) => {
      const before = work.mock.journal.entries.length;
      const { stderr } = await work.run(["send", name, text], { status: 2 });
      expect(stderr).toContain("begins with a slash");
      expect(work.mock.journal.entries).toHaveLength(before);
    });

    test("a menu whose mark a person has moved is still refused by deny", async () => {
      await work.run(["send", name, "[[tool:shell:echo hi > moved.txt]][[say:done]]"]);
      await work.observe(name, "approval_prompt");
      await waitFor(async () => (await shown(name)).includes("Yes, allow"));
      await press(name, "Down");
      await waitFor(async () => {
        const { prompts } = await work.json<{ prompts: { options: unknown[] }[] }>([
          "observe",
          name,
        ]);
        return prompts.length === 1;
      });
      await work.run(["deny", name]);
      await work.settled(name, "idle");
      expect(existsSync(inRepo("moved.txt"))).toBe(false);
    });

    test("what a person refuses in the pane is noticed, and nobody answers it again", async () => {
      await work.run(["send", name, "[[tool:shell:echo hi > p.txt]][[say:by hand]]"]);
      const { prompts } = await work.observe(name, "approval_prompt");
      await waitFor(async () => (await shown(name)).includes("Yes, allow"));
      await waitFor(
        async () => {
          await press(name, "Escape");
          const seen = await work.json<{ state: string }>(["observe", name]);
          return seen.state !== "awaiting_approval";
        },
        { what: "the end of the dialog" },
      );
      await work.run(["answer", name, "--prompt", prompts[0]?.id ?? "", "--option", "Yes, allow"], {
        status: 5,
      });
      expect(existsSync(inRepo("p.txt"))).toBe(false);
      await work.settled(name, "idle");
    });

    test("a question is answered in words, and the model is told these words", async () => {
      await work.run(["send", name, "[[ask:Which colour?:red|blue]][[say:thank you]]"]);
      await work.observe(name, "question");
      await work.run(["answer", name, "--text", "green, if you can"]);
      await work.observe(name, "completed");
      expect(lastTold()).toContain("green, if you can");
    });

    test("two questions of one call are answered one after the other", async () => {
      const questionnaire =
        "1. [question] Which one?\\n[topic] One\\n[option] this\\n[option] that\\n\\n" +
        "2. [question] Which two?\\n[topic] Two\\n[option] aa\\n[option] bb\\n";
      const wish = `[[call:AskUser:{"questionnaire":"${questionnaire}"}]][[say:thank you]]`;
      await work.run(["send", name, wish]);
      const { prompts } = await work.observe(name, "question");
      expect(prompts.map(({ text }) => text)).toEqual(["Which one?", "Which two?"]);
      const [first, second] = prompts;
      await work.run(["answer", name, "--prompt", first?.id ?? "", "--option", "that"]);
      await work.run(["answer", name, "--prompt", second?.id ?? "", "--option", "aa"]);
      await work.observe(name, "completed");
      expect(lastTold()).toMatch(/\[answer\] that[\s\S]*\[answer\] aa/);
    });

    test("a text sent while a tool runs joins the turn, and is proven to be taken", async () => {
      await work.run(["send", name, "[[tool:shell:sleep 4; echo slept]][[say:after]]"]);
      await work.observe(name, "approval_prompt");
      await work.run(["approve", name]);
      await work.observe(name, "running");
      const text = "[[say:steered]] meanwhile";
      await work.run(["send", name, text, "--when", "now", "--wait", "none"]);
      await work.mock.journal.waitFor(({ exchange }) => exchange.userTexts.includes(text));
      await work.observe(name, "completed");
      const seen = await work.settled(name, "idle");
      expect(seen.turn?.state).toBe("completed");
      const accepted = (await work.events(name)).filter(({ type }) => type === "delivery_accepted");
      expect(accepted.at(-1)?.source).toBe("log");
    });

    test("a sub-agent's command is asked for in the session it belongs to", async () => {
      // written so that the wish inside does not end the wish around it
      const inner = "[[tool:shell:echo sub > sub.txt\\u005d\\u005d hello";
      const input = `{"description":"sub","prompt":"${inner}","subagent_type":"worker"}`;
      await work.run(["send", name, `[[call:Task:${input}]][[say:all done]]`]);
      const seen = await work.observe(name, "approval_prompt");
      expect(seen.prompts[0]?.text).toContain("echo sub > sub.txt");
      await work.run(["approve", name]);
      await waitFor(() => existsSync(inRepo("sub.txt")));
      await work.settled(name, "idle");
    });
  });

  test("a specification is refused, or approved and worked off", async () => {
    const propose = (title: string, words: string): string =>
      `[[call:ExitSpecMode:{"title":"${title}","plan":"# Plan\\n1. do it"}]][[say:${words}]]`;
    const name = await started("[[say:ready]]", ["--provider-option", "spec=true"]);
    await work.run(["send", name, propose("First", "not this")]);
    const asked = await work.observe(name, "approval_prompt");
    expect(asked.prompts).toMatchObject([{ kind: "plan", source: "hook" }]);
    await work.run(["deny", name]);
    await work.settled(name, "idle");

    await work.run(["send", name, propose("Second", "off we go")]);
    await work.observe(name, "approval_prompt");
    await work.run(["approve", name]);
    // then it asks how far it may go without being asked
    const { prompts } = await work.observe(name, "approval_prompt");
    await work.run([
      "answer",
      name,
      "--prompt",
      prompts[0]?.id ?? "",
      "--option",
      "Proceed with Manual",
    ]);
    await work.observe(name, "completed");
    expect((await work.settled(name, "idle")).worker_output.text).toContain("off we go");
    await work.run(["terminate", name]);
  });

  test("read-only holds against a hook of the person's that allows everything", async () => {
    const before = readFileSync(settingsFile(), "utf8");
    const allow = JSON.stringify({
      hookSpecificOutput: { hookEventName: "PreToolUse", permissionDecision: "allow" },
    });
    const hook = { type: "command", command: `printf '%s' '${allow}'` };
    const settings = JSON.parse(before) as Record<string, unknown>;
    const hooks = { PreToolUse: [{ matcher: "*", hooks: [hook] }] };
    writeFileSync(settingsFile(), JSON.stringify({ ...settings, hooks }));
    try {
      const wishes = "[[tool:shell:echo no > ro1.txt]][[edit:ro2.txt:no]][[say:I tried]]";
      const name = await work.spawn(wishes, ["--isolation", "read_only"]);
      await work.observe(name, "completed");
      expect((await work.settled(name, "idle")).worker_output.text).toContain("I tried");
      expect(lastTold()).toContain("may only read");
      expect([existsSync(inRepo("ro1.txt")), existsSync(inRepo("ro2.txt"))]).toEqual([
        false,
        false,
      ]);
      await work.run(["terminate", name]);
    } finally {
      writeFileSync(settingsFile(), before);
    }
  });

  test("the dialog about the folder is told, and only a person's answer trusts it", async () => {
    const before = readFileSync(settingsFile(), "utf8");
    const settings = JSON.parse(before) as Record<string, unknown>;
    writeFileSync(settingsFile(), JSON.stringify({ ...settings, trustedFolders: {} }));
    try {
      const name = await work.spawn("[[say:trusted]]");
      const seen = await work.observe(name, "approval_prompt");
      expect(seen.prompts).toMatchObject([{ kind: "startup" }]);
      expect(work.mock.journal.prompts().filter((text) => text.includes("trusted"))).toEqual([]);
      await work.run(["answer", name, "--option", "Trust this folder"]);
      await work.observe(name, "completed");
      expect((await work.settled(name, "idle")).turn).toMatchObject({ n: 1, state: "completed" });
      await work.run(["terminate", name]);
    } finally {
      writeFileSync(settingsFile(), before);
    }
  });

  test("our hooks never come to stand in the person's settings", () => {
    const settings = JSON.parse(readFileSync(settingsFile(), "utf8")) as Record<string, unknown>;
    expect(settings).not.toHaveProperty("hooks");
    expect(settings["customModels"]).toMatchObject([{ displayName: "Mock" }]);
  });

  async function shown(name: string): Promise<string> {
    const seen = await work.json<{ worker_output: { text: string | null } }>([
      "observe",
      name,
      "--detail",
      "full",
    ]);
    return seen.worker_output.text ?? "";
  }
});
