// Stages one after the other, each with what the one before answered:
//   node examples/pipeline.mjs --provider opencode
import { parseArgs } from "node:util";
import { Pipeline, Stage } from "agentpool";

const { values } = parseArgs({ options: { provider: { type: "string" } } });
const provider = values.provider ?? "fake-completed";

const pipeline = new Pipeline(
  [
    new Stage("research", {
      prompt: "Investigate the auth module for security issues.",
      // a function of this program: what the next stage is given
      transform: (response) => response.slice(0, 500),
    }),
    new Stage("plan", {
      prompt: "Based on this research:\n{previous_response}\n\nCreate a remediation plan.",
    }),
    new Stage("implement", { prompt: "Implement this plan:\n{previous_response}" }),
  ],
  { provider },
);
const result = await pipeline.run();

console.log(result.finalResponse);
for (const { stage, status, durationSeconds } of result.stages) {
  console.log(`${stage}: ${status} (${durationSeconds.toFixed(1)}s)`);
}
console.log(
  `${result.success ? "success" : result.error} after ${result.totalDuration.toFixed(1)}s`,
);
process.exitCode = result.success ? 0 : 1;
