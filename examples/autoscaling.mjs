// Workers that come with the work and go with it: a queue from 0 to many tasks and back to 0.
//
//   node examples/autoscaling.mjs                        the scripted agent, 30 tasks, 4 workers at most
//   node examples/autoscaling.mjs --provider claude-code --tasks 6 --max 2
import { parseArgs } from "node:util";
import { connect } from "agentpool";

const { values } = parseArgs({
  options: {
    provider: { type: "string", default: "fake-worker" },
    tasks: { type: "string", default: "30" },
    min: { type: "string", default: "0" },
    max: { type: "string", default: "4" },
    "cool-down": { type: "string", default: "5" },
  },
});
const count = Number(values.tasks);
const min = Number(values.min);
const name = `demo-${process.pid}`;

const pool = await connect();
const started = Date.now();
const done = new Set();
const wanted = new Set();
const leaving = new AbortController();
let most = 0;
const following = follow();

const { workers } = await pool.workers.start({
  name,
  providerId: values.provider,
  isolation: "read_only",
  min,
  max: Number(values.max),
  coolDownSeconds: Number(values["cool-down"]),
});
say(`${name}: ${workers.min} to ${workers.max} workers of ${workers.providerId}`);

for (let n = 1; n <= count; n += 1) {
  const { task } = await pool.task.add({
    title: `Task ${n}`,
    body: `What is ${n} times ${n}? Complete the task with the number alone.`,
  });
  wanted.add(task.id);
}
say(`${count} tasks are on the board`);

await pool.task.wait({ taskIds: [...wanted], timeoutSeconds: 3_600 });
say("all tasks have ended");
let present = Infinity;
while (present > min) {
  await new Promise((resolve) => setTimeout(resolve, 200));
  ({ present } = (await pool.workers.status({ workers: name })).workers);
}
await pool.workers.drain({ workers: name, timeoutSeconds: 60 });
leaving.abort();
await following;
await pool.close();

const completed = [...wanted].filter((id) => done.has(id)).length;
console.log(`${completed} of ${count} tasks completed, ${most} workers at most, none is left`);
process.exitCode = completed === count && most <= workers.max ? 0 : 1;

/** Tells every decision about the workers, with its reason. */
async function follow() {
  let id;
  try {
    for await (const event of pool.events({ signal: leaving.signal })) {
      if (event.type === "task_completed") done.add(event.taskId);
      if (event.type === "workers_started" && event.name === name) id = event.workersId;
      if (id === undefined || event.workersId !== id) continue;
      if (event.type === "workers_scaled") {
        most = Math.max(most, event.present + event.start);
        say(`${change(event)}: ${event.because}`);
      }
      if (event.type === "workers_waiting") say(`none before ${event.until}: ${event.because}`);
      if (event.type === "worker_failed") say(`a worker failed: ${event.because}`);
    }
  } catch (error) {
    if (!leaving.signal.aborted) throw error;
  }
}

function change({ start, drain, keep, stop }) {
  return [
    start > 0 ? `${start} more` : "",
    keep.length > 0 ? `${keep.length} kept after all` : "",
    drain.length > 0 ? `${drain.length} to drain` : "",
    stop.length > 0 ? `${stop.length} ended` : "",
  ]
    .filter((part) => part !== "")
    .join(", ");
}

function say(text) {
  console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${text}`);
}
