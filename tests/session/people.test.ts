import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { openHome, type TestHome } from "../support/home.ts";
import { startAgent, type Agent } from "../support/observed.ts";
import { waitFor } from "../support/wait.ts";

async function place(agent: Agent): Promise<{ pane: string; window: string; socket: string }> {
  const { session } = await agent.ask<{
    session: { tmux: { pane: string; window: string; socket: string } };
  }>("session.show");
  return session.tmux;
}

/** A person's own tmux command on the agents' server. */
async function tmux(agent: Agent, ...args: string[]): Promise<string> {
  const { socket, pane } = await place(agent);
  return execFileSync("tmux", ["-S", socket, ...args.map((arg) => (arg === "PANE" ? pane : arg))], {
    encoding: "utf8",
  });
}

function writePolicy(home: TestHome, text: string): void {
  mkdirSync(dirname(home.home.config), { recursive: true });
  writeFileSync(home.home.config, text);
}

describe("a person in the pane", () => {
  it("keeps a half-written text; ours waits until it is gone", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "first");
    await agent.waitFor("completed");
    await tmux(agent, "send-keys", "-t", "PANE", "-l", "my own draft");
    await waitFor(async () =>
      /my own draft/.test(await tmux(agent, "capture-pane", "-p", "-t", "PANE")),
    );
    const sent = await agent.send("from outside", { timeout_seconds: 1 });
    expect(sent).toMatchObject({ ok: false, timed_out: true, delivery: { state: "queued" } });
    await agent.heldUp(/draft|typing/);
    expect(agent.facts("prompt")).toHaveLength(1);
    await tmux(agent, "send-keys", "-t", "PANE", "Enter");
    await waitFor(() => agent.facts("prompt").length === 3);
    expect(agent.facts("prompt").map((one) => one["text"])).toEqual([
      "first",
      "my own draft",
      "from outside",
    ]);
  });

  it("reads back in copy mode without being disturbed", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "first");
    await agent.waitFor("completed");
    await tmux(agent, "copy-mode", "-t", "PANE");
    const sent = await agent.send("later", { timeout_seconds: 1 });
    expect(sent.delivery).toMatchObject({ state: "queued" });
    await agent.heldUp(/copy mode/);
    await tmux(agent, "send-keys", "-t", "PANE", "-X", "cancel");
    await waitFor(() => agent.facts("prompt").length === 2);
  });

  it("types a prompt of their own, which is a turn of theirs and no receipt for ours", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "first");
    await agent.waitFor("completed");
    await tmux(agent, "send-keys", "-t", "PANE", "-l", "typed by hand");
    await tmux(agent, "send-keys", "-t", "PANE", "Enter");
    await agent.noted("turn_end", 2);
    const shown = await waitFor(async () => {
      const { turns } = await agent.ask<{
        turns: { prompt: string; author: string; delivery_id: string | null }[];
      }>("session.show");
      return turns.length === 2 ? turns : undefined;
    });
    expect(shown[1]).toMatchObject({
      prompt: "typed by hand",
      author: "person",
      delivery_id: null,
    });
  });

  it("answers a dialog in the pane before anybody else does", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "clean", { persona: "approval", answers: "keys" });
    await agent.waitFor("approval");
    await agent.noted("dialog");
    await waitFor(async () =>
      (await tmux(agent, "capture-pane", "-p", "-t", "PANE")).includes("1. Yes"),
    );
    await tmux(agent, "send-keys", "-t", "PANE", "1");
    await agent.noted("answer");
    await waitFor(async () => (await agent.observe()).prompts.length === 0);
    await agent.waitFor("completed");
    await expect(agent.ask("session.approve")).rejects.toMatchObject({ code: "prompt_not_found" });
    expect(agent.facts("answer")).toHaveLength(1);
  });

  it("looks on from a small terminal, and the pane keeps its size", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "first");
    await agent.waitFor("completed");
    const attach = await agent.ask<{ argv: string[]; attach_kind: string }>("session.attach");
    expect(attach.attach_kind).toBe("read_only");
    const size = async (): Promise<string> =>
      (
        await tmux(agent, "display-message", "-p", "-t", "PANE", "#{pane_width}x#{pane_height}")
      ).trim();
    const viewer = execFileSync(
      "python3",
      [
        "-c",
        [
          "import pty,os,sys,struct,fcntl,termios,time,signal",
          "pid,fd=pty.fork()",
          "if pid==0:",
          "  fcntl.ioctl(0,termios.TIOCSWINSZ,struct.pack('HHHH',24,80,0,0))",
          "  os.environ['TERM']='xterm'",
          "  os.execvp(sys.argv[1],sys.argv[1:])",
          "begin=time.time()",
          "seen=b''",
          "fcntl.ioctl(fd,termios.TIOCSWINSZ,struct.pack('HHHH',24,80,0,0))",
          "import select",
          "while time.time()<begin+30:",
          "  r,_,_=select.select([fd],[],[],0.1)",
          "  if r:",
          "    try: seen+=os.read(fd,65536)",
          "    except OSError: break",
          "  if len(seen)>100 and time.time()>begin+1: break",
          "os.kill(pid,signal.SIGTERM)",
          "sys.stdout.write(str(len(seen)))",
        ].join("\n"),
        ...attach.argv,
      ],
      { encoding: "utf8" },
    );
    expect(Number(viewer)).toBeGreaterThan(100);
    expect(await size()).toBe("200x50");
    await agent.send("still fine", { wait: "turn" });
    expect(agent.facts("prompt")).toHaveLength(2);
  });
});

describe("the answer policy", () => {
  it("answers by rule, with the rule as author, and never what must not be", async () => {
    const home = await openHome();
    writePolicy(home, "policy:\n  answers:\n  - name: everything\n    verdict: allow\n");
    const harmless = await startAgent(home, '!fake approve "npm test"');
    await harmless.waitFor("completed");
    const { prompts } = await harmless.ask<{ prompts: { answer: { author: string } }[] }>(
      "session.show",
    );
    expect(prompts[0]?.answer.author).toBe("policy:everything");

    const harmful = await startAgent(home, '!fake approve "rm -rf build"');
    const seen = await harmful.waitFor("approval");
    expect(seen.prompts).toHaveLength(1);
    expect(harmful.facts("answer")).toEqual([]);
  });

  it("refuses by rule", async () => {
    const home = await openHome();
    writePolicy(
      home,
      "policy:\n  answers:\n  - name: no pushes\n    match: git push\n    verdict: deny\n",
    );
    const agent = await startAgent(
      home,
      '!fake approve "git push origin main"\n!fake say {answer}',
    );
    const seen = await agent.waitFor("completed", { detail: "full" });
    expect(seen.worker_output.text).toBe("denied");
  });

  it("says file, line and field when the policy cannot be read", async () => {
    const home = await openHome();
    writePolicy(home, "policy:\n  answers:\n  - name: x\n    verdikt: allow\n");
    await expect(startAgent(home, "hello")).rejects.toMatchObject({
      code: "invalid_config",
      why: expect.stringMatching(
        /config\.yaml:4: .*"verdikt" is no field of a rule; did you mean verdict/,
      ),
    });
  });
});

describe("an agent acting through agentpool", () => {
  it("cannot answer its own dialogs or end itself", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "clean", { persona: "approval" });
    await agent.waitFor("approval");
    const itself = home.as({ kind: "session", sessionId: agent.id });
    for (const operation of ["session.approve", "session.terminate", "session.send"]) {
      const input = {
        session_id: agent.id,
        ...(operation === "session.send" ? { message: "x" } : {}),
      };
      await expect(itself.call(operation, { input })).rejects.toMatchObject({
        code: "policy_blocked",
      });
    }
  });
});
