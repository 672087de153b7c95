import { showsWhole, type Delivery } from "../../domain/delivery.ts";
import { moveDelivery, whyNotNow } from "../../domain/delivery-rules.ts";
import type { ScreenReading } from "../../domain/observation.ts";
import { isEnded } from "../../domain/turn.ts";
import { redact } from "../../platform/redact.ts";
import type { Look } from "../sources/screen.ts";
import { clearComposer, sweepComposer } from "./clear-composer.ts";
import { handOver } from "./hand-over.ts";
import { lookAgainMs, type Lane } from "./lane.ts";
import { draftOfSomebody, obstacle, questionOf } from "./obstacle.ts";

/** The request that brought the text looked at the screen; what it saw is guarded while typing. */
const recent = { notOlderThanMs: 50 };

/** Why a text does not go on now. */
interface Hold {
  readonly because: string;
  /** Nothing that may still happen lets it go on. */
  readonly isFinal?: boolean;
  readonly againMs?: number;
}

/** The first stage: `queued` to `pasted`, once nothing stands in the way. */
export async function paste(lane: Lane, delivery: Delivery): Promise<void> {
  const hold = await holdOf(lane, delivery);
  if (hold?.isFinal === true) {
    await lane.refuse(delivery, hold.because);
    lane.again();
    return;
  }
  if (hold) return lane.wait(delivery, hold.because, hold.againMs);
  const chosen = (await lane.way?.choose(delivery)) ?? "pane";
  if (chosen === "api") return handOver(lane, delivery);
  if (chosen !== "pane") return lane.wait(delivery, chosen.because);
  const look = await withoutGivenBack(lane, await lane.screen.look(recent), delivery);
  const blocked = obstacle(lane, look, delivery);
  if (blocked !== null || !look?.reading) {
    return lane.wait(delivery, blocked ?? "the screen is covered");
  }
  await type(lane, delivery, look.reading);
}

/** What holds the text back that no screen shows. */
async function holdOf(lane: Lane, delivery: Delivery): Promise<Hold | null> {
  const { live, parts, holdsUp } = lane;
  if (delivery.when === "interrupt" && live.session.currentTurnId !== null) {
    // nothing is stopped for a text that could not be typed then
    const held = live.session.limit ? "its account is limited" : await holdsUp();
    if (held !== null) return { because: held };
    await lane.interrupt();
    if (live.session.currentTurnId !== null) {
      return { because: "the running turn did not stop when interrupted" };
    }
  }
  const not = whyNotNow(live.view, delivery, live.provider.input.queuesWhileBusy);
  if (not !== null) {
    // each change of the session looks again; only the end of its time needs a clock
    const againMs = Math.max(lookAgainMs, delivery.expiresAt - parts.now());
    const isFinal = delivery.promptId !== null && !not.startsWith("the question");
    return { because: not, isFinal, againMs };
  }
  const againMs = deafFor(lane, delivery);
  if (againMs > 0) return { because: "the agent has not told yet that it is up", againMs };
  const held = delivery.promptId === null ? await holdsUp() : null;
  return held === null ? null : { because: held };
}

async function type(lane: Lane, delivery: Delivery, reading: ScreenReading): Promise<void> {
  const { live, parts, outbox } = lane;
  const text = await outbox.read(delivery.id);
  if (text === undefined) return lane.move(delivery, "refused", "its text is gone from the outbox");
  const place = live.session.terminal;
  if (!place) return lane.wait(delivery, "the agent has no terminal yet");
  // what was pasted before may still be on its way into the agent
  if ((delivery.pastes > 0 || lane.vanished) && reading.composer) {
    const swept = await sweepComposer(live, parts, reading.composer.line);
    if (!swept) return lane.wait(delivery, "what was pasted before may still come");
  }
  const { pasteLimit } = live.provider.input;
  const result = await parts.host.paste(place, padded(lane, delivery, text), {
    mark: { deliveryId: delivery.id, stage: "pasted" },
    onlyWhileVisible: guardLines(lane, reading, delivery),
    ...(pasteLimit ? { limit: pasteLimit } : {}),
  });
  if (!result.ok) {
    if (result.reason === "not_visible") lane.again();
    return lane.wait(delivery, `the terminal refused the text: ${result.reason}`);
  }
  lane.vanished = false;
  await live.change((draft, ctx) => {
    draft.setDelivery(delivery.id, { via: "pane" });
    moveDelivery(draft, ctx, delivery.id, "pasted", null);
  });
  lane.again();
}

/** How long an agent that says when it begins to listen may still be waited for, in ms. */
function deafFor({ live, parts }: Lane, { promptId }: Delivery): number {
  const { evidence, composer } = live.session;
  const { listensFrom } = live.provider.input;
  if (!listensFrom || promptId !== null || evidence.sources[listensFrom.channel]) return 0;
  return composer.at + listensFrom.withinMs - parts.now();
}

/** A prompt stands between the agent's blanks; a command and an answer are typed as they are. */
function padded({ live }: Lane, delivery: Delivery, text: string): string {
  const { input } = live.provider;
  const command = delivery.acceptance === "none" && input.acceptance !== "none";
  if (!input.padding || command || delivery.promptId !== null) return text;
  return `${input.padding.before}${text}${input.padding.after}`;
}

/** What must be on screen at the instant of typing: the composer, or the question answered. */
function guardLines(lane: Lane, reading: ScreenReading, delivery: Delivery): readonly string[] {
  const question = questionOf(lane, delivery);
  if (question) return question.screenLines ?? [];
  return reading.composer ? [reading.composer.line] : [];
}

/**
 * Some agents put the prompt back into the composer when they are interrupted before they said
 * anything. A text of ours there is nobody's draft and is taken away.
 */
async function withoutGivenBack(
  lane: Lane,
  look: Look | undefined,
  delivery: Delivery,
): Promise<Look | undefined> {
  const { live, parts, screen } = lane;
  const draft = look?.reading?.composer?.draft ?? "";
  const last = live.view.turns.findLast((turn) => isEnded(turn));
  if (!look || draft === "" || last?.state !== "interrupted" || last.deliveryId === null) {
    return look;
  }
  const isOurs = showsWhole(redact(draft, live.secrets), last.prompt);
  if (!isOurs || obstacle(lane, look, delivery) !== draftOfSomebody) return look;
  await clearComposer(live, parts, { screen, look });
  return screen.look();
}
