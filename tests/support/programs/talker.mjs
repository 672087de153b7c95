// An agent with a server of its own, as small as one can be. It keeps a log of what happened, sends
// it to whoever follows, and notes in its record what it really took.
//   node talker.mjs <port> <record> [fault=times]...
// Faults, each as often as it says: `unheard` (a text is neither taken nor answered), `unanswered`
// (it is taken and not answered), `late`, `refuse`.
import { appendFileSync } from "node:fs";
import { createServer } from "node:http";

const [port, record, ...given] = process.argv.slice(2);
const faults = Object.fromEntries(given.map((one) => one.split("=")));
const log = [];
const followers = new Set();
let draft = "";
let turn = null;
let dialog = null;

function note(fact, fields) {
  appendFileSync(record, `${JSON.stringify({ fact, ...fields })}\n`);
}

function tell(type, fields) {
  log.push({ n: log.length + 1, type, ...fields });
  for (const follower of followers) follower.write(`data: ${JSON.stringify(log.at(-1))}\n\n`);
}

function draw() {
  const lines = dialog ? ["May I?", " yes   no"] : [turn ? "* at work" : "", `> ${draft}`];
  process.stdout.write(`\u001b[H\u001b[2Jtalker\r\n${lines.join("\r\n")}`);
}

function take(id, text, via) {
  note("prompt", { id, text, via });
  tell("taken", { id, text });
  turn = { id, text };
  if (text.startsWith("ask")) {
    dialog = `d${log.length}`;
    tell("asked", { dialog });
  } else if (!text.startsWith("wait")) end("completed", `heard ${text}`);
  draw();
}

function end(outcome, result) {
  tell("ended", { id: turn.id, outcome, result });
  turn = null;
  dialog = null;
  draw();
}

function answer(reply, by) {
  note("answer", { reply, by });
  tell("answered", { dialog, reply });
  end("completed", `answered ${reply}`);
}

/** Whether the fault is due; counts it. */
function meets(fault) {
  if (!(Number(faults[fault]) > 0)) return false;
  faults[fault] -= 1;
  note("fault", { fault });
  return true;
}

function say(response, { id, text }) {
  if (meets("unheard")) return;
  if (meets("late")) return reply(response, 409, {});
  if (meets("refuse")) return reply(response, 400, { why: "no such texts" });
  if (!log.some((one) => one.type === "taken" && one.id === id)) take(id, text, "server");
  if (meets("unanswered")) return;
  reply(response, 200, {});
}

function reply(response, status, body) {
  response.writeHead(status).end(JSON.stringify(body));
}

createServer((request, response) => void serve(request, response)).listen(
  Number(port),
  "127.0.0.1",
  draw,
);

process.stdin.setRawMode?.(true);
process.stdin.setEncoding("utf8").on("data", (keys) => {
  for (const key of keys) {
    if (dialog) {
      if (key === "y" || key === "n") answer(key === "y" ? "yes" : "no", "key");
    } else if (key === "\r") {
      const text = draft;
      draft = "";
      if (text !== "") take(`typed-${log.length}`, text, "keys");
    } else if (key >= " ") draft += key;
  }
  draw();
});

async function serve(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString("utf8")) : {};
  switch (request.url) {
    case "/events":
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: {}\n\n");
      followers.add(response);
      return request.socket.on("close", () => followers.delete(response));
    case "/log":
      return reply(response, 200, { log });
    case "/hang-up":
      for (const follower of followers) follower.destroy();
      return reply(response, 200, {});
    case "/say":
      return say(response, body);
    case "/stop":
      note("stopped", { turn: turn?.id });
      if (turn) end("interrupted", null);
      return reply(response, 200, {});
    default:
      if (body.dialog !== dialog || dialog === null) return reply(response, 404, {});
      answer(body.reply, "server");
      return reply(response, 200, {});
  }
}
