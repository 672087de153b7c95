import type { Machine } from "../machine.ts";
import { quote } from "./quote.ts";
import type { Ask } from "./server.ts";

/**
 * Ends control clients that a predecessor left behind. tmux lets a control client go only when
 * all its output was written, which can never be once whoever read it was killed in the middle of
 * it (tmux 3.3a): the client stays for ever, and so does a server that is told to end. Asked by
 * SIGTERM the client leaves in order.
 * @param own pids of the clients that stay
 */
export async function endLeftClients(
  ask: Ask,
  own: readonly number[],
  machine: Pick<Machine, "process" | "signal">,
): Promise<void> {
  const format = quote("#{client_control_mode} #{client_pid}");
  const { blocks } = await ask([`list-clients -F ${format}`], { again: true });
  for (const line of blocks.flat()) {
    const [control, pid] = line.split(" ").map(Number);
    if (control !== 1 || pid === undefined || own.includes(pid)) continue;
    const client = await machine.process(pid);
    if (client?.name.startsWith("tmux") === true) await machine.signal(client, "SIGTERM");
  }
}
