import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { normalise } from "../../../../domain/delivery.ts";
import type { TrialAgent } from "../agent.ts";
import { failed, unseen, wordsOf } from "../seen.ts";
import { accepted } from "./accepted.ts";
import type { Step } from "./step.ts";

/** Whether the agent's own record holds the text byte for byte. */
export const exact: Step = async (stage, agent, told, text) => {
  const next = await agent.next(told, "nothing");
  await stage.leave(agent, next);
  const taken = await accepted(agent, told);
  if (next.how !== "ended" || next.event.type !== "turn_completed") {
    return { ...failed(wordsOf(next)), source: taken.source };
  }
  if (taken.status === "failed") return taken;
  const { source, event, ms } = taken;
  const common = { source, event, ms };
  const heard = await toldBy(agent);
  if (heard.length === 0) {
    return { ...unseen("it took the text; it keeps no record to compare with"), ...common };
  }
  const same = likeness(heard, text);
  if (same === undefined) return { ...failed("its own record holds another text"), ...common };
  return { ...common, status: "ok", evidence: `${Buffer.byteLength(text)} bytes${same}` };
};

function likeness(heard: readonly string[], text: string): string | undefined {
  if (heard.some((one) => one === text)) return ", the same in its own record";
  if (heard.some((one) => one.includes(text))) return ", the same within its own record";
  if (heard.some((one) => normalise(one) === normalise(text))) {
    return "; its own record has the same words with other blanks";
  }
  return undefined;
}

/** The prompts in the agent's own record. */
async function toldBy(agent: TrialAgent): Promise<string[]> {
  const { artifact_dir: folder } = await agent.ask<{ readonly artifact_dir: string }>(
    "session.collect",
  );
  const file = join(folder, "transcript.jsonl");
  if (!existsSync(file)) return [];
  const entries = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { readonly role: string; readonly text: string });
  return entries.filter(({ role }) => role === "user").map(({ text }) => text);
}
