import { join } from "node:path";
import type { CliHome } from "./cli-home.ts";
import { readRecord } from "./home.ts";

/** A scripted agent that was spawned by the command line, with its own record beside it. */
export interface CliAgent {
  readonly name: string;
  /** What the agent itself noted, of one kind. */
  readonly facts: (kind: string) => readonly Record<string, unknown>[];
  /** The prompts it took, in order. */
  readonly prompts: () => readonly unknown[];
  /** What its dialogs were answered, in order. */
  readonly answers: () => readonly unknown[];
}

export interface CliAgentOptions {
  readonly name?: string;
  /** Options of the scripted agent. */
  readonly set?: Readonly<Record<string, string>>;
  /** Further words of the command. */
  readonly args?: readonly string[];
}

/** The words that spawn a scripted agent, and what will be known of it by its own record. */
export function agentToSpawn(
  home: CliHome,
  task: string,
  { name = "s", set = {}, args = [] }: CliAgentOptions = {},
): { readonly agent: CliAgent; readonly words: readonly string[] } {
  const record = join(home.folder, `record-${name}.jsonl`);
  const options = Object.entries({ record, ...set }).flatMap(([key, value]) => [
    "--provider-option",
    `${key}=${value}`,
  ]);
  const facts = (kind: string): Record<string, unknown>[] =>
    readRecord(record).filter((one) => one["fact"] === kind);
  return {
    words: ["spawn", "-p", "fake", "--name", name, "--task", task, ...options, ...args],
    agent: {
      name,
      facts,
      prompts: () => facts("prompt").map((one) => one["text"]),
      answers: () => facts("answer").map((one) => one["option"] ?? one["text"]),
    },
  };
}

/** Spawns one and waits for a word, `completed` unless told otherwise. */
export async function spawnAgent(
  home: CliHome,
  task: string,
  options: CliAgentOptions & { readonly until?: string } = {},
): Promise<CliAgent> {
  const { agent, words } = agentToSpawn(home, task, options);
  await home.run(words);
  const { until = "completed" } = options;
  await home.run(["observe", agent.name, "--wait-for", until, "--timeout", "60s"]);
  return agent;
}
