// Waits for what another process writes, and tells its parent the nanosecond at which it had it.
// usage: waiter.mjs bare SOCKET
//        waiter.mjs agentpool DIST SOCKET VERSION ENTRY...
// The second follows events as every client does; where the supervisor is gone it starts another,
// and ENTRY is how one is started.
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [way, ...rest] = process.argv.slice(2);
const had = () => process.send(Number(process.hrtime.bigint()));
process.on("disconnect", () => process.exit(0));
if (way === "bare") poked(...rest);
else await follow(...rest);

function poked(socketPath) {
  const server = createServer((socket) => createInterface({ input: socket }).on("line", had));
  server.listen(socketPath, () => process.send("ready"));
}

async function follow(dist, socketPath, version, ...entry) {
  const load = (path) => import(pathToFileURL(`${dist}/src/${path}`).href);
  const [{ createRpcClient }, { ensureSupervisor }, { homeFrom }] = await Promise.all(
    ["rpc/client.js", "supervisor/ensure.js", "platform/home.js"].map(load),
  );
  const { env } = process;
  const reconnect = () => ensureSupervisor({ home: homeFrom(env), env, version, entry });
  const client = createRpcClient({ socketPath, version, reconnect });
  const onReady = () => process.send("ready");
  for await (const { type } of client.events({ onReady }, new AbortController().signal)) {
    if (type === "decision_logged") had();
  }
}
