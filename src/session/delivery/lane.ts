import type { Delivery, DeliveryState } from "../../domain/delivery.ts";
import type { LiveSession } from "../live-session.ts";
import type { SessionParts } from "../parts.ts";
import type { ScreenSource } from "../sources/screen.ts";
import type { Outbox } from "./outbox.ts";
import type { TextWay } from "./text-way.ts";

/** While a text waits for the screen (a draft, copy mode), the screen is looked at this often. */
export const lookAgainMs = 500;

/** What the stages of a delivery share: the session, and how each says what becomes of the text. */
export interface Lane {
  readonly live: LiveSession;
  readonly parts: SessionParts;
  readonly screen: ScreenSource;
  readonly outbox: Outbox;
  /** The agent's own channel for texts, where it has one. */
  readonly way: TextWay | undefined;
  readonly interrupt: () => Promise<void>;
  /** Why the account of the session takes no text now, null when it does. */
  readonly holdsUp: () => Promise<string | null>;
  /** Takes in what the agent has told by now. */
  readonly drain: () => Promise<void>;
  /** A text of an earlier supervisor has its whole patience again: nobody watched in between. */
  readonly pickedUpAt: number;
  /** A pasted text never showed, and whoever comes next would find it in the composer. */
  vanished: boolean;
  /** The delivery as it is now; undefined once it is over and forgotten. */
  readonly fresh: (delivery: Delivery) => Delivery | undefined;
  /** The next stage follows at once. */
  readonly again: () => void;
  readonly later: (ms: number) => void;
  /** The text stays where it is, for this reason, and is looked at again. */
  readonly wait: (delivery: Delivery, because: string, againMs?: number) => Promise<void>;
  readonly move: (
    delivery: Delivery,
    to: Exclude<DeliveryState, "accepted">,
    because: string | null,
  ) => Promise<void>;
  /** The end of a text that was not sent. */
  readonly refuse: (delivery: Delivery, because: string) => Promise<void>;
}
