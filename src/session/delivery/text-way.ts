import type { Delivery } from "../../domain/delivery.ts";
import { moveDelivery } from "../../domain/delivery-rules.ts";
import { hasWorked } from "../../domain/session.ts";
import type { HandedOver, TextChannel } from "../../provider/definition.ts";
import type { LiveSession } from "../live-session.ts";
import type { ApiSource } from "../sources/api.ts";
import type { ScreenSource } from "../sources/screen.ts";

/** The agent's own channel for texts, for one session. */
export interface TextWay {
  /** How the text travels now, or why it must wait. */
  choose(delivery: Delivery): Promise<"api" | "pane" | { readonly because: string }>;
  /**
   * Hands it over, once, whatever is killed meanwhile: the id it will have is kept before the agent
   * hears of it. Throws while the agent does not answer.
   */
  give(delivery: Delivery, text: string): Promise<HandedOver>;
}

export function openTextWay(
  live: LiveSession,
  { screen, api, texts }: { screen: ScreenSource; api: ApiSource; texts: TextChannel },
): TextWay {
  return {
    choose: async (delivery) => {
      // a command is one only where a person would type it, and an answer goes where its question is
      if (delivery.promptId !== null || delivery.acceptance === "none") return "pane";
      if (!api.isExpected) return "pane";
      if (!api.isUp) return { because: "the agent's API does not answer" };
      // the first text makes a conversation, and only a screen that stands can show it
      if (!hasWorked(live.session) && !(await screen.look())?.reading?.composer) {
        return { because: "the agent's screen is not up yet" };
      }
      return "api";
    },
    give: async (delivery, text) => {
      if (delivery.state === "queued") await intend(live, texts, delivery);
      const turn = live.view.turns.find(({ id }) => id === delivery.turnId);
      return texts.send(api.context(), turn?.agentTurn ?? "", text);
    },
  };
}

function intend(live: LiveSession, texts: TextChannel, delivery: Delivery): Promise<void> {
  return live.change((draft, ctx) => {
    moveDelivery(draft, ctx, delivery.id, "pasted", null);
    draft.setDelivery(delivery.id, { via: "api" });
    if (delivery.turnId === null) return;
    const agentTurn = texts.idOf({ deliveryId: delivery.id, at: ctx.now });
    draft.setTurn(delivery.turnId, { agentTurn });
  });
}
