import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AgentpoolError } from "../../../domain/errors.ts";
import type { Observed, Part } from "./play.ts";

/** Asks one operation about the session. */
type Ask = (name: string, input: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** The last lines of a screen say what it shows. */
const linesShown = 20;

/** What is told of an agent that does not go on: its state, what its task waits for, its screen. */
export async function stuck(
  ask: Ask,
  part: Part,
  { seen, what }: { readonly seen: Observed; readonly what: string },
): Promise<AgentpoolError> {
  const { deliveries } = (await ask("session.show", {})) as {
    readonly deliveries: readonly { readonly state: string; readonly because: string | null }[];
  };
  const waits = deliveries.find(({ state, because }) => state !== "accepted" && because !== null);
  const { artifact_dir: folder } = (await ask("session.collect", {})) as {
    readonly artifact_dir: string;
  };
  const screen = lastLines(join(folder, "screen.txt"));
  return new AgentpoolError("wait_timed_out", `${part.name} (${part.provider}) ${what}`, {
    why: [
      `It is ${seen.state}: ${seen.because}.`,
      ...(waits ? [`Its task is ${waits.state}: ${waits.because}.`] : []),
      screen === "" ? "Its screen shows nothing." : `Its screen shows:\n${screen}`,
    ].join(" "),
    hint: `Look into it: agentpool try --provider ${part.provider} --keep, then agentpool attach ${part.name}`,
  });
}

function lastLines(file: string): string {
  try {
    const lines = readFileSync(file, "utf8").split("\n");
    return lines
      .filter((line) => line.trim() !== "")
      .slice(-linesShown)
      .join("\n");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw thrown;
  }
}
