// Loaded first by the supervisor of a copied build: ends that process as `kill -9` does, at an
// exact instant. `<home>/kill.json` names it: the n-th commit or request to tmux from now on,
// before it is made or right after it was. Another signal may be named.
import { readFileSync, renameSync } from "node:fs";

const { Database } = await import(new URL("../store/sqlite/database.js", import.meta.url));
const { ControlClient } = await import(
  new URL("../runtime/tmux/control-client.js", import.meta.url)
);

const orders = `${process.env.AGENTPOOL_HOME}/kill.json`;
const counts = { commit: 0, ask: 0 };
let armed = "";

function dieIf(step, moment) {
  let text;
  try {
    text = readFileSync(orders, "utf8");
  } catch {
    return;
  }
  if (text !== armed) {
    armed = text;
    counts.commit = 0;
    counts.ask = 0;
  }
  const order = JSON.parse(text);
  if (moment === "before") counts[step] += 1;
  if (order.step !== step || order.moment !== moment || counts[step] !== order.n) return;
  renameSync(orders, `${orders}.done`);
  process.kill(process.pid, order.signal ?? "SIGKILL");
}

const { write } = Database.prototype;
Database.prototype.write = function (action, committed) {
  dieIf("commit", "before");
  const result = write.call(this, action, committed);
  dieIf("commit", "after");
  return result;
};

const { ask } = ControlClient.prototype;
ControlClient.prototype.ask = function (commands) {
  dieIf("ask", "before");
  const answer = ask.call(this, commands);
  answer.then(
    () => dieIf("ask", "after"),
    () => undefined,
  );
  return answer;
};
