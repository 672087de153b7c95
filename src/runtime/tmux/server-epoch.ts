import { existsSync } from "node:fs";
import { askForked } from "./forked-client.ts";
import { quote } from "./quote.ts";

export interface ServerEpochOptions {
  readonly socketPath: string;
  readonly env: Readonly<Record<string, string>>;
  /** Default `tmux`. */
  readonly tmuxBinary?: string;
}

const timeoutMs = 5_000;

/**
 * The epoch of the tmux server on this socket; 0 where there is none, or it cannot be asked. A
 * server outlives the store that it was started for when somebody moves that aside.
 */
export async function serverEpoch(options: ServerEpochOptions): Promise<number> {
  const { socketPath, env, tmuxBinary = "tmux" } = options;
  if (!existsSync(socketPath)) return 0;
  try {
    const tmux = [tmuxBinary, "-u", "-S", socketPath, "-f", "/dev/null", "-N"];
    const asked = [`display-message -p ${quote("#{@ap_epoch}")}`];
    const { blocks } = await askForked(asked, { tmux, env, timeoutMs });
    return Number(blocks[0]?.[0] ?? 0) || 0;
  } catch {
    // who connects to it learns why, and says so
    return 0;
  }
}
