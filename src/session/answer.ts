import { isDelivered, type Delivery } from "../domain/delivery.ts";
import type { Draft } from "../domain/draft.ts";
import { AgentpoolError } from "../domain/errors.ts";
import {
  findOption,
  type OptionRole,
  type Prompt,
  type PromptAnswer,
  type PromptKind,
  type PromptOption,
} from "../domain/prompt.ts";
import type { RuleContext } from "../domain/turn-rules.ts";
import { redact } from "../platform/redact.ts";
import type { LiveSession } from "./live-session.ts";
import type { SessionParts } from "./parts.ts";
import type { ScreenSource } from "./sources/screen.ts";

/** How long the agent may take to show that it took an answer. */
const confirmWithinMs = 5_000;
/** How long after a dialog was seen its channel may be heard; keys are for dialogs without one. */
const channelWithinMs = 1_500;
/** How long a dialog may be reported before it is drawn. */
const drawnWithinMs = 3_000;

export interface AnswerRequest {
  /** Prompt id; the only open one when absent. */
  readonly promptId?: string;
  /** The dialog the caller saw; refused when it changed since. */
  readonly fingerprint?: string;
  /** By label, or by what it does. */
  readonly option: Choice;
  readonly author: string;
  /** Of the request; the same request made again finds its answer by it. */
  readonly requestKey?: string;
  /** Everything is checked and nothing is given; the prompt as it would be answered is returned. */
  readonly dryRun?: boolean;
}

type Choice = { readonly label: string } | { readonly role: OptionRole };

/** The agent's own way to take an answer, besides keys. */
export interface AnswerChannel {
  /** Kinds of dialog that this session can answer through it. */
  readonly answers: readonly PromptKind[];
  /** False when the dialog is not waiting there any more. */
  readonly reply: (prompt: Prompt, text: string) => Promise<boolean>;
  /** The reply for an answer in the caller's own words; undefined where it takes none. */
  readonly inWords: (prompt: Prompt, text: string) => string | undefined;
}

/**
 * Gives one answer to exactly the dialog it is meant for. A channel of the agent is preferred: it
 * addresses the dialog itself. Keys are pressed only while the dialog's own lines are on screen,
 * checked by the terminal in the same step. Resolves when the agent showed that the dialog is
 * over.
 * @throws prompt_not_found, prompt_changed, option_not_found; answer_unconfirmed when the answer
 *   was given and nothing shows what became of it.
 */
export async function answerPrompt(
  live: LiveSession,
  parts: SessionParts,
  screen: ScreenSource,
  channel: AnswerChannel,
  request: AnswerRequest,
): Promise<Prompt> {
  const prompt = await readablePrompt(live, parts, screen, channel, request);
  const option = chooseOption(prompt, asRemembered(request.option, live.secrets));

  const exact = prompt.channel !== null && option.reply !== null;
  const answer: PromptAnswer = {
    label: option.label,
    text: null,
    author: request.author,
    via: exact ? "channel" : "keys",
    ...(request.requestKey === undefined ? {} : { requestKey: request.requestKey }),
  };
  if (prompt.state === "answer_unconfirmed" && !exact) {
    throw new AgentpoolError(
      "answer_unconfirmed",
      `Prompt ${prompt.id} was already answered by keys`,
      {
        why: "The agent has not shown what it made of that answer; a second one could reach another dialog.",
        hint: `agentpool attach ${live.id} --rw`,
      },
    );
  }
  refuseBesideAnswer({ ...prompt, state: "open" }, live.view.deliveries);
  if (exact && hasLeft(live, prompt)) throw changed(live, prompt);
  if (request.dryRun) return { ...prompt, answer };
  const given = await give(live, prompt, answer, () =>
    exact ? channel.reply(prompt, option.reply ?? "") : pressOption(live, parts, prompt, option),
  );
  if (!given) {
    await screen.look();
    throw changed(live, prompt);
  }
  // a reply over the channel is taken by the agent itself, for this very dialog
  if (exact) await live.observe([closed(prompt)]);

  if (!(await isOver(live, prompt))) {
    await live.change((draft, ctx) => {
      draft.emit(ctx.now, {
        type: "prompt_answer_unconfirmed",
        prompt_id: prompt.id,
        because: `nothing showed within ${confirmWithinMs / 1000} s that the dialog is over`,
      });
    });
    throw new AgentpoolError("answer_unconfirmed", `"${option.label}" was given to ${prompt.id}`, {
      why: "The agent has not shown that it took the answer.",
      hint: `agentpool explain ${live.id}`,
    });
  }
  return refuseWithdrawn((await parts.store.prompts.get(prompt.id)) ?? prompt);
}

/**
 * What became of an answer whose request is made again, after its supervisor was killed over it.
 * Undefined when nothing was given yet, or nobody can tell and it may be given once more.
 * @throws answer_unconfirmed
 */
export async function findAnswered(
  live: LiveSession | undefined,
  parts: Pick<SessionParts, "store">,
  sessionId: string,
  requestKey: string,
): Promise<Prompt | undefined> {
  const all = await parts.store.prompts.ofSession(sessionId);
  const prompt = all.find((one) => one.answer?.requestKey === requestKey);
  if (!prompt || prompt.answer?.given === false) return undefined;
  if (live && !(await isOver(live, prompt))) return undefined;
  return refuseWithdrawn((await parts.store.prompts.get(prompt.id)) ?? prompt);
}

function refuseWithdrawn(prompt: Prompt): Prompt {
  if (prompt.state !== "withdrawn") return prompt;
  const { label, text } = prompt.answer ?? { label: null, text: null };
  throw new AgentpoolError("answer_unconfirmed", `"${label ?? text}" did not reach ${prompt.id}`, {
    why: `The agent closed that dialog unanswered (${prompt.because}) while the key was on its way; what stood there next may have taken it.`,
    hint: `agentpool explain ${prompt.sessionId}`,
    details: { prompt_id: prompt.id },
  });
}

/** Waits until the agent showed that a dialog is over; false when it has not in time. */
async function isOver(live: LiveSession, prompt: Prompt): Promise<boolean> {
  const over = await live.until(
    (view) => (view.prompts.some((open) => open.id === prompt.id) ? undefined : true),
    { timeoutMs: confirmWithinMs },
  );
  return over === true;
}

/**
 * One answer at a time: a key, or another text, would land in the middle of what is typed there.
 * @throws session_busy
 */
export function refuseBesideAnswer(prompt: Prompt, deliveries: readonly Delivery[]): void {
  const text = deliveries.find((one) => one.promptId === prompt.id && !isDelivered(one));
  const by = text?.author ?? (prompt.state === "answer_unconfirmed" ? prompt.answer?.author : null);
  if (by == null) return;
  throw new AgentpoolError("session_busy", `Prompt ${prompt.id} is being answered by ${by}`, {
    why: "One answer at a time; nothing of this one was typed.",
    hint: `agentpool observe ${prompt.sessionId}`,
    details: { prompt_id: prompt.id },
  });
}

/**
 * Answers a dialog in the caller's own words through the agent's channel. Undefined when it has
 * none that takes words; then nothing was done.
 * @throws prompt_not_found, prompt_changed
 */
export async function answerInWords(
  live: LiveSession,
  parts: SessionParts,
  screen: ScreenSource,
  channel: AnswerChannel,
  request: Pick<AnswerRequest, "promptId" | "author" | "requestKey"> & { readonly text: string },
): Promise<Prompt | undefined> {
  const prompt = await readablePrompt(live, parts, screen, channel, request);
  const reply = channel.inWords(prompt, request.text);
  if (reply === undefined) return undefined;
  if (hasLeft(live, prompt)) throw changed(live, prompt);
  const answer: PromptAnswer = {
    label: null,
    text: redact(request.text, live.secrets),
    author: request.author,
    via: "channel",
    ...(request.requestKey === undefined ? {} : { requestKey: request.requestKey }),
  };
  const given = await give(live, prompt, answer, () => channel.reply(prompt, reply));
  if (!given) throw changed(live, prompt);
  await live.observe([closed(prompt)]);
  return (await parts.store.prompts.get(prompt.id)) ?? prompt;
}

/**
 * Gives an answer that stands noted from before: whoever is killed in between, the next one knows
 * whose answer the dialog may have had.
 */
async function give(
  live: LiveSession,
  prompt: Prompt,
  answer: PromptAnswer,
  act: () => Promise<boolean>,
): Promise<boolean> {
  const note = (draft: Draft, { now }: RuleContext, noted: PromptAnswer): void => {
    const present = draft.prompt(prompt.id);
    if (present?.state !== "open" && present?.state !== "answer_unconfirmed") return;
    draft.setPrompt(prompt.id, {
      answer: noted,
      ...(noted.given === false ? {} : { answeredAt: now, state: "answer_unconfirmed" }),
    });
  };
  /** The agent did not take it: the dialog was over. */
  const forget = (draft: Draft): void => {
    if (draft.prompt(prompt.id) === undefined) return;
    const { answer: earlier, answeredAt, state } = prompt;
    draft.setPrompt(prompt.id, { answer: earlier, answeredAt, state });
  };
  if (answer.via === "channel" && prompt.channel?.source === "api") {
    // an API may take its time, and tells of an answer before it answers the request that brought it
    await live.change((draft, ctx) => note(draft, ctx, answer));
    const given = await act();
    if (!given) await live.change(forget);
    return given;
  }
  return live.around(
    (draft, ctx) => note(draft, ctx, { ...answer, given: false }),
    act,
    (draft, ctx, given) => (given ? note(draft, ctx, answer) : forget(draft)),
  );
}

/** Somebody answered it in the pane; the channel may wait on and would hear us in vain. */
function hasLeft(live: LiveSession, prompt: Prompt): boolean {
  const { screen } = live.session.evidence;
  if (prompt.screenFingerprint === null || !screen || screen.dialog !== null) return false;
  return screen.busy || screen.composer;
}

/**
 * The prompt that is meant, once its options can be read: the agent may report a dialog a moment
 * before it draws it, and some options stand on its screen alone.
 */
async function readablePrompt(
  live: LiveSession,
  parts: SessionParts,
  screen: ScreenSource,
  channel: AnswerChannel,
  request: Pick<AnswerRequest, "promptId" | "fingerprint"> & { readonly option?: Choice },
): Promise<Prompt> {
  const until = parts.now() + drawnWithinMs;
  const choice = request.option && asRemembered(request.option, live.secrets);
  for (;;) {
    await screen.look();
    const prompt = await choosePrompt(live, parts, request);
    const option = choice && findChoice(prompt, choice);
    const reachable =
      request.option === undefined ||
      (option?.reply != null && prompt.channel !== null) ||
      (option?.key != null && prompt.screenLines !== null) ||
      // all that it offers is drawn, and this is not among it
      (option === undefined && prompt.screenLines !== null);
    const comes =
      channel.answers.includes(prompt.kind) &&
      prompt.channel === null &&
      parts.now() - prompt.openedAt < channelWithinMs;
    if ((reachable && !comes) || parts.now() >= until) return prompt;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function closed(prompt: Prompt): Parameters<LiveSession["observe"]>[0][number] {
  return {
    source: prompt.channel?.source ?? "hook",
    claim: { kind: "dialog_closed", ref: prompt.ref, how: "answered through the agent's channel" },
  };
}

async function choosePrompt(
  live: LiveSession,
  parts: SessionParts,
  request: Pick<AnswerRequest, "promptId" | "fingerprint">,
): Promise<Prompt> {
  const open = live.view.prompts;
  const { promptId } = request;
  if (promptId !== undefined) {
    const named = open.filter((prompt) => prompt.id.startsWith(promptId));
    const [prompt] = named;
    if (!prompt || named.length > 1) {
      const over = await parts.store.prompts.get(promptId);
      throw over?.sessionId === live.id ? changed(live, over) : noPrompt(live, promptId);
    }
    return refuseOther(live, prompt, request.fingerprint);
  }
  const [only] = open;
  if (!only) throw noPrompt(live, undefined);
  if (open.length > 1) {
    throw new AgentpoolError("ambiguous_id", `Session ${live.id} has ${open.length} open prompts`, {
      hint: `Name one with --prompt: ${open.map((prompt) => prompt.id).join(", ")}`,
      details: { prompts: open.map((prompt) => prompt.id) },
    });
  }
  return refuseOther(live, only, request.fingerprint);
}

/** The refusal of words where only options are taken. */
export function takesNoText({ id, sessionId, options }: Prompt): AgentpoolError {
  return new AgentpoolError("option_not_found", `Prompt ${id} takes no free text`, {
    why: `It offers: ${options.map(({ label }) => `"${label}"`).join(", ")}.`,
    hint: `agentpool answer ${sessionId} --prompt ${id} --option "<label>"`,
  });
}

/** @throws prompt_changed when the dialog is not the one whose fingerprint is given */
function refuseOther(live: LiveSession, prompt: Prompt, fingerprint: string | undefined): Prompt {
  if (fingerprint === undefined || fingerprint === prompt.fingerprint) return prompt;
  throw changed(live, prompt);
}

/** Labels are remembered without secrets, and a caller may have read one from the agent's screen. */
function asRemembered(option: Choice, secrets: readonly string[]): Choice {
  return "label" in option ? { label: redact(option.label, secrets) } : option;
}

function findChoice(prompt: Prompt, option: Choice): PromptOption | undefined {
  return "label" in option
    ? findOption(prompt.options, option.label)
    : prompt.options.find((candidate) => candidate.role === option.role);
}

function chooseOption(prompt: Prompt, option: Choice): PromptOption {
  const found = findChoice(prompt, option);
  if (found && (found.key !== null || found.reply !== null)) return found;
  const wanted = "label" in option ? `"${option.label}"` : `an option that means ${option.role}`;
  throw new AgentpoolError("option_not_found", `Prompt ${prompt.id} does not offer ${wanted}`, {
    why: `It offers: ${prompt.options.map((candidate) => `"${candidate.label}"`).join(", ") || "no options that could be read"}.`,
    hint: `agentpool answer ${prompt.sessionId} --prompt ${prompt.id} --option "<label>"`,
    details: { options: prompt.options.map((candidate) => candidate.label) },
  });
}

async function pressOption(
  live: LiveSession,
  parts: SessionParts,
  prompt: Prompt,
  option: PromptOption,
): Promise<boolean> {
  const place = live.session.terminal;
  if (!place || option.key === null || prompt.screenLines === null) return false;
  const { dialogGraceMs = 0 } = live.provider.input;
  const { screen } = live.session.evidence;
  const drawnAt = screen?.dialog === prompt.screenFingerprint ? screen.since : prompt.openedAt;
  const early = drawnAt + dialogGraceMs - parts.now();
  if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
  const result = await parts.host.press(place, option.key.split(" "), {
    mark: { deliveryId: prompt.id, stage: "submitted" },
    onlyWhileVisible: prompt.screenLines,
  });
  return result.ok;
}

function noPrompt(live: LiveSession, id: string | undefined): AgentpoolError {
  return new AgentpoolError(
    "prompt_not_found",
    id === undefined
      ? `Session ${live.id} asks nothing`
      : `Session ${live.id} has no open prompt "${id}"`,
    {
      why: `Its state is ${live.session.state}: ${live.session.stateBecause}.`,
      hint: `agentpool observe ${live.id}`,
    },
  );
}

function changed(live: LiveSession, prompt: Prompt): AgentpoolError {
  const now = live.view.prompts[0];
  return new AgentpoolError("prompt_changed", `Prompt ${prompt.id} is not on screen any more`, {
    why: now
      ? `The agent now asks something else (${now.id}: ${now.text.slice(0, 120)}). Nothing was typed.`
      : "The agent shows no dialog now. Nothing was typed.",
    hint: `agentpool observe ${live.id}`,
    details: { prompt_id: prompt.id, open: live.view.prompts.map((open) => open.id) },
  });
}
