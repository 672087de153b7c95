import copilot from "../../../providers/copilot-cli/provider.ts";
import type { Claim, Reading } from "../../../src/provider/definition.ts";
import {
  capturedScene,
  capturedScreens as screensOf,
  folderOf,
  type CapturedScreen,
} from "../../support/captures.ts";
import { Play } from "../../support/session.ts";

const id = "copilot-cli";

export const providerFolder = folderOf(id);

export const capturedScreens = (): CapturedScreen[] => screensOf(id);

type Told =
  | { readonly channel: "hook"; readonly event: string; readonly payload: object }
  | { readonly channel: "log"; readonly line: object };

/** What the hooks and the log told, in the order in which it arrived. */
export function captured(name: string): Told[] {
  return capturedScene<Told>(id, name);
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
