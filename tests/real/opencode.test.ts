/** What is special about opencode: everything goes through its own server, beside the pane. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { forAgent } from "../support/real/for-agent.ts";
import { startWork, type Event, type Seen, type Work } from "../support/real/work.ts";
import { waitFor } from "../support/wait.ts";

interface Sent {
  readonly delivery: { readonly id: string; readonly state: string };
  readonly turn: { readonly n: number; readonly state: string } | null;
}

forAgent("opencode", (agent) => {
  let work: Work;

  beforeAll(async () => {
    ensureBuilt();
    work = await startWork(agent, "opencode");
  }, 120_000);

  afterAll(async () => {
    await work.close();
  }, 60_000);

  /** What a person sees and does in the only pane. */
  function tmux(...args: string[]): string {
    return execFileSync("tmux", ["-S", work.home.tmuxSocket, ...args], { encoding: "utf8" });
  }
  const pane = (): string => {
    const panes = tmux("list-panes", "-a", "-F", "#{pane_dead} #{pane_id}").trim().split("\n");
    return panes.findLast((one) => one.startsWith("0 "))?.slice(2) ?? "";
  };
  const screen = (): string => tmux("capture-pane", "-p", "-t", pane());
  const press = (...keys: string[]): string => tmux("send-keys", "-t", pane(), ...keys);
  const type = (text: string): string => tmux("send-keys", "-t", pane(), "-l", text);
  async function shows(pattern: RegExp, timeoutMs = 15_000): Promise<void> {
    await waitFor(() => pattern.test(screen()) || undefined, { timeoutMs }).catch(() => {
      throw new Error(`${String(pattern)} did not come in the pane:\n${screen()}`);
    });
  }

  async function send(name: string, text: string, ...flags: string[]): Promise<Sent> {
    return work.json<Sent>(["send", name, "-", "--timeout", "60s", ...flags], { input: text });
  }
  const ended = async (name: string): Promise<Seen> => {
    await work.observe(name, "completed,error");
    return work.settled(name, "idle");
  };
  const since = async (name: string, type: string): Promise<readonly Event[]> =>
    (await work.events(name)).filter((event) => event.type === type);
  const prompts = (part: string): string[] =>
    work.mock.journal.prompts().filter((text) => text.includes(part));

  describe("texts beside a person", () => {
    let name: string;

    beforeAll(async () => {
      name = await work.spawn("[[say:begun]]");
      await ended(name);
    }, 120_000);

    afterAll(async () => {
      await work.run(["terminate", name]);
    }, 60_000);

    test("go by while a draft stands in the pane, and leave it there", async () => {
      type("half a thought");
      await shows(/half a thought/);
      const sent = await send(name, "[[say:beside the draft]]", "--wait", "turn");
      expect(sent.turn?.state).toBe("completed");
      await shows(/beside the draft\n[^]*half a thought/);
      press("C-u");
    });

    test.each([
      ["a command of the agent", "/status [[say:a slash]]"],
      ["a shell command", "!echo ran > ran.txt [[say:a bang]]"],
      ["tabs, blanks and quotes", "[[say:exact]]\n\tindented \"it\" 'so' `x`  \n\n trailing  "],
    ])("are no %s, but what they say, byte for byte", async (_, text) => {
      await send(name, text, "--wait", "turn");
      expect(work.mock.journal.prompts().at(-1)).toBe(text);
      expect(existsSync(join(work.user.repo, "ran.txt"))).toBe(false);
    });

    test("sent during a turn are queued by the agent and answered after it", async () => {
      await send(name, "[[slow:4]] first", "--wait", "none");
      await work.observe(name, "running");
      await send(name, "[[say:the second]]", "--when", "now", "--wait", "turn");
      const seen = await work.settled(name, "idle");
      expect(seen.worker_output.text).toBe("the second");
      expect((await since(name, "delivery_queued_by_agent")).at(-1)?.source).toBe("api");
    });

    test("reach our conversation when another one is open in the pane", async () => {
      type("/new");
      await shows(/\/new +New session/);
      await waitFor(
        () => {
          // one that comes while the list of commands is being drawn is not taken
          press("Enter");
          return shows(/Ask anything/, 2_000).then(
            () => true,
            () => false,
          );
        },
        { what: "a conversation of the person's own" },
      );
      type("[[say:their own]] something else");
      press("Enter");
      await shows(/their own/);
      const turns = (await since(name, "turn_started")).length;
      await send(name, "[[say:still ours]]", "--wait", "turn");
      expect((await work.settled(name, "idle")).worker_output.text).toBe("still ours");
      expect((await since(name, "turn_started")).length).toBe(turns + 1);
      const last = work.mock.journal.turns().at(-1)?.exchange;
      expect(last?.userText).toBe("[[say:still ours]]");
      expect(screen()).not.toContain("still ours");
    });

    test("in a question's own words are its answer", async () => {
      await send(name, "[[ask:Which colour?:red|blue]][[say:noted]]", "--wait", "none");
      await work.observe(name, "question");
      await work.run(["answer", name, "--text", "rather green"]);
      await ended(name);
      expect(work.mock.journal.turns().at(-1)?.exchange.toolResults.at(-1)).toContain(
        '"Which colour?"="rather green"',
      );
    });

    test("are there once, whenever the supervisor dies over them", async () => {
      for (const delayMs of [0, 15, 40, 90, 180]) {
        const text = `[[say:after ${delayMs}]] number ${delayMs}`;
        const before = (await since(name, "delivery_queued")).length;
        const asked = work.json<Sent>(["send", name, text, "--wait", "turn", "--timeout", "60s"]);
        await waitFor(
          async () => (await since(name, "delivery_queued")).length > before || undefined,
        );
        await new Promise((resolve) => setTimeout(resolve, delayMs));
        process.kill(work.supervisor(), "SIGKILL");
        expect((await asked).turn?.state).toBe("completed");
        expect(prompts(`number ${delayMs}`)).toEqual([text]);
      }
    });
  });

  describe("dialogs", () => {
    let name: string;

    beforeAll(async () => {
      name = await work.spawn("[[say:begun]]");
      await ended(name);
    }, 120_000);

    afterAll(async () => {
      await work.run(["terminate", name]);
    }, 60_000);

    test("that a person answered in the pane take no second answer", async () => {
      await send(name, "[[tool:shell:echo pane > pane.txt]][[say:by hand]]", "--wait", "none");
      const { prompts: asked } = await work.observe(name, "approval_prompt");
      await shows(/Permission required/);
      press("Enter");
      await waitFor(async () => (await since(name, "prompt_withdrawn")).length > 0 || undefined);
      await ended(name);
      const late = ["answer", name, "--prompt", asked[0]?.id ?? "", "--option", "Reject"];
      const { stderr } = await work.run(late, { status: 5 });
      expect(stderr).toContain("prompt_changed");
      expect(readFileSync(join(work.user.repo, "pane.txt"), "utf8")).toBe("pane\n");
    });

    test("that we answered are answered by us", async () => {
      await send(name, "[[tool:shell:echo ours > ours.txt]][[say:ours]]", "--wait", "none");
      await work.observe(name, "approval_prompt");
      await work.run(["approve", name]);
      await ended(name);
      const answered = (await since(name, "prompt_answered")).at(-1);
      expect(answered).toMatchObject({ label: "Allow once", via: "channel" });
    });

    test("of a sub-agent are ours, its end is not", async () => {
      const call = {
        description: "sub",
        prompt: "[[tool:shell:echo sub > sub.txt\\u005d\\u005d[[say:sub is done\\u005d\\u005d",
        subagent_type: "general",
      };
      const json = JSON.stringify(call).replaceAll("\\\\u005d", "\\u005d");
      await send(name, `[[call:task:${json}]][[say:main is done]]`, "--wait", "none");
      const seen = await work.observe(name, "approval_prompt");
      expect(seen.prompts).toMatchObject([{ text: "$ echo sub > sub.txt", source: "api" }]);
      await work.run(["approve", name]);
      expect((await ended(name)).worker_output.text).toBe("main is done");
      expect(existsSync(join(work.user.repo, "sub.txt"))).toBe(true);
    });

    test("cannot be answered from the shells it runs: the password is not there", async () => {
      const look = "[[tool:shell:env | grep -c PASSWORD=. > seen.txt]][[say:seen]]";
      await send(name, look, "--wait", "none");
      await work.observe(name, "approval_prompt");
      await work.run(["approve", name]);
      await ended(name);
      expect(readFileSync(join(work.user.repo, "seen.txt"), "utf8")).toBe("0\n");
      rmSync(join(work.user.repo, "seen.txt"));
    });

    test("do not outlive an interrupt, in our eyes or on the screen", async () => {
      await send(name, "[[tool:shell:echo no > no.txt]][[say:never]]", "--wait", "none");
      await work.observe(name, "approval_prompt");
      await shows(/Permission required/);
      await work.run(["interrupt", name]);
      const seen = await work.settled(name, "idle");
      expect(seen.turn?.state).toBe("interrupted");
      expect(seen.prompts).toEqual([]);
      await shows(/ctrl\+p commands/);
      expect(screen()).not.toContain("Permission required");
      const sent = await send(name, "[[say:and on]]", "--wait", "turn");
      expect(sent.turn?.state).toBe("completed");
    });
  });

  test("reading only holds although the person's own settings allow everything", async () => {
    const file = join(work.user.home, ".config/opencode/opencode.json");
    const own = readFileSync(file, "utf8");
    const all = { "*": "allow", edit: "allow", bash: "allow" };
    writeFileSync(
      file,
      JSON.stringify({
        ...(JSON.parse(own) as object),
        permission: all,
        agent: { build: { permission: all }, general: { permission: all } },
      }),
    );
    try {
      const name = await work.spawn("[[tool:shell:echo no > by-shell.txt]][[say:x]]", [
        "--isolation",
        "read_only",
      ]);
      // the model is not even offered the tool
      expect((await ended(name)).turn?.error).toContain("offers no tool bash");
      await send(name, "[[edit:by-edit.txt:no]][[say:x]]", "--wait", "turn");
      for (const path of ["by-shell.txt", "by-edit.txt"]) {
        expect(existsSync(join(work.user.repo, path))).toBe(false);
      }
      await work.run(["terminate", name]);
      expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ permission: all });
    } finally {
      writeFileSync(file, own);
    }
  });

  test("a model that does not exist fails the turn in the agent's words", async () => {
    const name = await work.spawn("[[say:x]]", ["--isolation", "shared", "--model", "proxy/none"]);
    const seen = await work.observe(name, "error");
    expect(seen.turn).toMatchObject({ state: "failed" });
    expect(seen.turn?.error).toContain("Model not found: proxy/none");
    await work.run(["terminate", name]);
  });

  test("it leaves nothing in the work folder, and says nothing by its looks", async () => {
    const status = execFileSync("git", ["-C", work.user.repo, "status", "--porcelain"], {
      encoding: "utf8",
    });
    expect(status.match(/\S+\.txt/g)?.toSorted()).toEqual(["ours.txt", "pane.txt", "sub.txt"]);
    expect(status.split("\n").filter((line) => line !== "" && !line.endsWith(".txt"))).toEqual([]);
    const { sessions } = await work.json<{ sessions: { id: string }[] }>(["sessions", "--all"]);
    for (const { id } of sessions) {
      const looks = (await work.events(id)).filter(({ source }) => source === "screen");
      expect(looks).toEqual([]);
    }
  });
});
