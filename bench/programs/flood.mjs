// Waits until a file is there, writes megabytes of coloured lines at once, and says in another file
// how long its terminal took to take them. usage: flood.mjs GO DONE MEGABYTES
import { existsSync, renameSync, writeFileSync, writeSync } from "node:fs";

const [go, done, megabytes] = process.argv.slice(2);
const line = `\u001b[32m${"0123456789 the quick brown fox ".repeat(3)}\u001b[0m\n`;
const block = line.repeat(Math.ceil(65_536 / line.length));
const wait = setInterval(() => {
  if (!existsSync(go)) return;
  clearInterval(wait);
  const startedAt = performance.now();
  for (let left = Number(megabytes) * 1e6; left > 0; left -= block.length) write(block);
  const ms = performance.now() - startedAt;
  writeFileSync(`${done}.part`, String(ms));
  renameSync(`${done}.part`, done);
  setInterval(() => undefined, 1e9);
}, 5);

/** The terminal may take a part only. */
function write(text) {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}
