import codex from "../../../providers/codex-cli/provider.ts";
import type { Claim, Reading } from "../../../src/provider/definition.ts";
import {
  capturedScene,
  capturedScreens as screensOf,
  folderOf,
  type CapturedScreen,
} from "../../support/captures.ts";
import { Play } from "../../support/session.ts";

const id = "codex-cli";

export const providerFolder = folderOf(id);

export const capturedScreens = (): CapturedScreen[] => screensOf(id);

type Told =
  | { readonly channel: "hook"; readonly event: string; readonly payload: object }
  | { readonly channel: "log"; readonly file: string; readonly line: object };

/** What the hooks and the rollouts told, in the order in which it arrived. */
export function captured(name: string): Told[] {
  return capturedScene<Told>(id, name);
}

export interface Seen {
  readonly play: Play;
  /** Each state the session went through, once for each time it was entered. */
  readonly states: readonly string[];
  readonly claims: readonly Claim[];
}

/**
 * Reads what was told and plays it against the rules. As in a session, a rollout is read from its
 * beginning once a hook has named it; without hooks it is the one that was written first.
 */
export function replay(
  name: string,
  channels: readonly ("hook" | "log")[] = ["hook", "log"],
): Seen {
  const told = captured(name);
  const play = new Play();
  const states: string[] = [play.state];
  const claims: Claim[] = [];
  const arrived = new Map<string, string[]>();
  const memories = new Map<string, unknown>();
  let followed = channels.includes("hook")
    ? undefined
    : told.flatMap((one) => (one.channel === "log" ? [one.file] : []))[0];

  const take = (channel: "hook" | "log", key: string, read: (memory: unknown) => Reading): void => {
    const reading = read(memories.get(key) ?? null);
    // what is carried over must survive being kept
    memories.set(key, JSON.parse(JSON.stringify(reading.memory)));
    if (reading.logPath) followed = /-([0-9a-f-]{36})\.jsonl$/.exec(reading.logPath)?.[1];
    play.now += 5;
    for (const claim of reading.claims) {
      claims.push(claim);
      play.say(channel, claim);
      if (states.at(-1) !== play.state) states.push(play.state);
    }
  };
  for (const one of told) {
    if (one.channel === "hook" && channels.includes("hook")) {
      take("hook", "hook", (memory) => readHook(one.event, one.payload, memory));
    }
    if (one.channel === "log") {
      const lines = arrived.get(one.file) ?? [];
      arrived.set(one.file, [...lines, JSON.stringify(one.line)]);
    }
    if (!channels.includes("log") || followed === undefined) continue;
    const file = followed;
    for (const line of arrived.get(file)?.splice(0) ?? []) {
      take("log", file, (memory) => readLine(line, memory));
    }
  }
  return { play, states, claims };
}

export function readHook(event: string, payload: unknown, memory: unknown = null): Reading {
  if (!codex.hooks) throw new Error("codex has hooks");
  return codex.hooks.read(event, payload, memory);
}

export function readLine(line: string, memory: unknown = null): Reading {
  if (!codex.log) throw new Error("codex has a log");
  return codex.log.read(line, memory);
}
