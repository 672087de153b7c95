import { hooks } from "../../../providers/droid-cli/hooks.ts";
import { log } from "../../../providers/droid-cli/log.ts";
import { SceneReplay, type Told } from "../../support/scene-replay.ts";
import { scene } from "./recordings.ts";

/** A session of this agent that nobody has told anything yet. */
export function newReplay(channels?: readonly Told["channel"][]): SceneReplay {
  return new SceneReplay({ hooks, log }, channels);
}

/** Prompts that were typed; a sub-agent's begin with a head of the agent's own. */
export function promptsOf(name: string): string[] {
  return scene(name).flatMap((told) =>
    told.channel === "hook" && told.event === "UserPromptSubmit"
      ? [String(told.payload["prompt"])].filter(
          (text) => !/^(?:Background task|# Task Tool Invocation)/.test(text),
        )
      : [],
  );
}
