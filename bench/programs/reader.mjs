// An agent that reads its terminal raw, draws an input line, and tells when bytes arrived.
// usage: reader.mjs SOCKET [hook for the prompt, hook for the end]
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { connect } from "node:net";

const [socket, taken, ended] = process.argv.slice(2);
const session = process.env["AGENTPOOL_SESSION_ID"] ?? "bare";
const rule = "─".repeat(200);
const listener = connect(socket);
const tell = (fact) => listener.write(`${JSON.stringify({ session, ...fact })}\n`);
const [begin, end] = ["\u001b[200~", "\u001b[201~"].map((text) => Buffer.from(text));
/** Also of the shape that a composer shows instead of a long paste. */
const placeholder = (bytes) => `[Pasted text: ${bytes} bytes]`;

let draft = "";
let paste;
let firstAt = 0;

process.stdin.setRawMode(true);
process.stdout.write("\u001b[?2004h");
draw();
process.stdin.on("data", (chunk) => {
  const at = Number(process.hrtime.bigint());
  take(chunk, at);
});
if (taken) {
  await hook(taken, { prompt: "stand still" });
  await hook(ended, {});
}
tell({ fact: "ready" });

function take(chunk, at) {
  let rest = chunk;
  while (rest.length > 0) {
    if (paste) {
      const all = Buffer.concat([paste.tail, rest]);
      const stop = all.indexOf(end);
      if (stop < 0) {
        // a mark may be cut
        const keep = Math.max(0, all.length - end.length);
        paste.hash.update(all.subarray(0, keep));
        paste.pieces.push(all.subarray(0, keep));
        paste.tail = all.subarray(keep);
        return;
      }
      paste.hash.update(all.subarray(0, stop));
      paste.pieces.push(all.subarray(0, stop));
      finish(at);
      rest = all.subarray(stop + end.length);
    } else {
      const start = rest.indexOf(begin);
      if (start === 0) {
        firstAt = at;
        paste = { hash: createHash("sha256"), pieces: [], tail: Buffer.alloc(0) };
        rest = rest.subarray(begin.length);
      } else {
        keys(start < 0 ? rest : rest.subarray(0, start));
        rest = start < 0 ? Buffer.alloc(0) : rest.subarray(start);
      }
    }
  }
}

function finish(at) {
  const text = Buffer.concat(paste.pieces);
  tell({
    fact: "paste",
    firstAt,
    lastAt: at,
    bytes: text.length,
    sha256: paste.hash.digest("hex"),
  });
  // terminals turn line feeds of a paste into returns
  draft = text.toString("utf8").replaceAll("\r", "\n");
  paste = undefined;
  draw();
}

function keys(bytes) {
  const text = bytes.toString("latin1");
  if (text.includes("\u0015")) draft = "";
  if (!text.includes("\r")) return draw();
  const prompt = draft;
  draft = "";
  draw();
  if (!taken) return;
  void hook(taken, { prompt }).then(() => hook(ended, {}));
}

function draw() {
  const shown = Buffer.byteLength(draft) > 1_000 ? placeholder(Buffer.byteLength(draft)) : draft;
  const lines = ["  ready", rule, `❯ ${shown}`, rule, "  ? for help · bench"];
  process.stdout.write(`\u001b[2J\u001b[40;1H${lines.join("\r\n")}`);
}

function hook(command, payload) {
  return new Promise((resolve) => {
    const child = spawn("/bin/sh", ["-c", command], { stdio: ["pipe", "ignore", "ignore"] });
    child.stdin.end(JSON.stringify(payload));
    child.on("close", resolve);
  });
}
