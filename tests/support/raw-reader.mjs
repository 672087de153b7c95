// Reads what is pasted into its terminal, byte by byte, as a full-screen program does, and writes
// it to the file named first once the bracketed paste ended; then exits, unless told to go on.
import { writeFileSync } from "node:fs";

const [file] = process.argv.slice(2);
const start = Buffer.from("\u001b[200~");
const end = Buffer.from("\u001b[201~");
const chunks = [];
let size = 0;

process.stdin.setRawMode(true);
process.stdin.on("data", (chunk) => {
  chunks.push(chunk);
  size += chunk.length;
  const tail = Buffer.concat([chunks.at(-2) ?? Buffer.alloc(0), chunk]);
  if (!tail.includes(end)) return;
  const all = Buffer.concat(chunks, size);
  writeFileSync(file, all.subarray(all.indexOf(start) + start.length, all.indexOf(end)));
  process.exit(0);
});
process.stdout.write("\u001b[?2004hready\r\n");
