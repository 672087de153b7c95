import { isDelivered, type Delivery, type DeliveryWhen } from "../domain/delivery.ts";
import { queueDelivery } from "../domain/delivery-rules.ts";
import { Draft } from "../domain/draft.ts";
import { AgentpoolError } from "../domain/errors.ts";
import { formatPrincipal, type Principal } from "../domain/principal.ts";
import { findOption, type Prompt } from "../domain/prompt.ts";
import { isLive, type Session } from "../domain/session.ts";
import { maxTextBytes, whyNotText } from "../domain/task-text.ts";
import { isEnded, type Turn } from "../domain/turn.ts";
import { countTurn } from "../domain/turn-limit.ts";
import { sha256 } from "../provider/sha256.ts";
import { findAnswered, refuseBesideAnswer, takesNoText } from "./answer.ts";
import { newDelivery } from "./new-delivery.ts";
import type { LiveSession } from "./live-session.ts";
import { agentsPart } from "./policy/agents-part.ts";
import { refuseAnswerer } from "./policy/who-answers.ts";
import { refuseText } from "./refuse-text.ts";
import type { SessionParts } from "./parts.ts";
import type { Worker } from "./worker.ts";

export interface Send {
  readonly text: string;
  /** The text is a command of the agent's own; it is typed as such and proves itself in nothing. */
  readonly command: boolean;
  readonly when: DeliveryWhen;
  readonly waitFor: "none" | "accepted" | "turn";
  readonly timeoutMs: number;
  readonly ttlMs: number;
  /** It is to begin a turn of its own: refused rather than taken as the answer to a question. */
  readonly opensTurn?: true;
  /** Everything is checked and nothing is queued or typed. */
  readonly dryRun?: boolean;
}

export interface Sent {
  /** Null when only a key was pressed. */
  readonly delivery: Delivery | null;
  readonly turn: Turn | null;
  readonly timedOut: boolean;
  /** The agent asks something, so that the turn waits for an answer. */
  readonly needsInput: boolean;
  /** What a dry run would have done, as the end of a sentence. */
  readonly would?: string;
}

/** Nothing was sent that could have a receipt. */
const keysOnly: Sent = { delivery: null, turn: null, timedOut: false, needsInput: false };

/** How long the policy and the agent may take over a dialog that needs no person. */
const ruledWithinMs = 5_000;

/** A text this short chooses an option of an open question. */
const choiceChars = 3;

/**
 * Hands a text to an agent: queued durably before this resolves for the first time, typed when the
 * agent can take it. What is waited for changes only when the call returns.
 */
export async function sendText(
  parts: SessionParts,
  worker: Worker,
  request: Send,
  asker: {
    readonly principal: Principal;
    readonly idempotencyKey: string;
    readonly signal: AbortSignal;
  },
): Promise<Sent> {
  const { live } = worker;
  const known = await parts.store.deliveries.byIdempotencyKey(asker.idempotencyKey);
  if (known) {
    const isSame = known.sessionId === live.id && known.sha256 === sha256(request.text);
    if (isSame) return waitForDelivery(parts, worker, known.id, request, asker.signal);
    throw new AgentpoolError(
      "idempotency_conflict",
      `The idempotency key was used for another ${known.sessionId === live.id ? "text" : "session"}`,
      {
        why: "This text was not sent.",
        hint: "Use a new key for each request, and the same one only to repeat it.",
        details: { delivery_id: known.id, session_id: known.sessionId },
      },
    );
  }
  if (await findAnswered(live, parts, live.id, asker.idempotencyKey)) return keysOnly;
  checkText(request.text);
  await worker.screen.look();
  await untilRuled(worker);
  const question = openQuestion(live.view.prompts, live.id);
  const author = formatPrincipal(asker.principal);
  if (question && request.opensTurn) throw promptOpen([question], live.id);
  if (question) {
    const config = await parts.config();
    const { principal } = asker;
    const agent = await agentsPart(parts.store, principal, live.id);
    refuseAnswerer(live.session, question, { principal, agent, config });
  }
  if (request.dryRun) return { ...keysOnly, would: whatWouldBe(live, question, request, asker) };
  if (request.text === "") return pressEnter(parts, worker, question, asker.idempotencyKey);
  if (question) {
    const option = shortOption(question, request.text);
    if (option || !question.acceptsText) {
      await worker.answer({
        promptId: question.id,
        option: { label: request.text },
        author,
        requestKey: asker.idempotencyKey,
      });
      return keysOnly;
    }
    const answered = await worker.answerInWords({
      promptId: question.id,
      text: request.text,
      author,
      requestKey: asker.idempotencyKey,
    });
    if (answered) return keysOnly;
  } else if (!request.command) {
    refuseText(live.provider, request.text, "pasted");
  }
  const id = await queue(worker, request, {
    author,
    idempotencyKey: asker.idempotencyKey,
    promptId: question?.id ?? null,
    // what goes on with a turn is no further one, nor is a command of the CLI's own
    countsAsTurn: !question && !request.command && asker.principal.kind !== "policy",
  });
  return waitForDelivery(parts, worker, id, request, asker.signal);
}

/** The option of a question that a text this short chooses. */
function shortOption(question: Prompt, text: string): ReturnType<typeof findOption> {
  return text.trim().length <= choiceChars ? findOption(question.options, text) : undefined;
}

/** @throws what sending the text would be refused with */
function whatWouldBe(
  live: LiveSession,
  question: Prompt | undefined,
  { text, command, when }: Send,
  { principal }: { readonly principal: Principal },
): string {
  if (text === "") return question ? `press Enter in ${question.id}` : "press Enter";
  if (question) {
    const option = shortOption(question, text);
    if (option) return `answer ${question.id} with "${option.label}"`;
    if (!question.acceptsText) {
      throw takesNoText(question);
    }
    return `answer ${question.id} with this text`;
  }
  if (!isLive(live.session)) throw ended(live.session);
  if (command) return "type this command";
  refuseText(live.provider, text, "pasted");
  if (principal.kind !== "policy") countTurn(new Draft(live.view));
  const isBusy = live.session.currentTurnId !== null;
  if (!isBusy) return "type this text";
  if (when === "interrupt") return "interrupt the running turn and type this text";
  return when === "now"
    ? "type this text into the running turn"
    : "type this text after the running turn";
}

/** A dialog that the policy answers is in nobody's way for longer than that takes. */
async function untilRuled(worker: Worker): Promise<void> {
  const isUp = (prompt: Prompt): boolean => worker.waitsForPerson(prompt);
  await worker.live.until(({ prompts }) => (prompts.every(isUp) ? true : undefined), {
    timeoutMs: ruledWithinMs,
  });
}

/** Types the text that answers a prompt by its own words, and waits until the agent took it. */
export async function answerWithText(
  parts: SessionParts,
  worker: Worker,
  promptId: string,
  text: string,
  asker: {
    readonly principal: Principal;
    readonly idempotencyKey: string;
    readonly signal: AbortSignal;
  },
): Promise<Sent> {
  checkText(text);
  const request: Send = {
    text,
    command: false,
    when: "idle",
    waitFor: "accepted",
    timeoutMs: 10_000,
    ttlMs: 60_000,
  };
  const known = await parts.store.deliveries.byIdempotencyKey(asker.idempotencyKey);
  const id =
    known?.id ??
    (await queue(worker, request, {
      author: formatPrincipal(asker.principal),
      idempotencyKey: asker.idempotencyKey,
      promptId,
      countsAsTurn: false,
    }));
  return waitForDelivery(parts, worker, id, request, asker.signal);
}

async function queue(
  worker: Worker,
  request: Send,
  facts: {
    readonly author: string;
    readonly idempotencyKey: string;
    readonly promptId: string | null;
    readonly countsAsTurn: boolean;
  },
): Promise<string> {
  const { live } = worker;
  const text = newDelivery(live.provider, request.text, worker.secrets, request);
  let id = "";
  // the rule decides the id and may run twice; its text must lie in the outbox before the row
  await live.change((draft, ctx) => {
    // it may have ended since it was looked at, and nobody would ever speak of the text again
    if (!isLive(draft.session)) throw ended(draft.session);
    const question = draft.prompt(facts.promptId);
    if (question) refuseBesideAnswer(question, draft.deliveries);
    if (facts.countsAsTurn) countTurn(draft);
    const { author, idempotencyKey, promptId } = facts;
    id = queueDelivery(draft, ctx, {
      ...text,
      author,
      idempotencyKey,
      promptId,
      via: "pane",
      when: request.when,
      ttlMs: request.ttlMs,
    }).id;
    worker.outbox.putNow(id, request.text);
    if (facts.promptId !== null) {
      draft.setPrompt(facts.promptId, {
        answer: {
          label: null,
          text: text.preview,
          author: facts.author,
          via: "keys",
          requestKey: facts.idempotencyKey,
          given: false,
        },
      });
    }
  });
  worker.kick();
  return id;
}

function ended({ id, state, stateBecause }: Session): AgentpoolError {
  return new AgentpoolError("session_ended", `Session ${id} is over`, {
    why: `It ended ${state}: ${stateBecause}. The text was not sent.`,
    hint: `Its result: agentpool collect ${id}`,
  });
}

async function waitForDelivery(
  parts: SessionParts,
  worker: Worker,
  id: string,
  request: Send,
  signal: AbortSignal,
): Promise<Sent> {
  const { live } = worker;
  if (request.waitFor !== "none") {
    await live.until(
      (view) => {
        const delivery = view.deliveries.find((one) => one.id === id);
        if (delivery && !isDelivered(delivery)) {
          const sent = delivery.state === "submitted" || delivery.state === "unconfirmed";
          // nothing more will ever show that this text was taken
          return delivery.acceptance === "none" && sent && request.waitFor === "accepted"
            ? true
            : undefined;
        }
        if (request.waitFor === "accepted") return true;
        const turn = view.turns.find((one) => one.deliveryId === id);
        if (view.prompts.some((prompt) => prompt.state === "open")) return true;
        return !turn || isEnded(turn) ? true : undefined;
      },
      { timeoutMs: request.timeoutMs, signal },
    );
  }
  const delivery = (await parts.store.deliveries.get(id)) ?? null;
  const turn = delivery?.turnId ? ((await parts.store.turns.get(delivery.turnId)) ?? null) : null;
  const taken =
    delivery !== null &&
    (isDelivered(delivery) ||
      (delivery.acceptance === "none" &&
        delivery.state !== "queued" &&
        delivery.state !== "pasted"));
  const over = turn === null || isEnded(turn);
  const asks = live.view.prompts.some((prompt) => prompt.state === "open");
  const needsInput = request.waitFor === "turn" && taken && !over && asks;
  return {
    delivery,
    turn,
    needsInput,
    timedOut:
      request.waitFor === "accepted"
        ? !taken
        : request.waitFor === "turn" && !(taken && over) && !needsInput,
  };
}

/** The question a text would answer. @throws prompt_open for every dialog a text may not answer */
function openQuestion(prompts: readonly Prompt[], sessionId: string): Prompt | undefined {
  const [first] = prompts;
  if (!first) return undefined;
  if (prompts.length === 1 && first.kind === "question") return first;
  throw promptOpen([first, ...prompts.slice(1)], sessionId);
}

function promptOpen(prompts: readonly [Prompt, ...Prompt[]], sessionId: string): AgentpoolError {
  const [first] = prompts;
  return new AgentpoolError("prompt_open", `Session ${sessionId} shows ${article(first)} dialog`, {
    why: "A text would be typed into it; nothing was typed.",
    hint: `agentpool answer ${sessionId} --prompt ${first.id} --option "<label>"`,
    details: {
      prompts: prompts.map((prompt) => ({
        id: prompt.id,
        kind: prompt.kind,
        options: prompt.options.map((option) => option.label),
      })),
    },
  });
}

function article(prompt: Prompt): string {
  return `${/^[aeiou]/.test(prompt.kind) ? "an" : "a"} ${prompt.kind}`;
}

async function pressEnter(
  parts: SessionParts,
  worker: Worker,
  question: Prompt | undefined,
  requestKey: string,
): Promise<Sent> {
  const { live } = worker;
  const mark = { deliveryId: `en_${sha256(requestKey).slice(0, 16)}`, stage: "submitted" } as const;
  const pressed = live.session.terminal && (await parts.host.mark(live.session.terminal));
  // the same request again, after its supervisor was killed over it
  if (pressed?.deliveryId === mark.deliveryId) return keysOnly;
  const look = await worker.screen.look();
  const place = live.session.terminal;
  const guard = question
    ? (question.screenLines ?? [])
    : look?.reading?.composer
      ? [look.reading.composer.line]
      : [];
  const result =
    place && guard.length > 0
      ? await parts.host.press(place, [live.provider.input.submitKey], {
          mark,
          onlyWhileVisible: guard,
        })
      : undefined;
  if (!result?.ok) {
    throw new AgentpoolError("delivery_refused", `Enter was not pressed in ${live.id}`, {
      why: result
        ? `The terminal refused it: ${result.reason}.`
        : "Neither a composer nor a question is on screen.",
      hint: `agentpool attach ${live.id} --rw`,
    });
  }
  return keysOnly;
}

/** @throws text_too_large, invalid_task */
export function checkText(text: string): void {
  const size = Buffer.byteLength(text);
  if (size > maxTextBytes) {
    throw new AgentpoolError("text_too_large", `The text has ${size} bytes`, {
      why: `At most ${maxTextBytes} bytes can be delivered.`,
      hint: "Put the material into a file in the work folder and name the file in the text.",
    });
  }
  // an empty one presses Enter; one of blanks is a variable that was not set
  if (text !== "" && text.trim() === "") {
    throw new AgentpoolError("invalid_task", "The text holds nothing but blanks", {
      hint: "Say what the agent should do.",
    });
  }
  const fault = whyNotText(text);
  if (fault === null) return;
  const { what, why, hint } = fault;
  throw new AgentpoolError("invalid_task", `The text cannot be sent: ${what}`, { why, hint });
}
