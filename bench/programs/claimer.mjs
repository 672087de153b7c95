// Claims tasks until told to stop: at a supervisor, or at the bare server it is compared with.
// node claimer.mjs <product's rpc client or "bare"> <socket> <name> <version>
// Takes lines of JSON {"every": ms or 0, "for": ms} on standard input, answers each with one line
// {"ids": [...], "ms": [...]}: what it was given, and how long each claim took from the moment it was due.
import { connect } from "node:net";
import { createInterface } from "node:readline";

const [, , client, socketPath, name, version] = process.argv;
const claim = client === "bare" ? await bare() : await product();
process.stdout.write("ready\n");

for await (const line of createInterface({ input: process.stdin })) {
  const { every, for: forMs } = JSON.parse(line);
  const ids = [];
  const ms = [];
  const startedAt = performance.now();
  for (let n = 0; ; n++) {
    const due = every > 0 ? startedAt + n * every : performance.now();
    if (due - startedAt >= forMs) break;
    const early = due - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    // a claim that could not begin in time has waited since then
    const since = every > 0 ? Math.min(performance.now(), due + 1) : due;
    ids.push(await claim());
    ms.push(performance.now() - since);
  }
  process.stdout.write(`${JSON.stringify({ ids, ms })}\n`);
}
process.exit(0);

async function product() {
  const { createRpcClient } = await import(client);
  const rpc = createRpcClient({ socketPath, version });
  return async () => {
    const { task } = await rpc.call("task.claim", { input: { agent: name } });
    return task?.id ?? null;
  };
}

/** A line there and a line back. */
async function bare() {
  const socket = connect(socketPath);
  await new Promise((resolve) => socket.once("connect", resolve));
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  return async () => {
    socket.write(`${name}\n`);
    return (await lines.next()).value;
  };
}
