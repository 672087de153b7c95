import { hooks } from "../../../providers/devin-cli/hooks.ts";
import { log } from "../../../providers/devin-cli/log.ts";
import { moveDelivery, queueDelivery } from "../../../src/domain/delivery-rules.ts";
import { Draft } from "../../../src/domain/draft.ts";
import { restate } from "../../../src/domain/evidence.ts";
import type { Claim } from "../../../src/provider/definition.ts";
import { Play } from "../../support/session.ts";
import { scene, type Told } from "./recordings.ts";

type Channel = Told["channel"];

/** A session that hears a scene as the supervisor would: each channel has its reader's memory. */
export class Replay extends Play {
  readonly #memory: Record<string, unknown> = {};
  readonly #channels: readonly Channel[];
  readonly states: string[] = [];
  readonly claims: Claim[] = [];

  constructor(channels: readonly Channel[] = ["hook", "log"]) {
    super();
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
  hear(name: string, until: (play: Replay) => boolean = () => false): this {
    const began = this.now;
    for (const told of scene(name)) {
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
        ? hooks.read(told.event, told.payload, memory)
        : log.read(told.line, memory);
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

/** Prompts that the agent took. */
export function promptsOf(name: string): string[] {
  return scene(name).flatMap((told) =>
    told.channel === "hook" && told.event === "UserPromptSubmit"
      ? [String(told.payload["prompt"])]
      : [],
  );
}
