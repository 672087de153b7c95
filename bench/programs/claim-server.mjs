// The least that gives tasks out safely: a line on a socket, one commit, a line back.
// node claim-server.mjs <socket> <file> <tasks>
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const [, , socketPath, file, tasks] = process.argv;
const Database = createRequire(import.meta.url)("better-sqlite3");
const database = new Database(file);
database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
  CREATE TABLE tasks (id INTEGER PRIMARY KEY, state TEXT, holder TEXT);
  CREATE INDEX pending ON tasks (id) WHERE state = 'pending';`);
const insert = database.prepare("INSERT INTO tasks (state) VALUES ('pending')");
database.transaction(() => {
  for (let n = 0; n < Number(tasks); n++) insert.run();
})();
const claim = database.prepare(`UPDATE tasks SET state = 'claimed', holder = ?
  WHERE id = (SELECT id FROM tasks WHERE state = 'pending' ORDER BY id LIMIT 1) RETURNING id`);
const server = createServer((socket) => {
  socket.on("error", () => undefined);
  createInterface({ input: socket }).on("line", (holder) => {
    socket.write(`${claim.get(holder)?.id ?? ""}\n`);
  });
});
server.listen(socketPath, () => process.stdout.write("ready\n"));
