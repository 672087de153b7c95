// A lead beside workers on a list of tasks, in a git repository of yours:
//   node examples/team.mjs --provider claude-code
// The workers claim and complete their tasks themselves, each in a worktree of its own.
import { parseArgs } from "node:util";
import { AgentPool } from "agentpool";

const { values } = parseArgs({ options: { provider: { type: "string" } } });
const provider = values.provider ?? "fake-team";

const pool = new AgentPool({ provider, mode: "team", maxAgents: 4 });
try {
  pool.addTasks(["Implement user registration", "Write auth middleware"]);
  const [login] = pool.addTasks(["Add session management"]);
  pool.taskBoard.add("Add password reset flow", { dependsOn: [login] });
  const results = await pool.runTeam({
    leadPrompt: "Break down and coordinate these auth tasks.",
    numWorkers: 3,
  });

  for (const r of results) console.log(`${r.agentId}: ${r.status}  ${r.response ?? r.error}`);
  console.log(`agentpool run finish ${pool.runId}`);
  process.exitCode = results.every(({ status }) => status === "completed") ? 0 : 1;
} finally {
  await pool.close();
}
