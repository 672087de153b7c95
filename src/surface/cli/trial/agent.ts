import { AgentpoolError } from "../../../domain/errors.ts";
import type { DeliveryJson, EventJson, PromptJson } from "../../../operations/projection.ts";
import type { Caller } from "../../../rpc/wire.ts";
import type { Witness } from "./witness.ts";

export interface AgentContext {
  readonly caller: Caller;
  readonly witness: Witness;
  readonly env: Readonly<Record<string, string>>;
  readonly repository: string;
  readonly signal: AbortSignal;
  readonly patience: Patience;
}

/** How long is waited for what, in ms. */
export interface Patience {
  readonly startMs: number;
  readonly acceptMs: number;
  readonly turnMs: number;
}

/** One prompt on its way. */
export interface Told {
  readonly deliveryId: string;
  readonly turnId: string;
}

type TurnEnd = Extract<
  EventJson,
  {
    type: "turn_completed" | "turn_failed" | "turn_interrupted" | "turn_limited" | "turn_cancelled";
  }
>;
type PromptOpened = Extract<EventJson, { type: "prompt_opened" }>;

/** How a prompt went on: its turn ended, the agent asks, it was not taken, it is gone, nothing came. */
export type Next =
  | { readonly how: "ended"; readonly event: TurnEnd }
  | { readonly how: "asks"; readonly event: PromptOpened }
  | { readonly how: "refused"; readonly because: string }
  | { readonly how: "gone" }
  | { readonly how: "silent" };

/** Dialogs that are answered by the way before a step is given up. */
const maxDialogs = 8;

/** The session of a trial, driven by the operations that everybody has. */
export class TrialAgent {
  readonly id: string;
  readonly #ctx: AgentContext;
  readonly #handled = new Set<string>();
  /** Events before this one are about an earlier process of the session. */
  #from = 0;

  constructor(ctx: AgentContext, id: string) {
    this.#ctx = ctx;
    this.id = id;
  }

  /** From now on only what comes is looked at: the session begins anew. */
  forgetPast(): void {
    this.#from = this.#ctx.witness.events.length;
  }

  async ask<T>(name: string, input: Readonly<Record<string, unknown>> = {}): Promise<T> {
    const { caller, repository, env, signal } = this.#ctx;
    return (await caller.call(
      name,
      { input: { session_id: this.id, ...input }, cwd: repository, env },
      { signal },
    )) as T;
  }

  /** Sends the next prompt. @throws invalid_task where the agent would not read it as it is */
  async tell(message: string): Promise<Told> {
    const { delivery } = await this.ask<{ readonly delivery: DeliveryJson }>("session.send", {
      message,
      wait: "none",
      expires_seconds: Math.ceil(this.#ctx.patience.acceptMs / 1000),
    });
    return { deliveryId: delivery.id, turnId: delivery.turn_id ?? "" };
  }

  async delivery(id: string): Promise<DeliveryJson | undefined> {
    const { deliveries } = await this.ask<{ readonly deliveries: readonly DeliveryJson[] }>(
      "session.show",
    );
    return deliveries.find((one) => one.id === id);
  }

  /** The first event of this session that fits, or undefined when the time is over. */
  async event<T extends EventJson>(
    fits: (event: EventJson) => event is T,
    timeoutMs: number,
  ): Promise<T | undefined> {
    const { witness, signal } = this.#ctx;
    return witness.until(
      (events) =>
        events.slice(this.#from).find((one): one is T => one.session_id === this.id && fits(one)),
      { timeoutMs, signal },
    );
  }

  /**
   * What comes next of a prompt. Dialogs of a start are agreed to (the folder is ours), others that
   * the step does not expect are declined.
   */
  async next(
    { deliveryId, turnId }: Told,
    expects: "approval" | "question" | "nothing",
    timeoutMs = this.#ctx.patience.turnMs,
  ): Promise<Next> {
    const { witness, signal } = this.#ctx;
    for (let dialogs = 0; dialogs < maxDialogs; dialogs++) {
      const found = await witness.until(
        (events): Next | undefined => {
          for (const event of events.slice(this.#from)) {
            if (event.session_id !== this.id) continue;
            if (isEndOf(event, turnId)) return { how: "ended", event };
            if (event.type === "session_exited") return { how: "gone" };
            if (
              (event.type === "delivery_refused" || event.type === "delivery_expired") &&
              event.delivery_id === deliveryId
            ) {
              return { how: "refused", because: event.because ?? event.type };
            }
            if (event.type === "prompt_opened" && !this.#handled.has(event.prompt_id)) {
              return { how: "asks", event };
            }
          }
          return undefined;
        },
        { timeoutMs, signal },
      );
      if (found === undefined) return { how: "silent" };
      if (found.how !== "asks") return found;
      this.#handled.add(found.event.prompt_id);
      const { kind } = found.event;
      if (kind === expects) return found;
      await this.#settleDialog(found.event);
    }
    return { how: "silent" };
  }

  /** Every dialog of a turn is over when it is; what was asked by the way is answered here. */
  async #settleDialog({ prompt_id, kind }: PromptOpened): Promise<void> {
    try {
      if (kind === "startup") await this.ask("session.approve", { prompt_id });
      else if (kind === "question") await this.answerFirst(prompt_id);
      else await this.ask("session.deny", { prompt_id });
    } catch (thrown) {
      // it went by itself meanwhile
      if (!["prompt_not_found", "prompt_changed"].includes(AgentpoolError.from(thrown).code)) {
        throw thrown;
      }
    }
  }

  /** Answers a question with its first option. @returns what was chosen */
  async answerFirst(promptId: string): Promise<string> {
    const prompt = await this.prompt(promptId);
    const option = prompt?.options[0]?.label;
    const answer = option === undefined ? { text: "blanks" } : { option };
    await this.ask("session.answer", { prompt_id: promptId, ...answer });
    return option ?? "blanks";
  }

  async prompt(id: string): Promise<PromptJson | undefined> {
    const { prompts } = await this.ask<{ readonly prompts: readonly PromptJson[] }>("session.show");
    return prompts.find((one) => one.id === id);
  }
}

function isEndOf(event: EventJson, turnId: string): event is TurnEnd {
  switch (event.type) {
    case "turn_completed":
    case "turn_failed":
    case "turn_interrupted":
    case "turn_limited":
    case "turn_cancelled":
      return event.turn_id === turnId;
    default:
      return false;
  }
}
