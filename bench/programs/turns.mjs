// An agent without channels of its own: it works and stops, over and over, and tells when it wrote
// last. usage: turns.mjs SOCKET ROUNDS
import { connect } from "node:net";

const [socket, rounds] = process.argv.slice(2);
const session = process.env["AGENTPOOL_SESSION_ID"];
const workMs = 400;
const restMs = 1_600;
const rule = "─".repeat(200);
const listener = connect(socket);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function draw(first) {
  process.stdout.write(
    `\u001b[2J\u001b[40;1H${first}\r\n${rule}\r\n❯ \r\n${rule}\r\n  ? for help · bench`,
  );
}

draw("  ready");
// so long an agent may take before it begins with the prompt it was started with
await pause(6_000 + Math.random() * 500);
for (let round = 0; round < Number(rounds); round++) {
  for (let spent = 0; spent < workMs; spent += 50) {
    draw(`⠋ Working… (${round}s · esc to interrupt)`);
    await pause(50);
  }
  const at = Number(process.hrtime.bigint());
  draw("  done");
  listener.write(`${JSON.stringify({ session, at })}\n`);
  await pause(restMs + Math.random() * 200);
}
listener.end();
setInterval(() => undefined, 1e9);
