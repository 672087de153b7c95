import { hooks } from "../../../providers/devin-cli/hooks.ts";
import { log } from "../../../providers/devin-cli/log.ts";
import { SceneReplay, type Told } from "../../support/scene-replay.ts";
import { scene } from "./recordings.ts";

/** A session of this agent that nobody has told anything yet. */
export function newReplay(channels?: readonly Told["channel"][]): SceneReplay {
  return new SceneReplay({ hooks, log }, channels);
}

/** Prompts that the agent took. */
export function promptsOf(name: string): string[] {
  return scene(name).flatMap((told) =>
    told.channel === "hook" && told.event === "UserPromptSubmit"
      ? [String(told.payload["prompt"])]
      : [],
  );
}
