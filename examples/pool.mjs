// Independent tasks, several at once:  node examples/pool.mjs --provider codex-cli
// Without --provider the scripted agent that comes with agentpool answers, and nothing is spent.
import { parseArgs } from "node:util";
import { AgentPool, Task } from "agentpool";

const { values } = parseArgs({ options: { provider: { type: "string" } } });
const provider = values.provider ?? "fake-completed";

const pool = new AgentPool({
  provider,
  maxAgents: 3,
  eventCallback: (agentId, eventType) => console.log(`[${agentId}] ${eventType}`),
});
try {
  pool.submit(new Task({ prompt: "Review auth module for security issues" }));
  pool.submit(new Task({ prompt: "Write integration tests for the API" }));
  const results = await pool.run();

  for (const r of results) {
    console.log(`${r.agentId}: ${r.status} (${r.durationSeconds.toFixed(1)}s)`);
    console.log(r.response ?? r.error);
  }
  process.exitCode = results.every(({ status }) => status === "completed") ? 0 : 1;
} finally {
  await pool.close();
}
