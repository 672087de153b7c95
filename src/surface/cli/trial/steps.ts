import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { normalise } from "../../../domain/delivery.ts";
import { AgentpoolError } from "../../../domain/errors.ts";
import { operations } from "../../../operations/index.ts";
import type { DeliveryJson, EventJson } from "../../../operations/projection.ts";
import type { ProviderDefinition } from "../../../provider/definition.ts";
import type { FoundBinary } from "../../../provider/find-binary.ts";
import { untriedWarning } from "../../../provider/version.ts";
import { pause } from "../../../platform/clock.ts";
import { TrialAgent, type AgentContext, type Next, type Told } from "./agent.ts";
import { approvedFile, isOrdinary, largeText, type Instructions } from "./instructions.ts";
import type { StepReport } from "./report.ts";

export interface TrialPlan {
  readonly definition: ProviderDefinition;
  /** What `--provider` is given. */
  readonly providerId: string;
  readonly found: FoundBinary;
  readonly instructions: Instructions;
  readonly maxTurns: number;
  /** Told when a step is over. */
  readonly say: (step: StepReport) => void;
}

/** Turns a whole trial takes, one for each prompt and one after resuming. */
export function turnsOf(definition: ProviderDefinition, instructions: Instructions): number {
  const prompts = Object.values(instructions).filter((text) => text !== null).length;
  // what one session was told twice is told once more where no other prompt is a second one
  const again = instructions.lines === null && instructions.reply !== null ? 1 : 0;
  const resumed = mayResume(definition) === null && instructions.reply !== null ? 1 : 0;
  return prompts + again + resumed;
}

type Seen = Omit<StepReport, "step">;

/** So long is an agent at work before it is interrupted, so that there is something to interrupt. */
const workMs = 1_000;

/** The conformance steps of one provider, in an order in which one session can take them. */
export class Trial {
  readonly #ctx: AgentContext;
  readonly #plan: TrialPlan;
  readonly #steps: StepReport[] = [];
  #spent = 0;
  #agent: TrialAgent | undefined;
  /** Why nothing more can be tried, when that is so. */
  #over: string | null = null;

  constructor(ctx: AgentContext, plan: TrialPlan) {
    this.#ctx = ctx;
    this.#plan = plan;
  }

  /** What was found so far. */
  get steps(): readonly StepReport[] {
    return this.#steps;
  }

  /** Prompts that were sent. */
  get spent(): number {
    return this.#spent;
  }

  /** Runs all steps; one that goes wrong is reported, and the next one tried. */
  async run(): Promise<void> {
    const { instructions } = this.#plan;
    const { path, version } = this.#plan.found;
    this.#add("found", { ...seen("process"), evidence: path });
    this.#add("version", this.#version(version));
    await this.#first(instructions.reply);
    await this.#prompt("multi-line", instructions.lines, (agent, told, text) =>
      this.#exact(agent, told, text),
    );
    const { large } = instructions;
    await this.#prompt(
      "64 KB paste",
      large === null ? null : largeText(large),
      (agent, told, text) => this.#exact(agent, told, text),
    );
    await this.#prompt("approval", instructions.approval, (agent, told) =>
      this.#approval(agent, told),
    );
    await this.#prompt("question", instructions.question, (agent, told) =>
      this.#question(agent, told),
    );
    await this.#prompt("interrupt", instructions.work, (agent, told) =>
      this.#interrupt(agent, told),
    );
    await this.#secondTurn(instructions.reply);
    await this.#exit();
    await this.#resume(instructions.reply);
  }

  #version(version: string | null): Seen {
    const { id, binary } = this.#plan.definition;
    const untried = untriedWarning({ id, tried: binary.tried }, version);
    if (version === null) return unseen("the program does not tell its version");
    const evidence = untried === null ? `${version}, a version it was tried with` : untried;
    return { ...seen("process"), evidence };
  }

  /** The start, and the first prompt: three facts that are only there together. */
  async #first(text: string | null): Promise<void> {
    const rest = ["composer ready", "prompt accepted", "turn over"];
    if (text === null || this.#plan.maxTurns < 1) {
      const why =
        text === null ? "its definition has no prompt to begin with" : "no turn may be spent";
      this.#over = why;
      for (const step of ["starts", ...rest]) this.#add(step, unseen(why));
      return;
    }
    // the start of a supervisor is not the agent's
    await this.#ctx.caller.call("session.list", { input: {} });
    const startedAt = Date.now();
    let told: Told;
    try {
      told = await this.#spawn(text);
    } catch (thrown) {
      if (this.#ctx.signal.aborted) throw thrown;
      this.#over = "it was not started";
      this.#add("starts", failed(reasonOf(thrown)));
      for (const step of rest) this.#add(step, unseen(this.#over));
      return;
    }
    this.#spent++;
    const agent = this.#require();
    const started = await agent.event(isType("session_started"), this.#ctx.patience.startMs);
    const pane = started ? `pane ${started.pane}, pid ${started.pid ?? "unknown"}` : "";
    this.#add("starts", {
      ...(started ? seen("process", started) : failed("no process within its time")),
      ms: Date.now() - startedAt,
      ...(started ? { evidence: pane } : {}),
    });
    const next = await agent.next(told, "nothing");
    this.#add("composer ready", this.#ready(told, next, started));
    this.#add("prompt accepted", await this.#accepted(agent, told));
    this.#add("turn over", await this.#turnOver(agent, next, text));
    await this.#leave(agent, next);
  }

  async #spawn(task: string): Promise<Told> {
    const { caller, repository, env, signal } = this.#ctx;
    const spawned = (await caller.call(
      "session.spawn",
      {
        input: {
          provider_id: this.#plan.providerId,
          task,
          name: "trial",
          isolation: "shared",
          initial_prompt_mode: "send_after_launch",
          provider_options: this.#plan.definition.trial?.options ?? {},
        },
        cwd: repository,
        env,
      },
      { signal, timeoutMs: this.#ctx.patience.startMs },
    )) as { readonly session_id: string; readonly delivery: DeliveryJson | null };
    this.#agent = new TrialAgent(this.#ctx, spawned.session_id);
    const { id = "", turn_id: turnId = null } = spawned.delivery ?? {};
    return { deliveryId: id, turnId: turnId ?? "" };
  }

  #ready(told: Told, next: Next, started: EventJson | undefined): Seen {
    const { events } = this.#ctx.witness;
    const typed = events.find(
      (one) => one.type === "delivery_pasted" && one.delivery_id === told.deliveryId,
    );
    if (!typed) return failed(`the first prompt could not be typed: ${wordsOf(next)}`);
    const idle = events.find((one) => one.type === "session_state_changed" && one.to === "idle");
    const source = idle?.type === "session_state_changed" ? idle.source : "screen";
    const asked = events.filter((one) => one.type === "prompt_opened" && one.kind === "startup");
    const dialogs = asked.length === 0 ? "" : `, after ${asked.length} dialog(s) of its start`;
    return {
      ...seen(source, typed),
      ms: started ? Date.parse(typed.at) - Date.parse(started.at) : null,
      evidence: `the first prompt could be handed over${dialogs}`,
    };
  }

  async #accepted(agent: TrialAgent, told: Told): Promise<Seen> {
    const delivery = await agent.delivery(told.deliveryId);
    if (!delivery) return unseen("there is no record of it");
    const took =
      delivery.accepted_at !== null && delivery.submitted_at !== null
        ? Date.parse(delivery.accepted_at) - Date.parse(delivery.submitted_at)
        : null;
    if (delivery.state !== "accepted") {
      return failed(
        `it is ${delivery.state}: ${delivery.because ?? "nothing shows that it was taken"}`,
      );
    }
    const status = delivery.acceptance === "none" ? "not_offered" : "ok";
    return {
      status,
      source: delivery.accepted_by,
      event: "delivery_accepted",
      // what happened first may be told last; what is only concluded has no moment
      ms: took === null || status !== "ok" ? null : Math.max(0, took),
      evidence:
        status === "ok"
          ? `shown by ${delivery.accepted_by ?? "nobody"}, ${delivery.enters} Enter`
          : "no channel of it proves that; its emptied input line is all there is",
    };
  }

  async #turnOver(agent: TrialAgent, next: Next, text: string): Promise<Seen> {
    if (next.how !== "ended") return failed(wordsOf(next));
    const { event } = next;
    if (event.type !== "turn_completed") return failed(wordsOf(next));
    const { worker_output: output } = await agent.ask<{
      readonly worker_output: { readonly from: string | null; readonly text: string | null };
    }>("session.observe", { detail: "full" });
    const isScreen = output.from === "screen";
    const said = isScreen ? withoutEcho(output.text ?? "", text) : (output.text ?? "");
    const shown = isScreen ? "its screen shows" : "its result is";
    if (/pong/i.test(said)) {
      return { ...seen(event.source, event), ms: this.#turnMs(event), evidence: `${shown} "pong"` };
    }
    const words = normalise(said).slice(-60);
    return { ...unseen(`${shown} not "pong" but "${words}"`), source: event.source };
  }

  #turnMs(ended: Extract<EventJson, { turn_id: string }>): number | null {
    const began = this.#ctx.witness.events.find(
      (one) => one.type === "turn_started" && one.turn_id === ended.turn_id,
    );
    return began ? Date.parse(ended.at) - Date.parse(began.at) : null;
  }

  /** Another prompt of this session did it; where none could, the first one is told again. */
  async #secondTurn(text: string | null): Promise<void> {
    const { witness } = this.#ctx;
    const ended = witness.events.find((one) => one.type === "turn_completed" && one.n > 1);
    if (ended?.type === "turn_completed") {
      this.#add("second turn", {
        ...seen(ended.source, ended),
        ms: this.#turnMs(ended),
        evidence: `turn ${ended.n} of the session had a beginning and an end of its own`,
      });
      return;
    }
    await this.#prompt("second turn", text, async (agent, told, message) => {
      const next = await agent.next(told, "nothing");
      await this.#leave(agent, next);
      return this.#turnOver(agent, next, message);
    });
  }

  /** Whether the agent's own record holds the text byte for byte. */
  async #exact(agent: TrialAgent, told: Told, text: string): Promise<Seen> {
    const next = await agent.next(told, "nothing");
    await this.#leave(agent, next);
    const accepted = await this.#accepted(agent, told);
    const size = Buffer.byteLength(text);
    if (next.how !== "ended" || next.event.type !== "turn_completed") {
      return { ...failed(wordsOf(next)), source: accepted.source };
    }
    if (accepted.status === "failed") return accepted;
    const { source, event, ms } = accepted;
    const heard = await this.#heard(agent);
    const common = { source, event, ms };
    if (heard.some((one) => one === text)) {
      return { ...common, status: "ok", evidence: `${size} bytes, the same in its own record` };
    }
    if (heard.some((one) => one.includes(text))) {
      return { ...common, status: "ok", evidence: `${size} bytes, the same within its own record` };
    }
    if (heard.some((one) => normalise(one) === normalise(text))) {
      return {
        ...common,
        status: "ok",
        evidence: `${size} bytes; its own record has the same words with other blanks`,
      };
    }
    if (heard.length === 0) {
      return { ...unseen("it took the text; it keeps no record to compare with"), ...common };
    }
    return { ...common, status: "failed", evidence: `its own record holds another text` };
  }

  async #heard(agent: TrialAgent): Promise<string[]> {
    const { artifact_dir: folder } = await agent.ask<{ readonly artifact_dir: string }>(
      "session.collect",
    );
    const file = join(folder, "transcript.jsonl");
    if (!existsSync(file)) return [];
    const entries = readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as { readonly role: string; readonly text: string });
    return entries.filter(({ role }) => role === "user").map(({ text }) => text);
  }

  async #approval(agent: TrialAgent, told: Told): Promise<Seen> {
    const next = await agent.next(told, "approval");
    if (next.how !== "asks") {
      await this.#leave(agent, next);
      return next.how === "ended" && next.event.type === "turn_completed"
        ? unseen("the turn ended without asking for approval")
        : failed(wordsOf(next));
    }
    await agent.ask("session.approve", { prompt_id: next.event.prompt_id });
    let after = await agent.next(told, "approval");
    for (let more = 0; after.how === "asks" && more < 5; more++) {
      await agent.ask("session.approve", { prompt_id: after.event.prompt_id });
      after = await agent.next(told, "approval");
    }
    await this.#leave(agent, after);
    if (after.how !== "ended") return failed(`approved, and then: ${wordsOf(after)}`);
    const made = existsSync(join(this.#ctx.repository, approvedFile));
    const isChecked = isOrdinary(this.#plan.instructions, "approval");
    if (isChecked && !made) return failed("it was approved, and the command did not run");
    const ran = isChecked ? "; the command ran" : "";
    return this.#answered(next.event, `${quoted(next.event.text)}: ${ran}`);
  }

  async #question(agent: TrialAgent, told: Told): Promise<Seen> {
    const next = await agent.next(told, "question");
    if (next.how !== "asks") {
      await this.#leave(agent, next);
      return next.how === "ended" && next.event.type === "turn_completed"
        ? unseen("the turn ended without a question")
        : failed(wordsOf(next));
    }
    const chosen = await agent.answerFirst(next.event.prompt_id);
    const after = await agent.next(told, "nothing");
    await this.#leave(agent, after);
    if (after.how !== "ended") return failed(`answered, and then: ${wordsOf(after)}`);
    return this.#answered(next.event, `${quoted(next.event.text)}: "${chosen}"`);
  }

  /** A dialog that was seen and answered; `ms` is from the one to the other. */
  #answered(opened: Extract<EventJson, { type: "prompt_opened" }>, what: string): Seen {
    const given = this.#ctx.witness.events.find(
      (one) => one.type === "prompt_answered" && one.prompt_id === opened.prompt_id,
    );
    if (given?.type !== "prompt_answered") return failed(`${what}; the answer is not confirmed`);
    return {
      ...seen(opened.source, given),
      ms: Date.parse(given.at) - Date.parse(opened.at),
      evidence: `${what.replace(/: ;/, ";").replace(/: $/, "")}, answered through ${given.via}`,
    };
  }

  async #interrupt(agent: TrialAgent, told: Told): Promise<Seen> {
    const { acceptMs } = this.#ctx.patience;
    const began = await agent.event(
      (one): one is Extract<EventJson, { type: "turn_started" }> =>
        one.type === "turn_started" && one.turn_id === told.turnId,
      acceptMs,
    );
    if (!began) return failed("the turn did not begin");
    await pause(workMs, { keepAlive: true, signal: this.#ctx.signal });
    const pressedAt = Date.now();
    try {
      await agent.ask("session.interrupt");
    } catch (thrown) {
      if (AgentpoolError.from(thrown).code === "nothing_to_interrupt") {
        return unseen("the turn was over before it could be interrupted");
      }
      throw thrown;
    }
    const next = await agent.next(told, "nothing");
    if (next.how !== "ended") return failed(wordsOf(next));
    if (next.event.type !== "turn_interrupted") return unseen(wordsOf(next));
    return {
      ...seen(next.event.source, next.event),
      ms: Date.parse(next.event.at) - pressedAt,
      evidence: "the turn is told to be interrupted, and the session lives",
    };
  }

  async #exit(): Promise<void> {
    const agent = this.#agent;
    if (!agent || this.#over !== null)
      return this.#add("exit", unseen(this.#over ?? "not started"));
    const { keys, gapMs, withinMs } = this.#plan.definition.exit;
    const askedAt = Date.now();
    try {
      const { exit_code: code } = await agent.ask<{ readonly exit_code: number | null }>(
        "session.terminate",
        { ask: true },
      );
      const exited = await agent.event(isType("session_exited"), this.#ctx.patience.acceptMs);
      const ms = exited ? Date.parse(exited.at) - askedAt : null;
      const byItself = ms !== null && ms < (keys.length - 1) * gapMs + withinMs;
      const how = `exit code ${code ?? `unknown, signal ${exited?.signal ?? "unknown"}`}`;
      this.#add("exit", {
        ...(byItself ? seen("process", exited) : failed("")),
        ms,
        evidence: byItself
          ? `left by ${keys.flat().join(" ")}, ${how}`
          : `did not leave by ${keys.flat().join(" ")}; ended by a signal, ${how}`,
      });
    } catch (thrown) {
      this.#add("exit", failed(reasonOf(thrown)));
      this.#over = "the session could not be ended";
    }
  }

  async #resume(text: string | null): Promise<void> {
    const lacks = mayResume(this.#plan.definition);
    if (lacks !== null) return this.#add("resume", { ...unseen(lacks), status: "not_offered" });
    await this.#prompt("resume", text, async (agent, _told, message) => {
      type Shown = { readonly session: { readonly agent_session_id: string | null } };
      const before = await agent.ask<Shown>("session.show");
      const resumedAt = Date.now();
      agent.forgetPast();
      const { delivery } = await agent.ask<{ readonly delivery: DeliveryJson | null }>(
        resumeOperation,
        { prompt: message },
      );
      if (!delivery) return failed("it was resumed, and the prompt is not on its way");
      const told = { deliveryId: delivery.id, turnId: delivery.turn_id ?? "" };
      const next = await agent.next(told, "nothing");
      const after = await agent.ask<Shown>("session.show");
      await agent.ask("session.terminate");
      if (next.how !== "ended" || next.event.type !== "turn_completed")
        return failed(wordsOf(next));
      const id = after.session.agent_session_id;
      if (id !== before.session.agent_session_id) return failed("it began another conversation");
      return {
        ...seen(next.event.source, next.event),
        ms: Date.parse(next.event.at) - resumedAt,
        evidence: `a further turn in the same conversation ${id ?? ""}`.trim(),
      };
    });
  }

  /**
   * A step that costs a turn: not when there is no such prompt, nothing may be spent any more, or
   * the session is over.
   */
  async #prompt(
    step: string,
    text: string | null,
    body: (agent: TrialAgent, told: Told, text: string) => Promise<Seen>,
  ): Promise<Seen> {
    const report = await this.#tryPrompt(step, text, body);
    this.#add(step, report);
    return report;
  }

  async #tryPrompt(
    step: string,
    text: string | null,
    body: (agent: TrialAgent, told: Told, text: string) => Promise<Seen>,
  ): Promise<Seen> {
    const agent = this.#agent;
    if (text === null) {
      return {
        ...unseen("its definition says that there is no such thing"),
        status: "not_offered",
      };
    }
    if (!agent || this.#over !== null) return unseen(this.#over ?? "it was not started");
    const { maxTurns } = this.#plan;
    if (this.#spent >= maxTurns) return unseen(`--max-turns ${maxTurns} are spent`);
    this.#spent++;
    try {
      // a resumed session gets its prompt with the request
      const told = step === "resume" ? { deliveryId: "", turnId: "" } : await agent.tell(text);
      return await body(agent, told, text);
    } catch (thrown) {
      if (this.#ctx.signal.aborted) throw thrown;
      const { code, why } = AgentpoolError.from(thrown);
      if (code === "invalid_task") {
        this.#spent--;
        return { ...unseen(`refused before it is typed: ${why ?? ""}`), status: "not_offered" };
      }
      if (code === "session_ended") this.#over = "the session had ended";
      return failed(reasonOf(thrown));
    }
  }

  /** Makes the session free for the next step, or says why it never will be. */
  async #leave(agent: TrialAgent, next: Next): Promise<void> {
    if (next.how === "gone") this.#over = "the session had ended";
    if (next.how === "ended" && next.event.type === "turn_limited") {
      this.#over = "the account hit its limit";
    }
    if (next.how !== "silent" && next.how !== "asks") return;
    await agent.ask("session.interrupt").catch((thrown: unknown) => {
      this.#over = `an earlier step did not come to an end (${AgentpoolError.from(thrown).code})`;
    });
  }

  #require(): TrialAgent {
    if (!this.#agent) throw new Error("no session was started");
    return this.#agent;
  }

  #add(step: string, report: Seen): void {
    const { status, source, event, ms, evidence } = report;
    const whole = { step, status, source, event, ms, evidence };
    this.#steps.push(whole);
    this.#plan.say(whole);
  }
}

const resumeOperation = "session.resume";

/** Why a session of this provider cannot be resumed; null when it can. */
function mayResume(definition: ProviderDefinition): string | null {
  if (definition.options.resume !== true) return "its definition does not say how";
  const isThere = operations.some(({ name }) => name === resumeOperation);
  return isThere ? null : "this agentpool does not resume sessions";
}

function seen(source: string, event?: EventJson): Seen {
  return { status: "ok", source, event: event?.type ?? null, ms: null, evidence: "" };
}

function failed(evidence: string): Seen {
  return { status: "failed", source: null, event: null, ms: null, evidence };
}

function unseen(evidence: string): Seen {
  return { ...failed(evidence), status: "not_seen" };
}

function isType<T extends EventJson["type"]>(
  type: T,
): (event: EventJson) => event is Extract<EventJson, { type: T }> {
  return (event): event is Extract<EventJson, { type: T }> => event.type === type;
}

function wordsOf(next: Next): string {
  switch (next.how) {
    case "ended": {
      const { event } = next;
      const why = "error" in event ? event.error : "because" in event ? event.because : null;
      return `the turn was ${event.type.replace("turn_", "")}${why === null ? "" : `: ${why}`}`;
    }
    case "asks":
      return `it asks: ${quoted(next.event.text)}`;
    case "refused":
      return `the prompt was not delivered: ${next.because}`;
    case "gone":
      return "its process ended";
    case "silent":
      return "nothing came of it in its time";
  }
}

function reasonOf(thrown: unknown): string {
  const { message, why, code } = AgentpoolError.from(thrown);
  return `${message}${why === undefined ? "" : `: ${why}`} (${code})`;
}

/**
 * What was typed stands on the screen as well, as the end of a line, once for each time. An answer that
 * ends in the same words goes with it: better not seen than taken for one.
 */
function withoutEcho(screen: string, typed: string): string {
  const lines = screen.split("\n");
  return lines.filter((line) => !line.trimEnd().endsWith(typed.trimEnd())).join("\n");
}

function quoted(text: string): string {
  return `"${normalise(text).slice(0, 60)}"`;
}
