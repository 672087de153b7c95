import { isDelivered, showsWhole, type Delivery } from "../domain/delivery.ts";
import {
  countEnter,
  maxEnters,
  maxPastes,
  moveDelivery,
  whyNotNow,
} from "../domain/delivery-rules.ts";
import { AgentpoolError } from "../domain/errors.ts";
import { fingerprintOf } from "../domain/prompt.ts";
import { redact } from "../platform/redact.ts";
import type { ScreenReading } from "../domain/observation.ts";
import type { TextWay } from "./hand-over.ts";
import { isEnded } from "../domain/turn.ts";
import { canSweep, clearComposer, sweepComposer } from "./clear-composer.ts";
import type { LiveSession } from "./live-session.ts";
import type { Outbox } from "./outbox.ts";
import type { SessionParts } from "./parts.ts";
import { shownOf, standsOn } from "./shown-text.ts";
import type { Look, ScreenSource } from "./sources/screen.ts";

/** A person who typed this recently is not interrupted. */
const personQuietMs = 3_000;
/** While a text waits for the screen (a draft, copy mode), the screen is looked at this often. */
const lookAgainMs = 500;
/** The request that brought the text looked at the screen; what it saw is guarded while typing. */
const recent = { notOlderThanMs: 50 };
/** Without acceptance after this time a submitted text is called unconfirmed. */
const confirmWithinMs = 10_000;
/** What one piece of a text may take an agent on a busy machine; a tenth of it is usual. */
const pieceMs = 30;
/** A text that still stands in the composer this long after Enter was not submitted by it. */
const secondEnterAfterMs = 1_500;

/** How much longer a text is waited for where the keys that clear a composer do harm at an empty one. */
const unsweptMs = 10_000;

const draftOfSomebody = "a draft of somebody stands in the composer";

export interface DeliveryPump {
  /** Something changed that may let the next text go on. */
  kick(): void;
  close(): void;
}

/**
 * Types the texts of one session, one at a time, in order. Each stage is one guarded step in the
 * terminal that leaves its mark on the pane, and only then a row: whatever is killed in between,
 * the mark tells how far the text came. Nothing is ever typed over a dialog, a draft of a person
 * or copy mode, and a text is never sent twice on a guess. Where the agent has a channel of its own
 * for texts, they go through that, and what stands in the pane does not matter.
 */
export function pumpDeliveries(
  live: LiveSession,
  parts: SessionParts,
  screen: ScreenSource,
  outbox: Outbox,
  options: {
    readonly interrupt: () => Promise<void>;
    readonly way: TextWay | undefined;
    /** Why the account of the session takes no text now, null when it does. */
    readonly holdsUp: () => Promise<string | null>;
    /** Takes in what the agent has told by now. */
    readonly drain: () => Promise<void>;
  },
): DeliveryPump {
  const { interrupt, way, drain, holdsUp } = options;
  const { input } = live.provider;
  /** A text of an earlier supervisor has its whole patience again: nobody watched in between. */
  const pickedUpAt = parts.now();
  /** A pasted text never showed, and whoever comes next would find it in the composer. */
  let vanished = false;
  let busy = false;
  let kicked = false;
  let timer: NodeJS.Timeout | undefined;
  let timerDueAt = 0;
  let closed = false;

  function kick(): void {
    if (closed) return;
    kicked = true;
    if (busy) return;
    busy = true;
    run()
      .catch((thrown: unknown) => {
        parts.log("error", "a delivery failed", { session: live.id, error: String(thrown) });
        return sayWhy(AgentpoolError.from(thrown));
      })
      .finally(() => {
        busy = false;
        if (kicked) kick();
      });
  }

  /** Whoever waits for a text reads why it does not go on. It is tried again either way. */
  async function sayWhy({ message, why }: AgentpoolError): Promise<void> {
    later(lookAgainMs);
    const next = live.view.deliveries.find(
      (candidate) => !isDelivered(candidate) && !waitsForAgent(candidate),
    );
    const because = why === undefined ? message : `${message}: ${why}`;
    // a full disk takes no reason either; the log has it
    if (next) await wait(next, because).catch(() => undefined);
  }

  async function run(): Promise<void> {
    while (kicked && !closed && live.isLive) {
      kicked = false;
      await expire();
      const delivery = live.view.deliveries.find(
        (candidate) => !isDelivered(candidate) && !waitsForAgent(candidate),
      );
      if (delivery) await step(delivery);
      const waiting = live.view.deliveries.filter(waitsForAgent);
      for (const one of waiting) await confirm(one);
    }
  }

  /** Also those that wait behind another. */
  async function expire(): Promise<void> {
    const due = live.view.deliveries.filter(
      ({ state, expiresAt }) => state === "queued" && expiresAt <= parts.now(),
    );
    for (const delivery of due) {
      await move(delivery, "expired", delivery.because ?? "it could not be typed in time");
      await outbox.remove(delivery.id);
    }
    const next = live.view.deliveries.filter(({ state }) => state === "queued");
    if (next.length > 0) later(Math.min(...next.map((one) => one.expiresAt)) - parts.now());
  }

  function waitsForAgent(delivery: Delivery): boolean {
    return ["submitted", "queued_by_agent", "unconfirmed"].includes(delivery.state);
  }

  async function step(delivery: Delivery): Promise<void> {
    if (delivery.state === "queued") await paste(delivery);
    else if (delivery.state === "pasted") {
      await (delivery.via === "api" ? handOver(delivery) : submit(delivery));
    }
  }

  async function paste(delivery: Delivery): Promise<void> {
    if (delivery.when === "interrupt" && live.session.currentTurnId !== null) {
      // nothing is stopped for a text that could not be typed then
      const held = live.session.limit ? "its account is limited" : await holdsUp();
      if (held !== null) return wait(delivery, held);
      await interrupt();
      if (live.session.currentTurnId !== null) {
        return wait(delivery, "the running turn did not stop when interrupted");
      }
    }
    const not = whyNotNow(live.view, delivery, input.queuesWhileBusy);
    if (not !== null) {
      if (delivery.promptId !== null && not.startsWith("the question")) {
        await move(delivery, "refused", not);
        await outbox.remove(delivery.id);
        kicked = true;
        return;
      }
      // each change of the session looks again; only the end of its time needs a clock
      return wait(delivery, not, Math.max(lookAgainMs, delivery.expiresAt - parts.now()));
    }
    const deafForMs = deafFor(delivery);
    if (deafForMs > 0) {
      return wait(delivery, "the agent has not told yet that it is up", deafForMs);
    }
    const held = delivery.promptId === null ? await holdsUp() : null;
    if (held !== null) return wait(delivery, held);
    const chosen = (await way?.choose(delivery)) ?? "pane";
    if (chosen === "api") return handOver(delivery);
    if (chosen !== "pane") return wait(delivery, chosen.because);
    const look = await withoutGivenBack(await screen.look(recent), delivery);
    const blocked = whyNotOnScreen(look, delivery);
    if (blocked !== null || !look?.reading)
      return wait(delivery, blocked ?? "the screen is covered");

    const text = await outbox.read(delivery.id);
    if (text === undefined) {
      await move(delivery, "refused", "its text is gone from the outbox");
      return;
    }
    const place = live.session.terminal;
    if (!place) return wait(delivery, "the agent has no terminal yet");
    // what was pasted before may still be on its way into the agent
    const { composer } = look.reading;
    if ((delivery.pastes > 0 || vanished) && composer) {
      const swept = await sweepComposer(live, parts, composer.line);
      if (!swept) return wait(delivery, "what was pasted before may still come");
    }
    const result = await parts.host.paste(place, padded(delivery, text), {
      mark: { deliveryId: delivery.id, stage: "pasted" },
      onlyWhileVisible: guardLines(look.reading, delivery),
      ...(input.pasteLimit ? { limit: input.pasteLimit } : {}),
    });
    if (!result.ok) {
      if (result.reason === "not_visible") kicked = true;
      return wait(delivery, `the terminal refused the text: ${result.reason}`);
    }
    vanished = false;
    await live.change((draft, ctx) => {
      draft.setDelivery(delivery.id, { via: "pane" });
      moveDelivery(draft, ctx, delivery.id, "pasted", null);
    });
    kicked = true;
  }

  /** How long an agent that says when it begins to listen may still be waited for, in ms. */
  function deafFor({ promptId }: Delivery): number {
    const { evidence, composer } = live.session;
    const { listensFrom } = input;
    if (!listensFrom || promptId !== null || evidence.sources[listensFrom.channel]) return 0;
    return composer.at + listensFrom.withinMs - parts.now();
  }

  /** A prompt stands between the agent's blanks; a command and an answer are typed as they are. */
  function padded(delivery: Delivery, text: string): string {
    const command = delivery.acceptance === "none" && input.acceptance !== "none";
    if (!input.padding || command || delivery.promptId !== null) return text;
    return `${input.padding.before}${text}${input.padding.after}`;
  }

  /** Through the agent's own channel; called again until the agent answers. */
  async function handOver(delivery: Delivery): Promise<void> {
    const text = await outbox.read(delivery.id);
    if (text === undefined || !way) {
      const gone = text === undefined ? "its text" : "the agent's channel for texts";
      await move(delivery, "refused", `${gone} is gone`);
      return;
    }
    const given = await way.give(delivery, text).catch((thrown: unknown) => String(thrown));
    const fresh = live.view.deliveries.find((candidate) => candidate.id === delivery.id);
    if (!fresh) return;
    if (typeof given === "string") {
      return wait(fresh, `the agent's API does not answer: ${given}`);
    }
    if (given.outcome === "late") {
      return repaste(fresh, "the conversation went on before the text was there");
    }
    if (given.outcome === "refused") {
      await move(fresh, "refused", given.because);
      await outbox.remove(fresh.id);
    } else {
      await move(fresh, "submitted", null);
    }
    kicked = true;
  }

  /**
   * Some agents put the prompt back into the composer when they are interrupted before they said
   * anything. A text of ours there is nobody's draft and is taken away.
   */
  async function withoutGivenBack(
    look: Look | undefined,
    delivery: Delivery,
  ): Promise<Look | undefined> {
    const draft = look?.reading?.composer?.draft ?? "";
    const last = live.view.turns.findLast((turn) => isEnded(turn));
    if (!look || draft === "" || last?.state !== "interrupted" || last.deliveryId === null) {
      return look;
    }
    const isOurs = showsWhole(redact(draft, live.secrets), last.prompt);
    if (!isOurs || whyNotOnScreen(look, delivery) !== draftOfSomebody) return look;
    await clearComposer(live, parts, { screen, look });
    return screen.look();
  }

  /** What must be on screen at the instant of typing: the composer, or the question answered. */
  function guardLines(reading: ScreenReading, delivery: Delivery): readonly string[] {
    const prompt = live.view.prompts.find((candidate) => candidate.id === delivery.promptId);
    if (prompt) return prompt.screenLines ?? [];
    return reading.composer ? [reading.composer.line] : [];
  }

  function whyNotOnScreen(look: Look | undefined, delivery: Delivery): string | null {
    if (!look) return "the pane is gone";
    if (look.screen.inMode) return "a person reads back in the pane (copy mode)";
    const typedAt = look.screen.lastPersonInputAt;
    if (typedAt !== null && parts.now() - typedAt < personQuietMs)
      return "a person is typing in the pane";
    if (!look.reading) return "a viewer covers the agent's screen";
    if (delivery.promptId !== null) {
      return isOwnQuestion(delivery, look.reading) ? null : "the question is not on screen yet";
    }
    if (look.reading.dialog) return "the agent shows a dialog";
    if (!look.reading.composer) return "the composer is not on screen";
    if (look.reading.composer.draft !== "" || look.reading.composer.pastePlaceholder) {
      return draftOfSomebody;
    }
    return null;
  }

  async function submit(delivery: Delivery): Promise<void> {
    const text = await outbox.read(delivery.id);
    const pastedAt = delivery.pastedAt ?? parts.now();
    const shown = await settle(delivery, text ?? "", Math.max(pastedAt, pickedUpAt));
    if (shown === "dialog") return wait(delivery, "a dialog came up after the paste");
    if (shown === "gone") {
      // a person, or a supervisor whose mark is lost, may have pressed Enter: the agent tells of it
      await drain();
      const fresh = live.view.deliveries.find((candidate) => candidate.id === delivery.id);
      if (fresh?.state !== "pasted") return;
      // a terminal that hung may have pressed Enter although it did not say so in time
      if (await wasSubmitted(fresh)) {
        await move(fresh, "submitted", null);
        kicked = true;
        return;
      }
      await repaste(fresh, "the pasted text vanished before Enter");
      return;
    }
    if (shown === "damaged") {
      const typedAt = (await screen.look())?.screen.lastPersonInputAt ?? 0;
      // what stands there is not ours alone
      if (typedAt > pastedAt) return wait(delivery, draftOfSomebody);
      return clearAndRepaste(delivery);
    }
    if (shown === "unseen") {
      await move(delivery, "refused", "the question did not show the text; Enter was not pressed");
      return outbox.remove(delivery.id);
    }
    if (shown === "unreadable") return wait(delivery, "the screen cannot be read");

    await pause(Math.max(0, pastedAt + input.enterGapMs - parts.now()));
    await enter(delivery, shown.reading);
  }

  /** The mark is left in the terminal together with the key. */
  async function wasSubmitted({ id }: Delivery): Promise<boolean> {
    const place = live.session.terminal;
    const mark = place && (await parts.host.mark(place));
    return mark?.deliveryId === id && mark.stage === "submitted";
  }

  async function enter(delivery: Delivery, reading: ScreenReading | undefined): Promise<boolean> {
    const place = live.session.terminal;
    if (!place) return false;
    const prompt = live.view.prompts.find((candidate) => candidate.id === delivery.promptId);
    const guard = prompt
      ? (prompt.screenLines ?? []).slice(0, 1)
      : reading?.composer
        ? [reading.composer.line]
        : [];
    const result = await parts.host.press(place, [input.submitKey], {
      mark: { deliveryId: delivery.id, stage: "submitted" },
      onlyWhileVisible: guard,
    });
    if (!result.ok) {
      later(lookAgainMs);
      return false;
    }
    if (delivery.state === "pasted") await move(delivery, "submitted", null);
    else await live.change((draft) => countEnter(draft, delivery.id));
    later(secondEnterAfterMs);
    return true;
  }

  /** Waits until the composer shows the paste, or the provider's patience is over. */
  async function settle(
    delivery: Delivery,
    text: string,
    pastedAt: number,
  ): Promise<Look | "dialog" | "gone" | "damaged" | "unreadable" | "unseen"> {
    const patienceMs = input.settleMs + Math.min(20_000, text.length / 10) + msForPieces(text);
    for (;;) {
      const look = await screen.look();
      if (!look) return "unreadable";
      const late = parts.now() - pastedAt > patienceMs;
      const { reading } = look;
      if (reading?.dialog && !isOwnQuestion(delivery, reading)) return "dialog";
      if (delivery.promptId !== null) {
        if (standsOn(look.screen, text)) return look;
        if (late) return "unseen";
      } else if (reading?.composer) {
        const shown = shownOf(reading.composer, text, look.screen.cols);
        if (shown === "whole") return look;
        if (shown === "none" && late && !isGone(pastedAt + patienceMs)) {
          await pause(lookAgainMs);
          continue;
        }
        if (late) return shown === "none" ? "gone" : "damaged";
      } else if (late) {
        return "unreadable";
      }
      await pause(late ? 0 : 40);
    }
  }

  /** An agent that is slow to read shows nothing for a while; only a swept composer may be pasted into again. */
  function isGone(patientUntil: number): boolean {
    return canSweep(input) || parts.now() - patientUntil > unsweptMs;
  }

  /** An agent that is handed a text in pieces works on one after the other before it draws. */
  function msForPieces(text: string): number {
    const { pasteLimit } = input;
    if (!pasteLimit) return 0;
    const lines = text.split("\n").length;
    return pieceMs * (lines / (pasteLimit.lines - 1) + text.length / pasteLimit.characters);
  }

  function isOwnQuestion(delivery: Delivery, reading: ScreenReading): boolean {
    const prompt = live.view.prompts.find((candidate) => candidate.id === delivery.promptId);
    if (!prompt || !reading.dialog) return false;
    return prompt.screenFingerprint === fingerprintOf(reading.dialog);
  }

  async function repaste(delivery: Delivery, because: string): Promise<void> {
    vanished = true;
    if (delivery.pastes >= maxPastes) {
      await move(delivery, "refused", `${because}, ${delivery.pastes} times`);
      await outbox.remove(delivery.id);
      // else it would come to stand there as nobody's draft, and hold up the next text
      const composer = (await screen.look())?.reading?.composer;
      if (composer?.draft === "") await sweepComposer(live, parts, composer.line);
    } else {
      await move(delivery, "queued", because);
    }
    kicked = true;
  }

  async function clearAndRepaste(delivery: Delivery): Promise<void> {
    const look = await screen.look();
    if (!look || !(await clearComposer(live, parts, { screen, look }))) {
      await move(
        delivery,
        "refused",
        "the composer shows only a part of the text; nothing was submitted",
      );
      await outbox.remove(delivery.id);
      return;
    }
    await repaste(delivery, "the composer showed only a part of the text");
  }

  /** A submitted text: accepted by evidence elsewhere; here a second Enter, or the end of patience. */
  async function confirm(delivery: Delivery): Promise<void> {
    if (delivery.state === "queued_by_agent" || delivery.via === "launch") return;
    const since = parts.now() - (delivery.submittedAt ?? parts.now());
    if (delivery.state === "submitted" && since < secondEnterAfterMs) {
      return later(secondEnterAfterMs - since);
    }
    if (delivery.via === "pane" && (await confirmOnScreen(delivery))) return;
    const fresh = live.view.deliveries.find((candidate) => candidate.id === delivery.id);
    if (fresh?.state === "submitted") {
      if (since >= confirmWithinMs) {
        await move(fresh, "unconfirmed", "the agent has not shown that it took the text");
        kicked = true;
      } else {
        later(Math.min(secondEnterAfterMs, confirmWithinMs - since));
      }
    }
  }

  /** True when the screen decided what becomes of it: nothing is left to wait for. */
  async function confirmOnScreen(delivery: Delivery): Promise<boolean> {
    const look = await screen.look();
    const fresh = live.view.deliveries.find((candidate) => candidate.id === delivery.id);
    if (!fresh || isDelivered(fresh) || fresh.state === "queued_by_agent") return true;
    const composer = look?.reading?.composer;
    const text = (await outbox.read(delivery.id)) ?? "";
    const inComposer =
      composer !== undefined &&
      composer !== null &&
      look?.reading?.dialog === null &&
      shownOf(composer, text, look.screen.cols) === "whole";
    if (inComposer && fresh.enters < maxEnters && fresh.promptId === null) {
      await enter(fresh, look?.reading);
      return true;
    }
    if (fresh.acceptance === "none" && composer && !inComposer && composer.draft === "") {
      await acceptUnproven(fresh);
      return true;
    }
    return false;
  }

  /** Where the agent proves nothing, an emptied composer is all there is; it says so. */
  async function acceptUnproven(delivery: Delivery): Promise<void> {
    await live.observe([
      {
        source: "screen",
        // what it did since is already known
        ...(delivery.submittedAt === null ? {} : { at: delivery.submittedAt }),
        claim: {
          kind: "prompt_taken",
          text: live.view.turns.find((turn) => turn.id === delivery.turnId)?.prompt ?? "",
          agentTurn: null,
        },
      },
    ]);
    kicked = true;
  }

  async function wait(delivery: Delivery, because: string, againMs = lookAgainMs): Promise<void> {
    if (delivery.because !== because) {
      await live.change((draft) => draft.setDelivery(delivery.id, { because }));
    }
    later(againMs);
  }

  async function move(
    delivery: Delivery,
    to: Parameters<typeof moveDelivery>[3],
    because: string | null,
  ): Promise<void> {
    await live.change((draft, ctx) => moveDelivery(draft, ctx, delivery.id, to, because));
  }

  function later(ms: number): void {
    const dueAt = parts.now() + ms;
    if (timer !== undefined && timerDueAt <= dueAt) return;
    clearTimeout(timer);
    timerDueAt = dueAt;
    timer = setTimeout(
      () => {
        timer = undefined;
        kick();
      },
      Math.min(ms, 3_600_000),
    );
    timer.unref();
  }

  const stop = live.onChange(kick);
  kick();
  return {
    kick,
    close: () => {
      closed = true;
      stop();
      clearTimeout(timer);
    },
  };
}

function pause(ms: number): Promise<void> {
  return ms <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}
