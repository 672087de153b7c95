import { writeSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { createRpcClient } from "../../../src/rpc/client.ts";
import { formatTime } from "../../../src/domain/time.ts";

/**
 * One participant of a thread, asking the supervisor at this socket: `write` replies so many times,
 * `read` reads until it has had so many messages and prints the number and body of each once it has
 * been acknowledged. A supervisor that dies is waited for.
 */
const [socketPath = "", what = "", name = "", thread = "", count = "0"] = process.argv.slice(2);
const version = process.argv[7] ?? "";
const client = createRpcClient({ socketPath, version, reconnect: () => pause(100) });
const ask = (operation: string, input: Record<string, unknown>): Promise<unknown> =>
  client.call(operation, { input: { ...input, agent: name }, cwd: "/" });

if (what === "write") {
  for (let n = 0; n < Number(count); n++) {
    await ask("thread.reply", { thread_id: thread, body: `${name} ${n}` });
  }
} else {
  let had = 0;
  let through: number | undefined;
  while (had < Number(count)) {
    const got = (await ask("message.check", {
      limit: 64,
      timeout_seconds: 30,
      ...(through === undefined ? {} : { ack_through: through }),
    })) as { messages: { n: number; body: string }[]; ack_through: number | null };
    for (const { n, body } of got.messages) writeSync(1, `${n} ${body}\n`);
    had += got.messages.length;
    through = got.ack_through ?? through;
    if (got.messages.length === 0)
      throw new Error(`${had} of ${count} at ${formatTime(Date.now())}`);
  }
  await ask("message.ack", { through });
}
