// needs: tmux
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { spawnSync } from "node:child_process";
import { beforeAll, describe, expect, test } from "vitest";
import { copyBuild } from "../support/build-copy.ts";
import { ensureBuilt } from "../support/built.ts";
import { agentToSpawn, spawnAgent } from "../support/cli-agent.ts";
import { cliHome, type CliHome } from "../support/cli-home.ts";
import { isGone } from "../support/is-gone.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitFor } from "../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

/** Lines of the log of all supervisors of this home. */
function logged(home: CliHome, message: string): number {
  const lines = readFileSync(home.home.log, "utf8").split("\n");
  return lines.filter((line) => line.includes(`"message":"${message}"`)).length;
}

/** Processes of this home that run as supervisor, where the system can tell. */
function supervisorsOf(home: CliHome): number[] {
  if (!existsSync("/proc/self/environ")) {
    return existsSync(home.home.supervisorFacts) ? [home.supervisor()] : [];
  }
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const env = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
        const line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        return env.includes(`AGENTPOOL_HOME=${home.home.root}`) && line.includes("supervisor");
      } catch {
        return false;
      }
    });
}

describe("ten commands at once on a home that has nothing yet", () => {
  test("start one supervisor, and each gets its answer", async () => {
    const home = cliHome();
    const numbers = Array.from({ length: 10 }, (_, i) => `n${i}`);

    const results = await Promise.all(
      numbers.map((name) => home.start(agentToSpawn(home, "hello", { name }).words).ended),
    );

    expect(results.map(({ status, stderr }) => ({ status, stderr }))).toEqual(
      numbers.map(() => ({ status: 0, stderr: "" })),
    );
    expect(logged(home, "took the role")).toBe(1);
    // those that came second leave, and need a moment for it
    await waitFor(() => supervisorsOf(home).length === 1, { what: "the end of all but one" });
    expect(supervisorsOf(home)).toEqual([home.supervisor()]);
    const { sessions } = await home.json<{ sessions: { name: string }[] }>(["sessions"]);
    expect(sessions.map((one) => one.name).toSorted()).toEqual(numbers);
  });
});

describe("a supervisor that is stopped", () => {
  test("is ended by the next command, and types nothing when it is woken", async () => {
    const home = cliHome();
    const agent = await spawnAgent(home, "!fake sleep 1\n!fake say first", { until: "running" });
    await home.run(["send", "s", "second", "--wait", "none"]);
    const stopped = home.supervisor();
    process.kill(stopped, "SIGSTOP");

    const line = ["send", "s", "third", "--wait", "turn", "--timeout", "60s", "--json"];
    const sending = home.start(line).ended;

    // it is given five seconds to answer; a stream that fell silent would be given twenty-five
    await waitFor(() => isGone(stopped), { timeoutMs: 24_000, what: "its end" });
    const { status, stdout, stderr } = await sending;
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ turn: { n: 3, state: "completed" } });
    expect(home.supervisor()).not.toBe(stopped);
    expect(agent.prompts()).toEqual(["!fake sleep 1\n!fake say first", "second", "third"]);
  });
});

test("a supervisor whose epoch is over types and writes nothing, leaves, and the next one does it", async () => {
  const home = cliHome();
  const agent = await spawnAgent(home, "hello");
  const old = home.supervisor();
  // as if somebody had taken over while it could not see it
  const database = new Database(home.home.database);
  database.prepare("UPDATE meta SET value = '77' WHERE key = 'epoch'").run();
  database.close();
  spawnSync("tmux", ["-S", home.home.tmuxSocket, "set-option", "-s", "@ap_epoch", "77"]);

  const { turn } = await home.json<{ turn: unknown }>([
    "send",
    "s",
    "second",
    "--wait",
    "turn",
    "--timeout",
    "60s",
  ]);

  expect(turn).toMatchObject({ n: 2, state: "completed" });
  expect(agent.prompts()).toEqual(["hello", "second"]);
  await waitFor(() => isGone(old), { what: "the end of the old supervisor" });
  expect(await home.json(["supervisor", "status"])).toMatchObject({ epoch: 78 });
});

describe("two versions on one home", () => {
  test("the newer one takes over without losing anything, and the older one works with it", async () => {
    const newer = copyBuild(join(tempFolder(), "newer"), { version: "7.8.9" });
    const home = cliHome();
    const agent = await spawnAgent(home, "!fake sleep 2\n!fake say late", { until: "running" });
    const first = home.supervisor();
    const waiting = home.start(["observe", "s", "--wait-for", "completed", "--timeout", "60s"]);

    const { stdout } = await home.run(["supervisor", "status"], { bin: newer.bin });
    await home.run(["send", "s", "second", "--wait", "none"], { bin: newer.bin });
    expect(stdout).toContain("version 0.1.0");
    expect(await home.json(["supervisor", "status"])).toMatchObject({ version: "7.8.9" });
    expect(isGone(first)).toBe(true);
    // the older one's wait goes on, and its further commands are answered by the newer one
    expect(await waiting.ended).toMatchObject({ status: 0, stderr: "" });
    await home.run(["send", "s", "third", "--wait", "turn", "--timeout", "60s"]);
    expect(await home.json(["supervisor", "status"])).toMatchObject({ version: "7.8.9" });
    expect(agent.prompts()).toEqual(["!fake sleep 2\n!fake say late", "second", "third"]);
    // the note that kept older ones away is gone: one may start at once when the newer one was stopped
    expect(existsSync(home.home.handover)).toBe(false);
  });

  test("an older one that may not write a newer store says so and leaves it alone", async () => {
    const home = cliHome();
    await home.wake();
    await home.run(["supervisor", "stop"]);
    const database = new Database(home.home.database);
    database.prepare("UPDATE meta SET value = '99' WHERE key = 'min_writer'").run();
    database.close();

    const { stdout, stderr } = await home.run(agentToSpawn(home, "hello").words, { status: 1 });

    expect(stdout).toBe("");
    expect(stderr).toMatch(/^error: A newer agentpool wrote .+ \(store_newer\)\n/);
    expect(stderr).toContain("why: to write it takes store version 99");
    expect(stderr).toContain("try: Update this agentpool: npm install --global agentpool@latest");
    expect(await home.json(["sessions"])).toMatchObject({ sessions: [] });
    const doctor = await home.run(["doctor", "--json"], { status: 1 });
    const { checks } = JSON.parse(doctor.stdout) as { checks: { name: string }[] };
    expect(checks.find(({ name }) => name === "store")).toMatchObject({
      status: "fail",
      message: expect.stringMatching(
        /^A newer agentpool wrote .+: to write it takes store version 99/,
      ),
      repair: expect.stringMatching(/^Update this agentpool/),
    });
  });
});

describe("two commands on one session at once", () => {
  test("two sends both arrive, once each", async () => {
    const home = cliHome();
    const agent = await spawnAgent(home, "hello");

    const sends = ["left", "right"].map((text) =>
      home.start(["send", "s", text, "--wait", "turn"]),
    );
    const results = await Promise.all(sends.map((one) => one.ended));

    expect(results.map((one) => one.status)).toEqual([0, 0]);
    expect(agent.prompts().toSorted(byText)).toEqual(["hello", "left", "right"]);
  });

  test.each(["approvals", "keys"])(
    "of two answers (%s) one is given, and the other one is told so",
    async (answers) => {
      const home = cliHome();
      const set = { persona: "approval", answers };
      const agent = await spawnAgent(home, "clean", { set, until: "approval" });

      const given = ["Yes", "No"].map((option) =>
        home.start(["answer", "s", "--option", option, "--json"]),
      );
      const results = await Promise.all(given.map((one) => one.ended));

      const won = results.filter((one) => one.status === 0);
      const lost = results.filter((one) => one.status !== 0);
      expect([won.length, lost.length]).toEqual([1, 1]);
      const { error } = JSON.parse(lost[0]?.stderr ?? "") as { error: { code: string } };
      expect(["prompt_not_found", "prompt_changed"]).toContain(error.code);
      const { prompt } = JSON.parse(won[0]?.stdout ?? "") as { prompt: { answer: object } };
      await waitFor(() => agent.answers().length > 0);
      expect(agent.answers()).toEqual([(prompt.answer as { label: string }).label]);
    },
  );

  test("a text and an option for one question do not mix", async () => {
    const home = cliHome();
    const agent = await spawnAgent(home, "ask", {
      set: { persona: "question" },
      until: "question",
    });

    const given = [
      home.start(["answer", "s", "--text", "light pink", "--json"]),
      home.start(["answer", "s", "--option", "Green", "--json"]),
      home.start(["answer", "s", "--text", "dark grey", "--json"]),
    ];
    const results = await Promise.all(given.map((one) => one.ended));

    expect(results.filter((one) => one.status === 0)).toHaveLength(1);
    const codes = results
      .filter((one) => one.status !== 0)
      .map(({ stderr }) => (JSON.parse(stderr) as { error: { code: string } }).error.code);
    for (const code of codes) {
      expect(["session_busy", "prompt_changed", "prompt_not_found"]).toContain(code);
    }
    await waitFor(() => agent.answers().length > 0);
    const { prompt } = JSON.parse(results.find((one) => one.status === 0)?.stdout ?? "") as {
      prompt: { answer: { label: string | null; text: string | null } };
    };
    expect(agent.answers()).toEqual([prompt.answer.label ?? prompt.answer.text]);
  });

  test("two interrupts press the key once", async () => {
    const home = cliHome();
    const agent = await spawnAgent(home, "!fake sleep 60", { until: "running" });

    const both = [home.start(["interrupt", "s"]), home.start(["interrupt", "s"])];
    const results = await Promise.all(both.map((one) => one.ended));

    // the second one may come when nothing runs any more
    expect(results.map((one) => Number(one.status)).toSorted((a, b) => a - b)).toEqual([
      0,
      expect.toBeOneOf([0, 5]),
    ]);
    expect(agent.facts("interrupt")).toHaveLength(1);
  });

  test("two ends are one", async () => {
    const home = cliHome();
    const agent = await spawnAgent(home, "hello");

    const both = [home.start(["terminate", "s"]), home.start(["terminate", "s"])];
    const results = await Promise.all(both.map((one) => one.ended));

    expect(results.map((one) => one.status)).toEqual([0, 0]);
    expect(agent.facts("exit").length).toBeLessThanOrEqual(1);
    expect((await home.json<{ session: object }>(["session", "show", "s"])).session).toMatchObject({
      state: "completed",
    });
  });
});

test("a supervisor with nothing to do leaves, and takes tmux, socket and role with it", async () => {
  const home = cliHome({ env: { AGENTPOOL_SUPERVISOR_IDLE_SECONDS: "1" } });
  await spawnAgent(home, "hello");
  const pid = home.supervisor();
  await home.run(["observe", "s", "--wait-for", "question", "--timeout", "2s"], { status: 124 });
  expect(isGone(pid)).toBe(false);

  await home.run(["terminate", "s"]);

  await waitFor(() => isGone(pid), { what: "its leaving" });
  expect(existsSync(home.home.supervisorSocket)).toBe(false);
  expect(existsSync(home.home.supervisorFacts)).toBe(false);
  const { status } = spawnSync("tmux", ["-S", home.home.tmuxSocket, "list-sessions"]);
  expect(status).not.toBe(0);
  const { sessions } = await home.json<{ sessions: object[] }>(["sessions"]);
  expect(sessions).toMatchObject([{ name: "s", state: "completed" }]);
  expect(supervisorsOf(home)).toEqual([]);
});

describe("inline mode", () => {
  const env = { AGENTPOOL_SUPERVISOR: "inline" };

  test("does the whole job without a supervisor, one command after the other", async () => {
    const home = cliHome({ env });
    const agent = await spawnAgent(home, "hello");

    await home.run(["send", "s", "second", "--wait", "turn", "--timeout", "60s"]);
    await home.run(["collect", "s", "--close"]);

    expect(agent.prompts()).toEqual(["hello", "second"]);
    expect(supervisorsOf(home)).toEqual([]);
    expect((await home.json<{ session: object }>(["session", "show", "s"])).session).toMatchObject({
      state: "completed",
    });
  });

  test("waits for another inline command, and asks a supervisor where one acts", async () => {
    const home = cliHome({ env });
    const agent = await spawnAgent(home, "hello");
    const sends = ["left", "right"].map((text) => home.start(["send", "s", text]));
    expect((await Promise.all(sends.map((one) => one.ended))).map((one) => one.status)).toEqual([
      0, 0,
    ]);

    await home.run(["send", "s", "detached"], { env: { AGENTPOOL_SUPERVISOR: "detached" } });
    await home.run(["send", "s", "inline again"]);

    expect(logged(home, "took the role")).toBeGreaterThan(3);
    expect(supervisorsOf(home)).toEqual([home.supervisor()]);
    expect(agent.prompts().toSorted(byText)).toEqual([
      "detached",
      "hello",
      "inline again",
      "left",
      "right",
    ]);
  });
});

function byText(a: unknown, b: unknown): number {
  return String(a).localeCompare(String(b));
}
