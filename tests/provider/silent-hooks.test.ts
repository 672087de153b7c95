import { describe, expect, test } from "vitest";
import { hookWithinMs } from "../../src/domain/silent-hooks.ts";
import type { Play } from "../support/session.ts";
import { Replay as ClaudeReplay } from "../providers/claude-code/replay.ts";
import { replay as codexReplay } from "../providers/codex-cli/recordings.ts";
import { replay as copilotReplay } from "../providers/copilot-cli/recordings.ts";
import { scene as devinScene } from "../providers/devin-cli/recordings.ts";
import { newReplay as devinReplay } from "../providers/devin-cli/replay.ts";
import { scene as droidScene } from "../providers/droid-cli/recordings.ts";
import { newReplay as droidReplay } from "../providers/droid-cli/replay.ts";
import { sceneNames } from "../support/captures.ts";

/** How each agent's recordings are played. */
const players: Readonly<Record<string, (name: string) => Play>> = {
  "claude-code": (name) => new ClaudeReplay().hear(name),
  "codex-cli": (name) => codexReplay(name).play,
  "copilot-cli": (name) => copilotReplay(name).play,
  "devin-cli": (name) => devinReplay().hear(devinScene(name)),
  "droid-cli": (name) => droidReplay().hear(droidScene(name)),
};

/** The same agents, whose hooks were dropped. */
const withoutHooks: readonly (readonly [string, () => Play])[] = [
  ["codex-cli", () => codexReplay("completed", ["log"]).play],
  ["copilot-cli", () => copilotReplay("completed", ["log"]).play],
  ["droid-cli", () => droidReplay(["log"]).hear(droidScene("completed"))],
];

describe.each(Object.entries(players))("the recordings of %s", (provider, player) => {
  test.each(sceneNames(provider))("%s: its hooks are never called silent", (name) => {
    const play = player(name);
    play.pass(hookWithinMs * 2);
    expect(play.events).not.toContain("channel_lost");
  });
});

test.each(withoutHooks)("%s whose hooks were dropped is told of by its log alone", (_, player) => {
  const play = player();
  play.pass(hookWithinMs * 2);
  expect(play.events.filter((one) => one === "channel_lost")).toHaveLength(1);
});
