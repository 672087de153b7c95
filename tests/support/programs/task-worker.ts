import { spawnSync } from "node:child_process";
import { writeSync } from "node:fs";
import { AgentpoolError } from "../../../src/domain/errors.ts";
import { createRpcClient } from "../../../src/rpc/client.ts";

/**
 * Claims tasks at the supervisor on this socket and completes them, until none is left; a supervisor
 * that is gone is started again, as commands do. Prints one line of JSON for each task it was given.
 * With tasks to add it adds one before each claim; with `hold` it stays with the first.
 */
const [socketPath = "", version = "", bin = "", name = "", adds = "0", ttl = "120", hold = ""] =
  process.argv.slice(2);
const client = createRpcClient({
  socketPath,
  version,
  reconnect: async () => spawnSync(process.execPath, [bin, "interrupt", "nobody"]),
});

interface Given {
  readonly task: { readonly id: string; readonly claim: { readonly token: number } } | null;
}

async function ask<T>(operation: string, input: object): Promise<T> {
  return (await client.call(operation, { input: { ...input } })) as T;
}

let toAdd = Number(adds);
writeSync(1, "ready\n");
for (;;) {
  if (toAdd > 0) {
    toAdd -= 1;
    await ask("task.add", { title: `${name} ${toAdd}`, priority: toAdd % 3 });
  }
  const { task } = await ask<Given>("task.claim", { agent: name, ttl_seconds: Number(ttl) });
  if (task === null) {
    if (toAdd > 0) continue;
    break;
  }
  const { token } = task.claim;
  writeSync(1, `${JSON.stringify({ id: task.id, token, name })}\n`);
  if (hold !== "") await new Promise(() => setInterval(() => undefined, 1_000));
  try {
    await ask("task.complete", { task_id: task.id, token, result: name });
  } catch (thrown) {
    const { code } = AgentpoolError.from(thrown);
    writeSync(1, `${JSON.stringify({ id: task.id, token, refused: code })}\n`);
  }
}
