// A coordinator with workers: it puts tasks on the board of the home and waits; each worker takes what
// suits it, has an agent do it and says what came of it. Start more workers wherever you like:
//   node examples/coordinator.mjs --provider codex-cli
//   node examples/coordinator.mjs --provider codex-cli --worker tester --tag tests
// A worker that dies loses nothing: its task is given to the next one.
import { parseArgs } from "node:util";
import { AgentPool, MessageBus, TaskBoard } from "agentpool";

const { values } = parseArgs({
  options: {
    provider: { type: "string", default: "fake-completed" },
    worker: { type: "string" },
    tag: { type: "string", multiple: true, default: [] },
  },
});
const board = new TaskBoard();
const bus = new MessageBus();

if (values.worker === undefined) {
  await bus.register("coordinator", { role: "coordinator" });
  const done = new AbortController();
  const workers = [
    work("backend-worker", ["backend"], done.signal),
    work("frontend-worker", ["frontend"], done.signal),
  ];
  const tasks = [
    await board.add("Implement auth", { priority: 5, tags: ["backend"] }),
    await board.add("Design UI", { priority: 4, tags: ["frontend"] }),
  ];
  tasks.push(await board.add("Connect UI and auth", { tags: ["backend"], dependsOn: tasks }));
  while (!(await board.allEnded(tasks, { waitSeconds: 20 }))) console.log(await board.status());
  done.abort();
  await Promise.all(workers);
  for (const id of tasks) {
    const { title, state, result, error } = await board.get(id);
    console.log(`${title}: ${state}  ${result ?? error}`);
  }
  const news = await bus.receive("coordinator");
  for (const { from, content } of news) console.log(`${from}: ${content}`);
  await bus.ack("coordinator", news);
} else {
  const leaving = new AbortController();
  process.once("SIGINT", () => leaving.abort());
  await work(values.worker, values.tag, leaving.signal);
}
await bus.close();
await board.close();

/** Takes tasks with one of the tags, one after the other, until it is told to leave. */
async function work(name, tags, signal) {
  const pool = new AgentPool({ provider: values.provider, isolation: "shared", maxAgents: 1 });
  await bus.register(name, { role: "worker" });
  while (!signal.aborted) {
    const task = await board.claim(name, { tags, waitSeconds: 1 });
    if (task === null) continue;
    const renewal = setInterval(() => void board.renew(task.id).catch(console.error), 30_000);
    pool.submit({ prompt: task.body || task.title });
    const [result] = await pool.run();
    clearInterval(renewal);
    if (result.status === "completed") await board.complete(task.id, result.response);
    else await board.fail(task.id, result.error);
    await bus.send(name, "coordinator", `${task.title}: ${result.status}`);
  }
  await bus.unregister(name);
  await pool.close();
}
