import { AgentpoolError } from "../../../domain/errors.ts";
import { untriedWarning } from "../../../provider/version.ts";
import type { AgentContext, Next, TrialAgent } from "./agent.ts";
import { largeText } from "./instructions.ts";
import { whyNoResume, type TrialPlan } from "./plan.ts";
import type { StepReport } from "./report.ts";
import { failed, notOffered, reasonOf, seen, unseen, type Seen } from "./seen.ts";
import { accepted } from "./steps/accepted.ts";
import { approval, question } from "./steps/dialogs.ts";
import { exact } from "./steps/exact.ts";
import { exit } from "./steps/exit.ts";
import { interrupt } from "./steps/interrupt.ts";
import { resume } from "./steps/resume.ts";
import { ready, spawn, starts, type Started } from "./steps/start.ts";
import type { Stage, Step } from "./steps/step.ts";
import { oneMoreTurn, secondTurn, turnOver } from "./steps/turn-over.ts";

/** The conformance steps of one provider, in an order in which one session can take them. */
export class Trial {
  readonly #stage: Stage;
  readonly #steps: StepReport[] = [];
  #spent = 0;
  #agent: TrialAgent | undefined;
  /** Why nothing more can be tried, when that is so. */
  #over: string | null = null;

  constructor(ctx: AgentContext, plan: TrialPlan) {
    this.#stage = { ctx, plan, leave: (agent, next) => this.#leave(agent, next) };
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
    const { instructions, found } = this.#stage.plan;
    const { reply, lines, large } = instructions;
    this.#add("found", { ...seen("process"), evidence: found.path });
    this.#add("version", this.#version(found.version));
    await this.#first(reply);
    await this.#prompt("multi-line", lines, exact);
    await this.#prompt("64 KB paste", large === null ? null : largeText(large), exact);
    await this.#prompt("approval", instructions.approval, approval);
    await this.#prompt("question", instructions.question, question);
    await this.#prompt("interrupt", instructions.work, interrupt);
    const second = secondTurn(this.#stage);
    if (second) this.#add("second turn", second);
    else await this.#prompt("second turn", reply, oneMoreTurn);
    await this.#exit();
    const lacks = whyNoResume(this.#stage.plan.definition);
    if (lacks !== null) this.#add("resume", notOffered(lacks));
    else await this.#prompt("resume", reply, resume);
  }

  #version(version: string | null): Seen {
    const { id, binary } = this.#stage.plan.definition;
    const untried = untriedWarning({ id, tried: binary.tried }, version);
    if (version === null) return unseen("the program does not tell its version");
    const evidence = untried === null ? `${version}, a version it was tried with` : untried;
    return { ...seen("process"), evidence };
  }

  /** The start, and the first prompt: facts that are only there together. */
  async #first(text: string | null): Promise<void> {
    const rest = ["composer ready", "prompt accepted", "turn over"];
    const { ctx, plan } = this.#stage;
    if (text === null || plan.maxTurns < 1) {
      const why =
        text === null ? "its definition has no prompt to begin with" : "no turn may be spent";
      this.#over = why;
      for (const step of ["starts", ...rest]) this.#add(step, unseen(why));
      return;
    }
    // the start of a supervisor is not the agent's
    await ctx.caller.call("session.list", { input: {} });
    const askedAt = Date.now();
    let started: Started;
    try {
      started = await spawn(this.#stage, text);
    } catch (thrown) {
      if (ctx.signal.aborted) throw thrown;
      this.#over = "it was not started";
      this.#add("starts", failed(reasonOf(thrown)));
      for (const step of rest) this.#add(step, unseen(this.#over));
      return;
    }
    this.#spent++;
    const { agent, told } = started;
    this.#agent = agent;
    const { report, event } = await starts(this.#stage, agent, askedAt);
    this.#add("starts", report);
    const next = await agent.next(told, "nothing");
    this.#add("composer ready", ready(this.#stage, told, next, event));
    this.#add("prompt accepted", await accepted(agent, told));
    this.#add("turn over", await turnOver(this.#stage, agent, next, text));
    await this.#leave(agent, next);
  }

  async #exit(): Promise<void> {
    const agent = this.#agent;
    if (!agent || this.#over !== null) {
      this.#add("exit", unseen(this.#over ?? "not started"));
      return;
    }
    try {
      this.#add("exit", await exit(this.#stage, agent));
    } catch (thrown) {
      this.#add("exit", failed(reasonOf(thrown)));
      this.#over = "the session could not be ended";
    }
  }

  async #prompt(name: string, text: string | null, step: Step): Promise<void> {
    this.#add(name, await this.#tryPrompt(text, step));
  }

  /**
   * A step that costs a turn: not when there is no such prompt, nothing may be spent any more, or
   * the session is over.
   */
  async #tryPrompt(text: string | null, step: Step): Promise<Seen> {
    const agent = this.#agent;
    if (text === null) return notOffered("its definition says that there is no such thing");
    if (!agent || this.#over !== null) return unseen(this.#over ?? "it was not started");
    const { ctx, plan } = this.#stage;
    if (this.#spent >= plan.maxTurns) return unseen(`--max-turns ${plan.maxTurns} are spent`);
    this.#spent++;
    try {
      // a resumed session gets its prompt with the request
      const told = step === resume ? { deliveryId: "", turnId: "" } : await agent.tell(text);
      return await step(this.#stage, agent, told, text);
    } catch (thrown) {
      if (ctx.signal.aborted) throw thrown;
      const { code, why } = AgentpoolError.from(thrown);
      if (code === "invalid_task") {
        this.#spent--;
        return notOffered(`refused before it is typed: ${why ?? ""}`);
      }
      if (code === "session_ended") this.#over = "the session had ended";
      return failed(reasonOf(thrown));
    }
  }

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

  #add(step: string, report: Seen): void {
    const { status, source, event, ms, evidence } = report;
    const whole = { step, status, source, event, ms, evidence };
    this.#steps.push(whole);
    this.#stage.plan.say(whole);
  }
}
