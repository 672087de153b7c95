// Stands between us and a real tmux control client, so that a test can make the client fall
// silent. usage: control-relay.mjs TMUX MUTE-FILE ARGS...
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";

const [tmux, mute, ...args] = process.argv.slice(2);
const client = spawn(tmux, args, { stdio: ["pipe", "pipe", "inherit"] });
process.stdin.on("data", (chunk) => existsSync(mute) || client.stdin.write(chunk));
process.stdin.on("end", () => client.stdin.end());
client.stdout.on("data", (chunk) => existsSync(mute) || process.stdout.write(chunk));
client.on("exit", (code) => process.exit(code ?? 1));
