import { hooks } from "../../../providers/claude-code/hooks.ts";
import { log } from "../../../providers/claude-code/log.ts";
import { statusFile } from "../../../providers/claude-code/status-file.ts";
import { moveDelivery, queueDelivery } from "../../../src/domain/delivery-rules.ts";
import { Draft } from "../../../src/domain/draft.ts";
import { restate } from "../../../src/domain/evidence.ts";
import type { Claim, Reading } from "../../../src/provider/definition.ts";
import { Play, t0 } from "../../support/session.ts";
import { scene, type Told } from "./recordings.ts";

/** A session that hears a scene as the supervisor would: each channel has its reader's memory. */
export class Replay extends Play {
  readonly #memory: Record<string, unknown> = {};

  /** Claims of one thing the agent told. */
  read(told: Told): { readonly source: "hook" | "log"; readonly claims: readonly Claim[] } {
    const reading = this.#read(told);
    this.#memory[told.channel] = JSON.parse(JSON.stringify(reading.memory ?? null));
    return { source: told.channel === "hook" ? "hook" : "log", claims: reading.claims };
  }

  #read(told: Told): Reading {
    const memory = this.#memory[told.channel] ?? null;
    if (told.channel === "hook") return hooks.read(told.event, told.payload, memory);
    if (told.channel === "log") return log.read(JSON.stringify(told.line), memory);
    return statusFile.read(told.text, memory);
  }

  /** A text of ours was submitted; the agent will show that it took it. */
  send(text: string, via: "pane" | "launch" = "pane"): void {
    const draft = new Draft(this.view);
    const { id } = queueDelivery(draft, this.context, {
      text,
      preview: text,
      sizeBytes: text.length,
      sha256: "",
      via,
      when: "idle",
      author: "tester",
      idempotencyKey: null,
      acceptance: "exact",
      promptId: null,
      ttlMs: 600_000,
    });
    if (via === "pane") moveDelivery(draft, this.context, id, "pasted", null);
    moveDelivery(draft, this.context, id, "submitted", null);
    restate(draft, this.now, this.now);
    this.view = draft.view();
  }

  /** Takes in the scene to its end, or until it stands as wanted. */
  hear(name: string, until: (play: Replay) => boolean = () => false): this {
    const began = this.now;
    for (const told of scene(name)) {
      this.pass(began + told.at_ms - this.now);
      const { source, claims } = this.read(told);
      for (const claim of claims) this.say(source, atScene(claim, began));
      this.states.push(this.state);
      if (until(this)) break;
    }
    return this;
  }

  /** The states after each thing that was told, from the first turn on, without repetitions. */
  get course(): string[] {
    const begun = this.states.findIndex((state) => state !== "starting" && state !== "idle");
    return this.states.slice(begun).filter((state, at, all) => state !== all[at - 1]);
  }

  readonly states: string[] = [];
}

/** Times of the agent's clock are recorded as if the scene had begun at t0. */
function atScene(claim: Claim, began: number): Claim {
  return claim.kind === "dialog_closed" && claim.openedBefore !== undefined
    ? { ...claim, openedBefore: claim.openedBefore - t0 + began }
    : claim;
}

/** Prompts of a scene as they were typed, from the agent's own log. */
export function promptsOf(name: string): string[] {
  return scene(name).flatMap((told) =>
    told.channel === "hook" && told.event === "UserPromptSubmit"
      ? [String(told.payload["prompt"])].filter((text) => !text.startsWith("<"))
      : [],
  );
}
