import { moveDelivery, queueDelivery } from "../../src/domain/delivery-rules.ts";
import { Draft } from "../../src/domain/draft.ts";
import { restate } from "../../src/domain/evidence.ts";
import type { Claim, HookReader, LogReader } from "../../src/provider/definition.ts";
import { Play } from "./session.ts";

/** One thing the agent told, and when, in ms since the scene began. */
export type Told = { readonly at_ms: number } & (
  | { readonly channel: "hook"; readonly event: string; readonly payload: Record<string, unknown> }
  | { readonly channel: "log"; readonly line: string | Record<string, unknown> }
);

export interface Readers {
  readonly hooks: Pick<HookReader, "read">;
  readonly log: Pick<LogReader, "read">;
}

/** A session that hears a scene as the supervisor would: each channel has its reader's memory. */
export class SceneReplay extends Play {
  readonly #memory: Record<string, unknown> = {};
  readonly #readers: Readers;
  readonly #channels: readonly Told["channel"][];
  readonly states: string[] = [];
  readonly claims: Claim[] = [];

  constructor(readers: Readers, channels: readonly Told["channel"][] = ["hook", "log"]) {
    super();
    this.#readers = readers;
    this.#channels = channels;
  }

  /** A text of ours was submitted; the agent will show that it took it. */
  send(text: string): void {
    const draft = new Draft(this.view);
    const { id } = queueDelivery(draft, this.context, {
      text,
      preview: text,
      sizeBytes: text.length,
      sha256: "",
      via: "pane",
      when: "idle",
      author: "tester",
      idempotencyKey: null,
      acceptance: "exact",
      promptId: null,
      ttlMs: 600_000,
    });
    moveDelivery(draft, this.context, id, "pasted", null);
    moveDelivery(draft, this.context, id, "submitted", null);
    restate(draft, this.now, this.now);
    this.view = draft.view();
  }

  /** Takes in the scene to its end, or until it stands as wanted. */
  hear(scene: readonly Told[], until: (play: SceneReplay) => boolean = () => false): this {
    const began = this.now;
    for (const told of scene) {
      if (!this.#channels.includes(told.channel)) continue;
      this.pass(began + told.at_ms - this.now);
      this.#take(told);
      this.states.push(this.state);
      if (until(this)) break;
    }
    return this;
  }

  #take(told: Told): void {
    const memory = this.#memory[told.channel] ?? null;
    const reading =
      told.channel === "hook"
        ? this.#readers.hooks.read(told.event, told.payload, memory)
        : this.#readers.log.read(textOf(told.line), memory);
    // what is carried over must survive being kept
    this.#memory[told.channel] = JSON.parse(JSON.stringify(reading.memory ?? null));
    const own = this.view.session.agentSessionId;
    const identifies = reading.claims.some(({ kind }) => kind === "agent_identified");
    const foreign =
      reading.conversation != null && own !== null && reading.conversation !== own && !identifies;
    for (const claim of reading.claims) {
      if (!foreign) this.claims.push(claim);
      this.say(told.channel, claim, { foreign });
    }
  }

  /** The states after each thing that was told, from the first turn on, without repetitions. */
  get course(): string[] {
    const begun = this.states.findIndex((state) => state !== "starting" && state !== "idle");
    return this.states.slice(begun).filter((state, at, all) => state !== all[at - 1]);
  }
}

function textOf(line: string | Record<string, unknown>): string {
  return typeof line === "string" ? line : JSON.stringify(line);
}
