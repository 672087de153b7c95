import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startToken } from "../../src/supervisor/start-token.ts";
import { openHome, type TestHome } from "../support/home.ts";
import { startAgent, type Agent } from "../support/observed.ts";
import { scriptedProvider } from "../support/scripted-provider.ts";
import { waitFor } from "../support/wait.ts";

function logOf(home: TestHome, agent: Agent): string {
  const folder = home.home.session(agent.id).agent;
  const { log } = JSON.parse(readFileSync(join(folder, "fake.json"), "utf8")) as { log: string };
  return log;
}

async function warningsOf(agent: Agent): Promise<string[]> {
  return (await agent.ask<{ warnings: string[] }>("session.show")).warnings;
}

describe("an agent whose hooks cannot be heard", () => {
  test("is followed by its log, and the session says so until a hook is heard again", async () => {
    // the agent's log has the time of this machine; only what is heard is put long ago
    let laterMs = -300_000;
    const home = await openHome({ now: () => Date.now() + laterMs });
    const agent = await startAgent(home, "begin");
    await agent.waitFor("completed");
    const { spool } = home.home.session(agent.id);
    rmSync(spool, { recursive: true });
    // nothing can be written there, as on a full disk or one that went read-only
    writeFileSync(spool, "");
    laterMs = -150_000;
    expect(await agent.send("!fake say two", { wait: "turn" })).toMatchObject({
      ok: true,
      result: "two",
      delivery: { state: "accepted", accepted_by: "log" },
    });
    expect(await warningsOf(agent)).toEqual([]);
    laterMs = 60_000;
    const third = await agent.send("!fake say three", { wait: "turn" });
    expect(third).toMatchObject({ ok: true, result: "three" });
    await waitFor(async () => (await agent.events()).includes("channel_lost"));
    expect(await warningsOf(agent)).toEqual([
      expect.stringMatching(/^no hook was heard within 15 s of turn \d, which .+ \(log\)$/),
    ]);
    const { sources } = await agent.ask<{ sources: { source: string; confidence: string }[] }>(
      "session.explain",
    );
    expect(sources).toContainEqual(
      expect.objectContaining({
        source: "hook",
        confidence: "none",
        claim: expect.stringMatching(/^silent: /),
      }),
    );

    rmSync(spool);
    mkdirSync(spool);
    const heard = async (): Promise<number> =>
      (await agent.events()).filter((one) => one === "channel_heard").length;
    const before = await heard();
    await agent.send("!fake say four", { wait: "turn" });
    await waitFor(async () => (await heard()) > before);
  });
});

describe("an agent whose log", () => {
  test("is cut in the middle of a turn is followed by its hooks, and by its log from there", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "!fake sleep 1\n!fake say one");
    await agent.waitFor("running");
    truncateSync(logOf(home, agent), 0);
    await agent.waitFor("completed");
    await waitFor(async () => (await agent.events()).includes("channel_lost"));
    const again = await agent.send("!fake say two", { wait: "turn" });
    expect(again).toMatchObject({ ok: true, result: "two", turn: { n: 2, state: "completed" } });
    expect((await agent.events()).filter((one) => one === "channel_lost")).toHaveLength(1);
  });

  test("gets lines of another session and half lines is not led astray", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "!fake sleep 1\n!fake say one");
    await agent.waitFor("running");
    const foreign = { id: "x", conversation: "another", type: "turn_end", outcome: "failed" };
    appendFileSync(logOf(home, agent), `${JSON.stringify(foreign)}\n{"id":"h","type":"turn_en\n`);
    const seen = await agent.waitFor("completed", { detail: "full" });
    expect(seen).toMatchObject({ state: "idle", turn: { n: 1, state: "completed" } });
    expect(seen.worker_output.text).toBe("one");
  });
});

test("an agent that reads a text late gets it once", async () => {
  const home = await openHome();
  // longer than a paste is waited for
  const agent = await startAgent(home, "one", { slow_read_ms: "1700" });
  await agent.waitFor("completed");
  for (const text of ["two", "three"]) {
    const sent = await agent.send(text, { wait: "turn" });
    expect(sent).toMatchObject({ ok: true });
  }
  expect(agent.facts("prompt").map((one) => one["text"])).toEqual(["one", "two", "three"]);
  expect(agent.facts("paste").length).toBeGreaterThan(3);
}, 90_000);

test("two agents of one provider in one folder are told apart", async () => {
  const home = await openHome();
  const [one, two] = await Promise.all([
    startAgent(home, "!fake tool Read a.txt\n!fake say from one"),
    startAgent(home, "!fake tool Read a.txt\n!fake say from two"),
  ]);
  const [first, second] = await Promise.all([
    one.waitFor("completed", { detail: "full" }),
    two.waitFor("completed", { detail: "full" }),
  ]);
  expect(logOf(home, one)).not.toBe(logOf(home, two));
  expect(first.worker_output.text).toBe("from one");
  expect(second.worker_output.text).toBe("from two");
  for (const agent of [one, two]) {
    expect((await agent.events()).filter((type) => type === "turn_started")).toHaveLength(1);
  }
});

test("an agent that forks a daemon is ended with it", async () => {
  const home = await openHome();
  const file = join(home.folder, "daemon.pid");
  // it leaves its terminal, its session and its parent
  const daemon = `setsid sh -c '(sh -c "echo \\$\\$ > ${file}; trap : TERM HUP; while :; do sleep 1; done" >/dev/null 2>&1 &)'`;
  const agent = await startAgent(home, `!fake run ${daemon}`, { allow_run: "on" });
  await agent.waitFor("completed");
  const pid = await waitFor(() => Number(readFileSync(file, "utf8")) || undefined);
  expect(startToken(pid)).toBeDefined();
  const ended = await agent.ask<{ ok: boolean; survivors: unknown[] }>("session.terminate");
  expect(ended).toMatchObject({ ok: true, survivors: [] });
  expect(startToken(pid)).toBeUndefined();
});

test("a CLI that is updated while it works goes on, and its next session warns of the version", async () => {
  const home = await openHome();
  const fake = scriptedProvider();
  const script = join(import.meta.dirname, "../../providers/fake/agent.mjs");
  const binary = join(home.folder, "updated");
  const install = (version: string): void => {
    const content = `#!/bin/sh\n[ "$1" = --version ] && echo "updated ${version}" && exit\nexec ${process.execPath} ${script} "$@"\n`;
    // as installers do: the file that may be running stays as it is
    writeFileSync(`${binary}.new`, content);
    chmodSync(`${binary}.new`, 0o755);
    renameSync(`${binary}.new`, binary);
  };
  install("1.0.0");
  mkdirSync(home.home.providers, { recursive: true });
  writeFileSync(
    join(home.home.providers, "updated.mjs"),
    `import fake from ${JSON.stringify(fake)};
     const binary = { ...fake.binary, candidates: [${JSON.stringify(binary)}], versionArgs: ["--version"],
       versionPattern: /^updated (\\d+\\.\\d+\\.\\d+)$/m };
     const launch = (request) => {
       const plan = fake.launch(request);
       return { ...plan, argv: [request.binary, ...plan.argv.slice(2)] };
     };
     export default { ...fake, id: "updated", aliases: [], presets: {}, binary, launch };`,
  );
  const spawn = (task: string): Promise<{ session_id: string; warnings: string[] }> =>
    home.ask("session.spawn", {
      provider_id: "updated",
      task,
      repo_path: home.folder,
      isolation: "shared",
    });
  const untried = /updated 9\.9\.9 has not been tried/;
  const first = await spawn("one");
  expect(first.warnings).not.toContainEqual(expect.stringMatching(untried));
  install("9.9.9");
  const send = { session_id: first.session_id, message: "two", wait: "turn", timeout_seconds: 60 };
  expect(await home.ask("session.send", send)).toMatchObject({ ok: true });
  const second = await spawn("three");
  expect(second.warnings).toContainEqual(expect.stringMatching(untried));
  const { session } = await home.ask<{ session: { provider_version: string } }>("session.show", {
    session_id: second.session_id,
  });
  expect(session.provider_version).toBe("9.9.9");
});

test("an agent whose home cannot be written works, and we need nothing of it", async () => {
  // nobody can write there, root included
  const home = await openHome({ env: { HOME: "/proc" } });
  const agent = await startAgent(home, "!fake say here");
  const seen = await agent.waitFor("completed", { detail: "full" });
  expect(seen.worker_output.text).toBe("here");
});
