import { judgeSupervised } from "../domain/answer-policy.ts";
import { cutOffTurn } from "../domain/continue.ts";
import { isDelivered } from "../domain/delivery.ts";
import { leftoverMs } from "../domain/dialog-rules.ts";
import type { SessionView } from "../domain/draft.ts";
import { AgentpoolError } from "../domain/errors.ts";
import { formatPrincipal } from "../domain/principal.ts";
import type { Config } from "../platform/config/config.ts";
import type { Prompt } from "../domain/prompt.ts";
import { hasWorked } from "../domain/session.ts";
import { answerInWords, answerPrompt, type AnswerChannel, type AnswerRequest } from "./answer.ts";
import { pumpDeliveries, type DeliveryPump } from "./delivery/pump.ts";
import { interruptTurn } from "./interrupt.ts";
import { secretsOf, type LaunchRecord } from "./launch-record.ts";
import type { Accounts } from "./accounts.ts";
import { continueAfterLimit, forgetCutOff, type Continuation } from "./continue.ts";
import type { LiveSession } from "./live-session.ts";
import { openOutbox, type Outbox } from "./delivery/outbox.ts";
import { replyLine } from "../provider/hooks.ts";
import { matches } from "../provider/pattern.ts";
import { pressKeys, type KeysRequest } from "./press-keys.ts";
import type { SessionParts } from "./parts.ts";
import { openTextWay } from "./delivery/text-way.ts";
import { followApi, type ApiSource } from "./sources/api.ts";
import { followSpool } from "./sources/hook-spool.ts";
import type { LookQueue } from "./sources/look-queue.ts";
import { tailLog } from "./sources/log-tail.ts";
import { watchScreen, type ScreenSource } from "./sources/screen.ts";
import { againAfterMs, type SessionSource, type SourceContext } from "./sources/source.ts";
import { followStatusFile } from "./sources/status-file.ts";

const drainWithinMs = 1_500;

/**
 * One live agent with everything that listens to it and types into it. Made when its pane runs,
 * after a start as after an adoption; closed when its process is over.
 */
export class Worker {
  readonly live: LiveSession;
  readonly screen: ScreenSource;
  readonly outbox: Outbox;
  readonly #parts: SessionParts;
  readonly #context: SourceContext;
  readonly #accounts: Accounts;
  readonly #sources: SessionSource[] = [];
  readonly #verdicts = new Map<string, "judging" | "ask">();
  /** Trust dialogs, also while their answer shows no effect yet. */
  readonly #trusting = new Set<string>();
  #hasRules = false;
  #open: ReadonlySet<string>;
  #api: ApiSource | undefined;
  #pump: DeliveryPump | undefined;
  #continuation: Continuation | undefined;
  /** Whether the session knows how its account stands. */
  #isAdopted = false;
  #unlisten: (() => void) | undefined;
  #again: NodeJS.Timeout | undefined;
  /** The answer being given, and before it all earlier ones. */
  #answering: Promise<unknown> = Promise.resolve();
  #interrupting: Promise<void> | undefined;

  readonly #channel: AnswerChannel;

  /** The last one the pane had. */
  #title: string | undefined;
  #titleAgain: NodeJS.Timeout | undefined;

  /** Values of environment variables that must not stand in anything we keep. */
  readonly secrets: readonly string[];

  /** @param shared `looks` of all workers, which follow one another */
  constructor(
    parts: SessionParts,
    live: LiveSession,
    record: LaunchRecord,
    shared: { readonly looks: LookQueue; readonly accounts: Accounts },
  ) {
    this.live = live;
    this.#accounts = shared.accounts;
    this.secrets = secretsOf(record.env);
    live.keepOut(this.secrets);
    this.#parts = parts;
    this.#context = { live, parts, facts: record.facts, env: record.env };
    this.screen = watchScreen(this.#context, { api: () => this.#api, looks: shared.looks });
    this.outbox = openOutbox(parts.home.session(live.id));
    this.#open = openIds(live.view);
    const { hooks, api } = live.provider;
    this.#channel = {
      answers: [...(record.hooksReply ? (hooks?.answers ?? []) : []), ...(api?.answers ?? [])],
      reply: (prompt, text) => this.#reply(prompt, text),
      inWords: ({ channel }, text) => {
        const reader = channel?.source === "api" ? api : hooks;
        return channel?.inWords === undefined
          ? undefined
          : reader?.inWords?.(channel.inWords, text);
      },
    };
  }

  /** Starts listening, then typing. */
  start(): void {
    const { provider } = this.live;
    const log = provider.log ? tailLog(this.#context, provider.log) : undefined;
    if (provider.hooks) {
      this.#sources.push(followSpool(this.#context, provider.hooks, (path) => log?.follow(path)));
    }
    if (log) this.#sources.push(log);
    const status = provider.statusFile
      ? followStatusFile(this.#context, provider.statusFile)
      : undefined;
    if (status) this.#sources.push(status);
    if (provider.api) {
      this.#api = followApi(this.#context, provider.api, {
        onGivenUp: () => this.screen.touched(),
      });
      this.#sources.push(this.#api);
    }

    this.#pump = pumpDeliveries(this.live, this.#parts, {
      screen: this.screen,
      outbox: this.outbox,
      interrupt: () => this.interrupt("system:delivery"),
      drain: () => this.drain(),
      holdsUp: () => this.#accounts.holdsUp(this.live.session),
      way:
        this.#api && provider.api?.texts
          ? openTextWay(this.live, {
              screen: this.screen,
              api: this.#api,
              texts: provider.api.texts,
            })
          : undefined,
    });
    this.#continuation = continueAfterLimit(this, this.#parts);
    this.#unlisten = this.live.onChange(() => {
      this.#judgePrompts();
      if (this.#isAdopted) this.#continuation?.check();
      this.#clearOutbox();
      this.#lookAgain();
    });
    this.screen.touched();
    this.#run(
      this.#accounts.adopt(this).finally(() => {
        this.#isAdopted = true;
        this.#continuation?.check();
      }),
      "the limit of its account could not be told",
    );
    this.#run(
      this.#parts.config().then((config) => {
        this.#hasRules = this.#isRuled(config);
        this.#judgePrompts();
      }),
      "the answer policy could not be read",
    );
  }

  /** The pane changed its title. */
  title(title: string): void {
    this.#title = title;
    clearTimeout(this.#titleAgain);
    const claims = this.live.provider.title?.(title) ?? [];
    if (claims.length === 0) return;
    const taken = this.live.observe(claims.map((claim) => ({ source: "terminal", claim })));
    this.#run(
      taken.catch((thrown: unknown) => {
        // it is told once: without this one, what it said before would stand for ever
        if (this.#title === title && this.live.isLive) {
          this.#titleAgain = setTimeout(() => this.title(title), againAfterMs).unref();
        }
        throw thrown;
      }),
      "a title could not be taken in",
    );
  }

  /** One answer after the other: a second one finds what the first has left. */
  answer(request: AnswerRequest): Promise<Prompt> {
    return this.#inTurn(() =>
      answerPrompt(this.live, this.#parts, this.screen, this.#channel, request),
    );
  }

  /** Undefined when the agent takes no answer in words but through its pane. */
  answerInWords(
    request: Pick<AnswerRequest, "promptId" | "author" | "requestKey"> & { readonly text: string },
  ): Promise<Prompt | undefined> {
    return this.#inTurn(() =>
      answerInWords(this.live, this.#parts, this.screen, this.#channel, request),
    );
  }

  /** Raw keys, after whatever answer is being given. */
  press(request: KeysRequest): Promise<void> {
    return this.#inTurn(() => pressKeys(this.live, this.#parts, request));
  }

  /**
   * Two at once are one: a second key could mean something else to the agent. A turn that met a
   * limit is kept from going on after it.
   */
  interrupt(author: string, requestKey: string | null = null): Promise<void> {
    const api = this.#api?.isUp === true ? this.#api : undefined;
    const stop = this.live.provider.api?.interrupt;
    const interruptRunning = async (): Promise<void> => {
      const { session, turns } = this.live.view;
      const isCutOff =
        session.currentTurnId === null && cutOffTurn({ ...this.live.view, deliveries: [] });
      // asked again: it was kept from going on before
      const isForgotten = session.limit !== null && turns.at(-1)?.state === "cancelled";
      if (!isCutOff && !isForgotten) {
        await interruptTurn(this.live, this.#parts, this.screen, {
          author,
          requestKey,
          stop: api && stop && (() => stop(api.context())),
        });
      }
      // it may have met the limit meanwhile
      await forgetCutOff(this.live, this.#parts, author);
    };
    this.#interrupting ??= interruptRunning().finally(() => (this.#interrupting = undefined));
    return this.#interrupting;
  }

  /** A text was queued. */
  kick(): void {
    this.#pump?.kick();
  }

  /** Takes in what the agent's channels hold by now; bounded. */
  async drain(): Promise<void> {
    const all = Promise.allSettled(this.#sources.map((source) => source.drain()));
    await Promise.race([all, new Promise((resolve) => setTimeout(resolve, drainWithinMs).unref())]);
    await this.live.settled();
  }

  close(): void {
    this.#unlisten?.();
    clearTimeout(this.#again);
    clearTimeout(this.#titleAgain);
    this.#pump?.close();
    this.#continuation?.close();
    this.screen.close();
    for (const source of this.#sources) source.close();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#answering.then(work);
    this.#answering = run.catch(() => undefined);
    return run;
  }

  /** Gives an answer over the agent's own channel; false when the dialog is not open there. */
  async #reply(prompt: Prompt, text: string): Promise<boolean> {
    if (!prompt.channel) return false;
    if (prompt.channel.source === "hook") {
      const { address } = prompt.channel;
      const given = await this.#parts.machine.writePipe(address, replyLine(text));
      // a hook that was killed leaves its pipe behind, and nobody reads it any more
      if (!given) await this.#parts.machine.remove(address);
      return given;
    }
    const { api } = this.live.provider;
    if (!api || !this.#api) return false;
    return api.reply(this.#api.context(), prompt.channel.address, text);
  }

  /** Whether a prompt waits for a person: no rule of the policy answers it. */
  waitsForPerson(prompt: Prompt): boolean {
    const isJudged = this.#hasRules || this.#trusting.has(prompt.id) || this.#asksForTrust(prompt);
    return isJudged ? this.#verdicts.get(prompt.id) === "ask" : true;
  }

  /** Whether the CLI asks in its own dialog what others are told by a setting. */
  #asksForTrust(prompt: Prompt): boolean {
    const { trustDialog } = this.live.provider;
    if (trustDialog === undefined || prompt.kind !== "startup") return false;
    // what an agent says once it works may look like anything
    if (hasWorked(this.live.session)) return false;
    return prompt.text.split("\n").some((line) => matches(trustDialog, line));
  }

  /** Lets the policy file answer each new prompt, once. */
  #judgePrompts(): void {
    for (const prompt of this.live.view.prompts) {
      if (prompt.state !== "open" || prompt.options.length === 0) continue;
      if (this.#verdicts.has(prompt.id)) continue;
      this.#verdicts.set(prompt.id, "judging");
      this.#run(
        this.#judge(prompt).catch((thrown: unknown) =>
          this.#leaveToPerson(prompt, AgentpoolError.from(thrown).message),
        ),
        "the answer policy could not be applied",
      );
    }
  }

  async #judge(prompt: Prompt): Promise<void> {
    const config = await this.#parts.config();
    this.#hasRules = this.#isRuled(config);
    const isTrust = this.#asksForTrust(prompt);
    if (isTrust) this.#trusting.add(prompt.id);
    if (isTrust && config.get("policy.trust_folders"))
      return this.#answerByRule(prompt, "allow", "trust_folders");
    if (!this.#hasRules && !isTrust) return;
    const decision = judgeSupervised(prompt, this.live.session, {
      rules: config.get("policy.answers"),
      ruledLimits:
        !config.get("policy.never_allow_overage") &&
        !config.get("policy.require_human_approval_for_overage"),
    });
    if (decision.verdict === "ask" || decision.rule === null) {
      return this.#leaveToPerson(prompt, decision.because);
    }
    await this.#answerByRule(prompt, decision.verdict, decision.rule);
  }

  /** Whether any dialog of this session may be answered, or kept from being, by rule. */
  #isRuled(config: Config): boolean {
    return (
      config.get("policy.answers").length > 0 || this.live.session.supervision === "autonomous"
    );
  }

  async #answerByRule(prompt: Prompt, role: "allow" | "deny", rule: string): Promise<void> {
    await this.answer({
      promptId: prompt.id,
      fingerprint: prompt.fingerprint,
      option: { role },
      author: formatPrincipal({ kind: "policy", rule }),
    });
  }

  /** Says why no rule answered; the commit wakes those who wait for the session. */
  async #leaveToPerson(prompt: Prompt, why: string): Promise<void> {
    this.#verdicts.set(prompt.id, "ask");
    await this.live.change((draft) => {
      if (draft.prompt(prompt.id)?.state !== "open") return;
      draft.setPrompt(prompt.id, { because: `${prompt.kind} dialog; policy: ${why}` });
      draft.emit(this.#parts.now(), {
        type: "prompt_left_to_person",
        prompt_id: prompt.id,
        because: why,
      });
    });
  }

  /** Removes the exact text of each delivery that is over; its row keeps what people may see. */
  #clearOutbox(): void {
    const open = openIds(this.live.view);
    for (const id of this.#open) {
      if (!open.has(id)) this.#run(this.outbox.remove(id), "a delivered text could not be removed");
    }
    this.#open = open;
  }

  /** A dialog on screen that was taken for the leftover of an answered one is looked at again. */
  #lookAgain(): void {
    const { session, prompts } = this.live.view;
    const unclaimed = session.evidence.screen?.dialog != null && prompts.length === 0;
    clearTimeout(this.#again);
    if (unclaimed) this.#again = setTimeout(() => this.screen.touched(), leftoverMs).unref();
  }

  #run(work: Promise<unknown>, what: string): void {
    work.catch((thrown: unknown) => {
      this.#parts.log("warn", what, { session: this.live.id, error: String(thrown) });
    });
  }
}

function openIds(view: SessionView): ReadonlySet<string> {
  return new Set(
    view.deliveries.filter((delivery) => !isDelivered(delivery)).map((delivery) => delivery.id),
  );
}
