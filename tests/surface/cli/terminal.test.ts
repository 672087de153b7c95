import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { operations } from "../../../src/operations/index.ts";
import { serveOperations } from "../../../src/rpc/server.ts";
import { appDouble } from "../../support/app-double.ts";
import { agentpoolBin, ensureBuilt } from "../../support/built.ts";
import { makeSession } from "../../support/session.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { terminal } from "../../support/terminal.ts";
import { waitFor } from "../../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

async function home() {
  const root = tempFolder();
  const version = readFileSync(join(agentpoolBin, "../../dist/help/version.txt"), "utf8").trim();
  const session = makeSession({ name: "s" });
  const { app, memory } = appDouble(
    {
      sessions: {
        attach: async () => ({
          session,
          argv: ["sh", "-c", 'echo "in the pane, TMUX=[$TMUX]"; exit 7'],
          detachKeys: "C-b d",
        }),
      },
    },
    { root, version },
  );
  const server = await serveOperations({
    socketPath: app.home.supervisorSocket,
    operations,
    app,
    authenticate: async () => ({ kind: "person" }),
    health: () => ({ version, pid: 1, epoch: 1, started_at: "", inline: true, accepting: true }),
    handover: async () => undefined,
    subscribeOutput: () => () => undefined,
    log: () => undefined,
    now: () => Date.now(),
  });
  onTestFinished(() => server.close());
  return { root, memory };
}

const command = `'${process.execPath}' '${agentpoolBin}'`;

test("attach in a terminal runs what attaches, outside of an outer tmux, and ends with its status", async () => {
  const { root } = await home();
  const { run, screen } = terminal({ columns: 100, rows: 10 });

  run(`${command} attach s`, { AGENTPOOL_HOME: root });

  await waitFor(() => screen().includes("status 7"), { what: "the end of attach" });
  expect(screen()).toContain("in the pane, TMUX=[]");
  expect(screen()).toContain("looking only; leave with C-b d");
});

test("a table in a terminal has colours and is cut to its width; TERM=dumb has none", async () => {
  const { root, memory } = await home();
  memory.sessions.push(makeSession({ stateBecause: "x".repeat(200) }));
  const narrow = terminal({ columns: 60, rows: 10 });
  narrow.run(`${command} sessions`, { AGENTPOOL_HOME: root });
  await waitFor(() => narrow.screen().includes("status 0"));
  const dumb = terminal({ columns: 60, rows: 10 });
  dumb.run(`TERM=dumb ${command} sessions`, { AGENTPOOL_HOME: root });
  await waitFor(() => dumb.screen().includes("status 0"));

  expect(narrow.screen().trimEnd().split("\n")).toHaveLength(3);
  expect(narrow.coloured()).toContain("\u001b[2m");
  expect(dumb.coloured()).not.toContain("\u001b[2m");
});

test("a table in a terminal shows what lives, and with --all or --state what ended too", async () => {
  const { root, memory } = await home();
  memory.sessions.push(
    makeSession({ state: "starting" }),
    makeSession({ id: "ap_00000000000e", state: "failed", endedAt: 1 }),
  );
  const shown = async (flags: string): Promise<string> => {
    const { run, screen } = terminal({ columns: 100, rows: 10 });
    run(`${command} sessions ${flags}`, { AGENTPOOL_HOME: root });
    await waitFor(() => screen().includes("status 0"));
    return screen();
  };

  expect(await shown("")).toContain("1 ended; see them with --all");
  expect(await shown("--all")).toContain("ap_00000000000e");
  expect(await shown("--state failed,starting")).toContain("ap_00000000000e");
});

test("sessions -f in a terminal redraws when something happens and ends with Ctrl-C", async () => {
  const { root, memory } = await home();
  memory.sessions.push(makeSession({ state: "running" }));
  const { run, screen, type } = terminal({ columns: 100, rows: 10 });
  run(`trap : INT; ${command} sessions -f`, { AGENTPOOL_HOME: root });
  await waitFor(() => screen().includes("running") && memory.listeners === 1);

  memory.sessions[0] = makeSession({ state: "awaiting_approval" });
  memory.commit({ session: "ap_000000000001", body: { type: "session_reachable" } });

  await waitFor(() => screen().includes("awaiting_approval"));
  expect(screen()).not.toContain("running");
  type("C-c");
  await waitFor(() => screen().includes("status 130"));
});

test("sessions -f keeps to the terminal's height, says how many more there are, and follows its size", async () => {
  const { root, memory } = await home();
  for (let i = 0; i < 20; i++) memory.sessions.push(makeSession({ name: `number-${i}` }));
  const { run, screen, resize } = terminal({ columns: 100, rows: 10 });

  run(`${command} sessions -f`, { AGENTPOOL_HOME: root });

  await waitFor(() => screen().includes("and 13 more"));
  expect(screen()).toMatch(/^ID +NAME/);
  resize({ columns: 100, rows: 40 });
  await waitFor(() => screen().includes("number-19") && !screen().includes("more"));
});

test("what a worker wrote does not steer the terminal it is shown in", async () => {
  const { root, memory } = await home();
  memory.sessions.push(makeSession({ stateBecause: "it says \u001b[2J\u001b]0;x\u0007hello" }));
  const { run, screen } = terminal({ columns: 140, rows: 10 });

  run(`echo before; ${command} sessions`, { AGENTPOOL_HOME: root });

  await waitFor(() => screen().includes("status 0"));
  expect(screen()).toContain("before");
  expect(screen()).toContain("it says hello");
});
