/** The main job on real agent CLIs, each step through our own command. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import type { AgentName } from "../support/real/agent.ts";
import { forEachAgent } from "../support/real/for-agent.ts";
import { longPrompt } from "../support/real/stage.ts";
import type { Event, Seen, Work } from "../support/real/work.ts";
import { startWork } from "../support/real/work.ts";
import { skipBecause } from "../support/skip.ts";
import { waitFor } from "../support/wait.ts";

/** Agents whose limits cannot be seen without an account at their vendor. */
const noLimit: Readonly<Partial<Record<AgentName, string>>> = {
  droid: "a model of one's own has no subscription there, and 429 only fails the turn",
};

/** Agents that go on by themselves. */
const goesOnLate: Readonly<Partial<Record<AgentName, string>>> = {
  claude: "it goes on by itself, over a minute after the reset",
  copilot:
    "it sits out a refusal of some seconds by itself, and a longer one is too long for a test",
  opencode: "it tries again by itself, and only what waits for over a minute counts as a limit",
};

interface Accounts {
  readonly accounts: readonly {
    readonly account_id: string;
    readonly state: string;
    readonly met_by: string | null;
  }[];
}

/** Agents that ask the model for a title, in a conversation nobody sees. */
const asksForTitles: readonly AgentName[] = ["droid"];

/** Events that tell a state; each must come from the agent's own channels in the end. */
const telling = /^(turn_|delivery_accepted|prompt_opened|limit_hit)/;
const looks = ["terminal", "screen", "timer"];

/** A text of several kilobytes without tabs, which a paste may turn into blanks. */
const exact = { tabs: false };

/** What these tests read of `session show --json`. */
interface Shown {
  readonly session: {
    readonly agent_session_id: string | null;
    readonly tmux: { readonly pid: number } | null;
  };
  readonly turns: readonly { readonly state: string }[];
}

forEachAgent((agent) => {
  let work: Work;

  beforeAll(async () => {
    ensureBuilt();
    work = await startWork(agent, agent.provider);
  }, 120_000);

  afterAll(async () => {
    await work.close();
  }, 60_000);

  describe("one session, many turns", () => {
    let name: string;
    const first = longPrompt("[[say:the first answer]]", { tabs: true });

    test("the first prompt, 11 kB of it, is proven to be taken and arrives byte for byte", async () => {
      name = await work.spawn(first);
      await work.observe(name, "completed", "90s");
      const seen = await work.settled(name, "idle");
      expect(seen.turn).toMatchObject({ n: 1, state: "completed" });
      expect(seen.worker_output.text).toContain("the first answer");
      expect(work.mock.journal.prompts()).toEqual([first]);
      const accepted = await one(work, name, "delivery_accepted");
      expect(accepted.source).toMatch(/^(hook|log|api)$/);
    });

    test("a second turn of 11 kB arrives byte for byte and has its own answer", async () => {
      const second = longPrompt("[[say:the second answer]]", exact);
      const sent = await work.json<{ turn: { n: number; state: string } }>(
        ["send", name, "-", "--wait", "turn", "--timeout", "60s"],
        { input: second },
      );
      expect(sent.turn).toMatchObject({ n: 2, state: "completed" });
      expect((await work.settled(name, "idle")).worker_output.text).toContain("the second answer");
      expect(work.mock.journal.prompts()).toEqual([first, second]);
    });

    test("what it asks permission for is approved and done", async () => {
      await send(name, "[[tool:shell:echo yes > approved.txt]][[say:it ran]]");
      const seen = await work.observe(name, "approval_prompt");
      expect(seen.prompts).toMatchObject([{ kind: "approval" }]);
      expect(seen.prompts[0]?.text).toContain("echo yes > approved.txt");
      await work.run(["approve", name]);
      await work.observe(name, "completed");
      expect((await work.settled(name, "idle")).worker_output.text).toContain("it ran");
      expect(readFileSync(join(work.user.repo, "approved.txt"), "utf8")).toBe("yes\n");
    });

    test("what it asks permission for is denied and not done", async () => {
      await send(name, "[[tool:shell:echo no > denied.txt]][[say:it did not run]]");
      await work.observe(name, "approval_prompt");
      await work.run(["deny", name]);
      const seen = await work.settled(name, "idle");
      expect(seen.turn?.state).toMatch(/^(completed|interrupted)$/);
      expect(existsSync(join(work.user.repo, "denied.txt"))).toBe(false);
    });

    test("its question is answered, and the model learns exactly that answer", async () => {
      await send(name, "[[ask:Which colour?:red|blue]][[say:thank you]]");
      const seen = await work.observe(name, "question");
      expect(seen.prompts).toMatchObject([{ kind: "question" }]);
      expect(seen.prompts[0]?.options.map(({ label }) => label)).toEqual(
        expect.arrayContaining(["red", "blue"]),
      );
      const prompt = seen.prompts[0]?.id ?? "";
      await work.run(["answer", name, "--prompt", prompt, "--option", "blue"]);
      await work.observe(name, "completed");
      expect((await work.settled(name, "idle")).worker_output.text).toContain("thank you");
      const told = work.mock.journal.turns().at(-1)?.exchange.toolResults.at(-1) ?? "";
      expect(told).toContain("blue");
    });

    test("a running turn is interrupted, and the next one runs", async () => {
      await send(name, "[[slow:60]] take your time");
      await work.mock.journal.waitFor((entry) => entry.exchange.userText.startsWith("[[slow:60]]"));
      await work.observe(name, "running");
      await work.run(["interrupt", name]);
      const seen = await work.settled(name, "idle");
      expect(seen.turn?.state).toBe("interrupted");
      await send(name, "[[say:back again]]");
      await work.observe(name, "completed");
      expect((await work.settled(name, "idle")).worker_output.text).toContain("back again");
    });

    test("the death of the supervisor in mid-turn loses nothing", async () => {
      await send(name, "[[slow:4]]+[[say:survived]] go on");
      await work.observe(name, "running");
      process.kill(work.supervisor(), "SIGKILL");
      await work.observe(name, "completed");
      expect((await work.settled(name, "idle")).worker_output.text).toContain("survived");
      const prompts = work.mock.journal.prompts().filter((text) => text.includes("survived"));
      expect(new Set(prompts).size).toBe(1);
    });

    test("an answer given while nobody supervises is noticed afterwards", async () => {
      await send(name, "[[tool:shell:echo late > late.txt]][[say:late is done]]");
      await work.observe(name, "approval_prompt");
      process.kill(work.supervisor(), "SIGKILL");
      const seen = await work.observe(name, "approval_prompt");
      expect(seen.prompts).toMatchObject([{ kind: "approval" }]);
      await work.run(["approve", name]);
      await work.observe(name, "completed");
      expect(readFileSync(join(work.user.repo, "late.txt"), "utf8")).toBe("late\n");
    });

    test("a refused key fails the turn in the agent's own words", async () => {
      await send(name, "[[status:401]] nobody may");
      const seen = await failed(name);
      expect(seen.turn?.error).toMatch(/401|auth/i);
    });

    test("every state was told by the agent's own channels", async () => {
      const told = (await work.events(name)).filter(({ type }) => telling.test(type));
      expect(told.filter(({ source }) => looks.includes(String(source)))).toEqual([]);
      const lost = (await work.events(name)).filter(({ type }) => type === "channel_lost");
      expect(lost.filter(({ channel }) => channel === "hook")).toEqual([]);
    });

    test("what it asks its model on the side is nobody's turn", async () => {
      const { turns } = await work.json<{ turns: { author: string; prompt: string }[] }>([
        "session",
        "show",
        name,
      ]);
      expect(turns.filter(({ author }) => author !== "person")).toEqual([]);
      const sent = new Set(work.mock.journal.prompts());
      expect(turns).toHaveLength(sent.size);
      const aside = work.mock.journal.entries.filter(({ did }) => did === "title");
      expect(aside.length > 0 || !asksForTitles.includes(agent.name)).toBe(true);
    });

    test("it ends with every process of it, and its end is recorded", async () => {
      const pids = processesIn(work.user.repo);
      await work.run(["terminate", name]);
      const { session } = await work.json<{
        session: { state: string; exit_code: number | null; exit_signal: string | null };
      }>(["session", "show", name]);
      expect(session.state).toBe("completed");
      expect(session.exit_code !== null || session.exit_signal !== null).toBe(true);
      await waitFor(() => pids.every((pid) => !existsSync(`/proc/${pid}`)), {
        what: "the end of all processes",
      });
    });
  });

  const limits = skipBecause(noLimit[agent.name]);

  test("a spent subscription stops its whole account until the reset", limits, async () => {
    const other = await work.spawn("[[say:ready]]");
    await work.observe(other, "completed");
    const name = await work.spawn("[[limit:3600]] spend it");
    const before = Date.now();
    await work.observe(name, "limited");
    // that the limit was hit may be told a moment before until when
    const seen = await waitFor(
      async () => {
        const now = await work.settled(name, "limited");
        return now.limited_until !== null && now;
      },
      { what: "the time of the reset" },
    );
    const until = Date.parse(seen.limited_until ?? "");
    expect(seen.state).toBe("limited");
    expect(Math.abs(until - (before + 3_600_000))).toBeLessThan(120_000);

    expect((await work.settled(other, "limited")).limited_until).toBe(seen.limited_until);
    const refused = ["spawn", "--provider", agent.provider, "--repo", ".", "--task", "[[say:no]]"];
    await work.run(refused, { status: 6 });
    const [account] = (await work.json<Accounts>(["accounts"])).accounts;
    expect(account).toMatchObject({ state: "limited" });

    // a person bought more, and wants nothing more of that turn
    await work.run(["interrupt", name]);
    await work.run(["accounts", "lift", account?.account_id ?? ""]);
    await send(other, "[[say:lifted]]");
    await work.observe(other, "completed");
    expect((await work.settled(other, "idle")).worker_output.text).toContain("lifted");
    expect(work.mock.journal.prompts()).not.toContain("continue");
    for (const one of [name, other]) await work.run(["terminate", one]);
  });

  const goesOn = skipBecause(noLimit[agent.name] ?? goesOnLate[agent.name]);

  test(
    "after the reset the turn goes on by one text, and its end lifts the limit",
    goesOn,
    async () => {
      const name = await work.spawn("[[limit:5]] spend it");
      await work.observe(name, "limited");
      await work.mock.journal.waitFor((entry) => entry.exchange.userText.includes("continue"));
      await waitFor(
        async () => (await work.json<Accounts>(["accounts"])).accounts[0]?.state === "available",
        { timeoutMs: 30_000, what: "the lift of the limit" },
      );
      const { turn } = await work.settled(name, "idle");
      expect(turn).toMatchObject({ n: 2, state: "completed" });
      await work.run(["terminate", name]);
    },
  );

  test("a server error fails the turn or is tried again, and is never called finished", async () => {
    const name = await work.spawn("[[status:500:2]][[say:recovered]] try it");
    const { turn, worker_output } = await work.observe(name, "completed,error", "90s");
    // the screen of a failed turn still shows the prompt
    const recovered = /(?<!say:)recovered/.test(worker_output.text ?? "");
    expect(turn?.state).toBe(recovered ? "completed" : "failed");
    await work.run(["terminate", name]);
  });

  test("its work in a worktree is collected as a diff, and its exit code recorded", async () => {
    const name = await work.spawn(
      "[[edit:notes.txt:first\\nsecond]][[say:the notes are written]]",
      ["--isolation", "worktree"],
    );
    let seen = await work.observe(name, "completed,approval_prompt");
    if (seen.state === "awaiting_approval") {
      await work.run(["approve", name]);
      seen = await work.observe(name, "completed");
    }
    expect(existsSync(join(work.user.repo, "notes.txt"))).toBe(false);
    const { artifacts } = await work.json<{
      artifacts: readonly { kind: string; path: string }[];
    }>(["collect", name]);
    const file = (kind: string): string =>
      readFileSync(artifacts.find((one) => one.kind === kind)?.path ?? "", "utf8");
    expect(file("diff")).toMatch(/^\+first\n\+second$/m);
    expect(JSON.parse(file("changed_files"))).toMatchObject({ files: [{ path: "notes.txt" }] });
    expect(file("result")).toContain("the notes are written");
    process.kill(topmost(processesIn(work.home.worktrees)), "SIGKILL");
    await work.observe(name, "exit");
    const { session } = await work.json<{ session: { exit_signal: string | null } }>([
      "session",
      "show",
      name,
    ]);
    expect(session.exit_signal).toBe("SIGKILL");
  });

  describe("the same conversation goes on", () => {
    const first = "[[say:the harbour is noted]] remember the harbour";
    let name: string;
    let before: Shown;

    test("after the agent was killed in mid-turn", async () => {
      name = await work.spawn(first);
      await work.observe(name, "completed");
      await work.settled(name, "idle");
      await send(name, "[[slow:60]] this is cut off");
      await work.observe(name, "running");
      before = await show(name);
      expect(before.session.agent_session_id).not.toBeNull();
      process.kill(before.session.tmux?.pid ?? 0, "SIGKILL");
      await work.observe(name, "exit");

      await work.run(["resume", name]);
      await work.observe(name, "idle");
      await goesOn("[[say:it was the harbour]] what was it?", 3);
    });

    test("after the whole tmux server died", async () => {
      const ask = ["-S", work.home.tmuxSocket, "display-message", "-p", "#{pid}"];
      process.kill(Number(execFileSync("tmux", ask, { encoding: "utf8" })), "SIGKILL");
      await work.observe(name, "lost");
      const { sessions } = await work.json<{ sessions: { name: string; outcome: string }[] }>([
        "recover",
      ]);
      expect(sessions.find((one) => one.name === name)?.outcome).toBe("resumed");
      await work.observe(name, "idle");
      await goesOn("[[say:the harbour once more]] and again?", 4);
      await work.run(["terminate", name]);
    });

    /** The next prompt is taken once, in the same conversation, and nothing else became a turn. */
    async function goesOn(text: string, n: number): Promise<void> {
      const sent = await work.json<{ turn: { n: number; state: string } }>([
        "send",
        name,
        text,
        "--wait",
        "turn",
        "--timeout",
        "60s",
      ]);
      expect(sent.turn).toMatchObject({ n, state: "completed" });
      const requests = work.mock.journal
        .turns()
        .filter((entry) => entry.exchange.userText.includes(text));
      expect(requests).toHaveLength(1);
      expect(requests[0]?.exchange.userTexts.join("\n")).toContain(first);
      await work.settled(name, "idle");
      const now = await show(name);
      expect(now.session.agent_session_id).toBe(before.session.agent_session_id);
      expect(now.turns.map((turn) => turn.state)).toEqual(
        ["completed", "failed", "completed", "completed"].slice(0, n),
      );
    }

    function show(session: string): Promise<Shown> {
      return work.json<Shown>(["session", "show", session]);
    }
  });

  test("read-only holds by the agent's own means", async () => {
    const name = await work.spawn(
      "[[edit:forbidden.txt:no]][[tool:shell:echo no > forbidden2.txt]][[say:I tried]]",
      ["--isolation", "read_only"],
    );
    await waitFor(
      async () => {
        const seen = await work.json<Seen>(["observe", name]);
        // what still asks is refused; nothing may be written either way
        if (seen.state === "awaiting_approval") await work.run(["deny", name]);
        return seen.state === "idle" && seen.turn !== null && seen.turn.state !== "running";
      },
      { timeoutMs: 60_000, what: "the end of the turn" },
    );
    expect(existsSync(join(work.user.repo, "forbidden.txt"))).toBe(false);
    expect(existsSync(join(work.user.repo, "forbidden2.txt"))).toBe(false);
    await work.run(["terminate", name]);
  });

  async function send(name: string, text: string): Promise<void> {
    await work.run(["send", name, text, "--timeout", "30s"]);
  }

  async function failed(name: string): Promise<Seen> {
    const seen = await work.observe(name, "error");
    expect(seen.turn?.state).toBe("failed");
    return seen;
  }
});

async function one(work: Work, name: string, type: string): Promise<Event> {
  const found = (await work.events(name)).filter((event) => event.type === type);
  expect(found).toHaveLength(1);
  return found[0] as Event;
}

/** Processes that work in a folder; the agent's own are among them. */
function processesIn(folder: string): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`).startsWith(folder) && pid !== process.pid;
      } catch {
        return false;
      }
    });
}

/** The one among them that none of the others started: the agent, not a child of it. */
function topmost(pids: readonly number[]): number {
  const top = pids.filter((pid) => !pids.includes(parentOf(pid)));
  expect(top).toHaveLength(1);
  return top[0] as number;
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}
