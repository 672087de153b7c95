// An agent that does tasks until there are none: it says that it is ready, begins when GO is there,
// works WORK_MS on each, and tells when it began and ended.
// usage: tasks.mjs SOCKET GO WORK_MS bare COUNT
//        tasks.mjs SOCKET GO WORK_MS agentpool COMMAND HOME
// The first has its tasks beforehand; the second claims and completes them over MCP.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { createInterface } from "node:readline";

const [socket, go, workMs, way, ...rest] = process.argv.slice(2);
const listener = connect(socket);
const tell = (fact) => listener.write(`${JSON.stringify(fact)}\n`);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const now = () => Number(process.hrtime.bigint());

const tasks = way === "bare" ? had(...rest) : await overMcp(...rest);
tell({ fact: "ready" });
while (!existsSync(go)) await pause(2);
const begunAt = now();
let done = 0;
for (let task = await tasks.next(); task; task = await tasks.next()) {
  process.stdout.write(`  ${task.title}\r\n`);
  await pause(Number(workMs));
  await tasks.complete(task);
  done++;
}
tell({ fact: "ended", begunAt, endedAt: now(), done });
setInterval(() => undefined, 1e9);

function had(count) {
  let given = 0;
  return {
    next: async () => (given < Number(count) ? { title: `task ${given++}` } : null),
    complete: async () => undefined,
  };
}

async function overMcp(command, home) {
  const server = spawn(process.execPath, [command, "mcp", "--toolsets", "worker"], {
    env: { ...process.env, AGENTPOOL_HOME: home },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
  let id = 0;
  const say = (message) =>
    server.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const ask = async (method, params) => {
    say({ id: ++id, method, params });
    for (;;) {
      const { value, done: over } = await lines.next();
      if (over) throw new Error("the server ended");
      const answer = JSON.parse(value);
      if (answer.id !== id) continue;
      if (answer.error ?? answer.result.isError) throw new Error(value);
      return answer.result;
    }
  };
  const call = async (name, words) =>
    (await ask("tools/call", { name, arguments: words })).structuredContent;
  await ask("initialize", {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "bench", version: "1.0.0" },
  });
  say({ method: "notifications/initialized" });
  await ask("tools/list", {});
  return {
    next: async () => (await call("claim_task", {})).task,
    complete: ({ id: taskId, claim }) =>
      call("complete_task", { task_id: taskId, token: claim.token, result: "done" }),
  };
}
