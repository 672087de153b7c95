// needs: tmux
/** The built `agentpool mcp` under hosts that do everything wrong, against a supervisor of its own. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { agentpoolBin, ensureBuilt } from "../support/built.ts";
import { cliHome, type CliHome } from "../support/cli-home.ts";
import { cliEnvironment } from "../support/run-cli.ts";
import { waitFor } from "../support/wait.ts";
import type { Answer } from "./support/hosts.ts";

beforeAll(ensureBuilt, 120_000);

interface Reply {
  readonly id?: number | string | null;
  readonly result?: Answer;
  readonly error?: { readonly code: number; readonly message: string };
}

/** A host that writes whatever it likes, after a greeting as it should be. */
async function rawHost({ home, folder }: CliHome) {
  const server = spawn(process.execPath, [agentpoolBin, "mcp"], {
    cwd: folder,
    env: cliEnvironment({ home: home.root, env: { AGENTPOOL_SUPERVISOR_IDLE_SECONDS: "30" } }),
    stdio: ["pipe", "pipe", "ignore"],
  });
  onTestFinished(() => void server.kill("SIGKILL"));
  const replies: Reply[] = [];
  // a line that is no JSON fails the test: standard output carries messages and nothing else
  createInterface({ input: server.stdout }).on("line", (line) => {
    replies.push(JSON.parse(line) as Reply);
  });
  const write = (text: string): void => void server.stdin.write(text);
  const send = (message: object): void =>
    write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const reply = (id: number | string): Promise<Reply> =>
    waitFor(() => replies.find((one) => one.id === id), {
      what: `answer ${id}`,
    });
  let last = 100;
  const call = (name: unknown, args: unknown = {}): Promise<Reply> => {
    const id = ++last;
    send({ id, method: "tools/call", params: { name, arguments: args } });
    return reply(id);
  };
  const params = {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "raw", version: "1" },
  };
  send({ id: 1, method: "initialize", params });
  send({ method: "notifications/initialized" });
  await reply(1);
  return { server, replies, write, send, reply, call };
}

test("is told what is wrong each time, and goes on answering whatever was sent before", async () => {
  const user = cliHome();
  const { server, replies, write, send, reply, call } = await rawHost(user);

  // what is no message at all
  write('{broken\n[]\n"text"\n42\n\u0000\u0001\n{"jsonrpc":"1.0","id":2,"method":"ping"}\n');
  send({ id: 3, method: "tools/nothing" });
  expect((await reply(3)).error?.code).toBe(-32_601);
  expect(replies.filter(({ error }) => error?.code === -32_700).length).toBeGreaterThanOrEqual(2);

  // tools and arguments that are not there
  expect((await call("spawn_workers")).error?.message).toMatch(/did you mean spawn_worker\?/);
  for (const name of [null, 7, {}]) expect((await call(name)).error?.code).toBeLessThan(0);
  const coded = async (name: string, args: unknown): Promise<string> => {
    const { result, error } = await call(name, args);
    return (result?.structuredContent?.error?.code as string | undefined) ?? String(error?.code);
  };
  expect(await coded("observe_worker", {})).toBe("invalid_input");
  expect(await coded("observe_worker", { session_id: 7 })).toBe("invalid_input");
  expect(await coded("observe_worker", { session_id: "x", sesion: "y" })).toBe("invalid_input");
  expect(await coded("observe_worker", { session_id: "x", timeout_seconds: -1 })).toBe(
    "invalid_input",
  );
  expect(await coded("spawn_worker", { task: "x", repo_path: user.folder })).toBe(
    "provider_required",
  );
  expect(["-32602", "invalid_input"]).toContain(await coded("observe_worker", ["x"]));
  expect(["-32602", "invalid_input"]).toContain(await coded("observe_worker", "x"));
  expect(await coded("observe_worker", { session_id: "../../../etc/passwd" })).toBe(
    "session_not_found",
  );

  // a megabyte is the most that a text may have, and more does not take the server down
  const task = "a".repeat(1_048_577);
  const large = { provider_id: "fake", repo_path: user.folder };
  expect(await coded("spawn_worker", { ...large, task })).toBe("text_too_large");
  expect(await coded("spawn_worker", { ...large, task: task.repeat(12) })).toBe("text_too_large");
  const spawned = await call("spawn_worker", { ...large, task: "!fake sleep 60" });
  const session_id = spawned.result?.structuredContent.session_id as string;

  // fifty at once beside a wait that is cancelled
  const wait = { session_id, wait_for: "completed", timeout_seconds: 24 };
  send({ id: "w", method: "tools/call", params: { name: "observe_worker", arguments: wait } });
  const all = Array.from({ length: 50 }, () => call("poll_worker", { session_id }));
  send({ method: "notifications/cancelled", params: { requestId: "w", reason: "enough" } });
  send({ method: "notifications/cancelled", params: { requestId: "never sent" } });
  for (const { result } of await Promise.all(all)) expect(result?.isError).toBeUndefined();
  expect(replies.some(({ id }) => id === "w")).toBe(false);

  // the host dies in the middle of a call: the server ends, and the worker lives on
  send({ id: "x", method: "tools/call", params: { name: "observe_worker", arguments: wait } });
  server.stdin.end();
  expect(await waitFor(() => server.exitCode ?? undefined, { what: "its end" })).toBe(0);
  const { sessions } = await user.json<{ sessions: object[] }>(["sessions"]);
  expect(sessions).toMatchObject([{ id: session_id, state: "running" }]);
});
