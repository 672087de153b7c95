// Writes numbered lines at a steady rate. usage: lines.mjs LINES_PER_SECOND
const rate = Number(process.argv[2]);
const now = () => Number(process.hrtime.bigint());
const startedAt = now();
let written = 0;
setInterval(() => {
  const due = Math.floor(((now() - startedAt) / 1e9) * rate);
  let text = "";
  while (written < due) text += `line ${String(written++).padStart(9, "0")} of this agent\n`;
  process.stdout.write(text);
}, 2);
