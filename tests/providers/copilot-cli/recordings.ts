import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import copilot from "../../../providers/copilot-cli/provider.ts";
import type { Claim, Reading } from "../../../src/provider/definition.ts";
import type { Screen } from "../../../src/provider/read-screen.ts";
import { Play } from "../../support/session.ts";

/** What was captured from the agent lies beside its definition. */
export const providerFolder = join(import.meta.dirname, "../../../providers/copilot-cli");

export interface CapturedScreen {
  /** The folder: what the agent did. */
  readonly state: string;
  readonly name: string;
  readonly screen: Screen;
}

/** Screens as they were captured; their first line tells version, size, date and title. */
export function capturedScreens(): CapturedScreen[] {
  const folder = join(providerFolder, "screens");
  return readdirSync(folder).flatMap((state) =>
    readdirSync(join(folder, state)).map((file) => {
      const text = readFileSync(join(folder, state, file), "utf8").trimEnd();
      const [head = "", ...lines] = text.split("\n");
      const title = /, title: (.*)$/.exec(head)?.[1] ?? "";
      return { state, name: file.replace(/\.txt$/, ""), screen: { lines, title } };
    }),
  );
}

type Told =
  | { readonly channel: "hook"; readonly event: string; readonly payload: object }
  | { readonly channel: "log"; readonly line: object };

/** What the hooks and the log told, in the order in which it arrived. */
export function captured(name: string): Told[] {
  return readFileSync(join(providerFolder, "transcripts", `${name}.jsonl`), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Told);
}

export interface Seen {
  readonly play: Play;
  /** Each state the session went through, once for each time it was entered. */
  readonly states: readonly string[];
  readonly claims: readonly Claim[];
}

/** Reads what was told and plays it against the rules. */
export function replay(
  name: string,
  channels: readonly ("hook" | "log")[] = ["hook", "log"],
): Seen {
  const play = new Play();
  const states: string[] = [play.state];
  const claims: Claim[] = [];
  const memories = new Map<string, unknown>();
  for (const told of captured(name)) {
    const { channel } = told;
    if (!channels.includes(channel)) continue;
    const memory = memories.get(channel) ?? null;
    const reading =
      told.channel === "hook"
        ? readHook(told.event, told.payload, memory)
        : readLine(JSON.stringify(told.line), memory);
    // what is carried over must survive being kept
    memories.set(channel, JSON.parse(JSON.stringify(reading.memory)));
    play.now += 5;
    for (const claim of reading.claims) {
      claims.push(claim);
      play.say(channel, claim);
      if (states.at(-1) !== play.state) states.push(play.state);
    }
  }
  return { play, states, claims };
}

export function readHook(event: string, payload: unknown, memory: unknown = null): Reading {
  if (!copilot.hooks) throw new Error("copilot has hooks");
  return copilot.hooks.read(event, payload, memory);
}

export function readLine(line: string, memory: unknown = null): Reading {
  if (!copilot.log) throw new Error("copilot has a log");
  return copilot.log.read(line, memory);
}
