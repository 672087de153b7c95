import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { take } from "../../../providers/opencode/events.ts";
import { blank, type Memory } from "../../../providers/opencode/memory.ts";
import type { Claim } from "../../../src/provider/definition.ts";

/** What was recorded from the agent lies beside its definition. */
export const providerFolder = join(import.meta.dirname, "../../../providers/opencode");
const transcripts = join(providerFolder, "transcripts");

/** The session for which the recorded conversation was made. */
export const marker = "ap_0123456789ab";

interface Line {
  readonly event: Record<string, unknown>;
  readonly claims: readonly Claim[];
}

export const recorded = readdirSync(transcripts)
  .filter((name) => name.endsWith(".jsonl"))
  .map((name) => name.replace(/\.jsonl$/, ""));

export function transcriptFile(name: string): string {
  return join(transcripts, `${name}.jsonl`);
}

export function eventsOf(name: string): Record<string, unknown>[] {
  return readFileSync(transcriptFile(name), "utf8")
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { event: Record<string, unknown> }).event);
}

/**
 * Tells the events one after the other, each at the time at which it was recorded.
 * @param keep what becomes of the memory between two events
 */
export function tell(
  events: readonly Record<string, unknown>[],
  from: Memory = blank,
  keep: (memory: Memory) => Memory = (memory) => memory,
): { readonly lines: readonly Line[]; readonly memory: Memory } {
  let memory = from;
  let now = 0;
  const lines = events.map((event) => {
    now = timeOf(event) ?? now;
    const told = take(keep(memory), event, { now, marker });
    memory = told.memory;
    return { event, claims: told.claims };
  });
  return { lines, memory };
}

export function claimsOf(name: string): Claim[] {
  return tell(eventsOf(name)).lines.flatMap(({ claims }) => [...claims]);
}

/** The replies of the agent's server at one moment, by path. */
export function asked(name: string): Record<string, unknown> {
  const file = join(transcripts, "asked", `${name}.json`);
  return JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
}

/** When the newest thing in the event happened. */
function timeOf(event: unknown): number | undefined {
  const times = [
    ...JSON.stringify(event).matchAll(/"(?:created|start|end|completed|time)":(\d+)/g),
  ];
  return times.length === 0 ? undefined : Math.max(...times.map((match) => Number(match[1])));
}
