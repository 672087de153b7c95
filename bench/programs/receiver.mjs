// Notes when it learns that a pane wrote. Two ways: a bare control client, and a client of the
// supervisor. usage: receiver.mjs bare SOCKET | receiver.mjs agentpool RPC_MODULE SOCKET VERSION
// Its parent says "take" and gets all [key, nanoseconds] noted since, "stop" ends it.
import { spawn } from "node:child_process";

let noted = [];
const note = (key) => noted.push([key, Number(process.hrtime.bigint())]);
const [way, ...rest] = process.argv.slice(2);
const stop = way === "bare" ? followBare(...rest) : await followAgentpool(...rest);

process.on("message", (word) => {
  if (word === "stop") return stop();
  process.send(noted);
  noted = [];
});
process.on("disconnect", stop);

function followBare(socket) {
  const tmux = spawn("tmux", ["-S", socket, "-C", "attach-session", "-t", "bare"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  tmux.stdin.write("refresh-client -f pause-after=1\n");
  let rest = "";
  let ready = false;
  tmux.stdout.setEncoding("latin1").on("data", (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith("%extended-output ") || line.startsWith("%output ")) {
        note(line.split(" ", 2)[1]);
      } else if (line.startsWith("%end ") && !ready) {
        ready = true;
        process.send("ready");
      }
    }
  });
  return () => {
    tmux.stdin.end();
    tmux.on("exit", () => process.exit(0));
  };
}

async function followAgentpool(rpcModule, socketPath, version) {
  const { createRpcClient } = await import(rpcModule);
  const client = createRpcClient({ socketPath, version });
  const gone = new AbortController();
  const follow = async () => {
    for await (const { session_id: id } of client.output([], gone.signal)) note(id);
  };
  void follow().then(
    () => process.exit(0),
    (thrown) => {
      console.error(thrown);
      process.exit(1);
    },
  );
  // nothing tells that the stream stands; a call that was asked for later does
  await client.health();
  setTimeout(() => process.send("ready"), 200);
  return () => gone.abort();
}
