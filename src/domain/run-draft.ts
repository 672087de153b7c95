import { nothing, type Decision, type Guard, type Write } from "./decision.ts";
import type { EventBody, NewEvent } from "./event.ts";
import type { Run, RunState, RunStep } from "./run.ts";

/** Another state for a run. */
export interface RunTurn {
  readonly state: RunState;
  /** What stands at the run from then on. */
  readonly because: string | null;
  readonly by: string;
  /** What the event tells; `because` when absent. */
  readonly why?: string | null;
}

/** A run on its way to another state, and what changes with it. */
export class RunDraft {
  readonly #run: Run;
  readonly #now: number;
  #update: Partial<Run> = {};
  readonly #guards: Guard[] = [];
  readonly #writes: Write[] = [];
  readonly #events: NewEvent[] = [];

  constructor(run: Run, now: number) {
    this.#run = run;
    this.#now = now;
  }

  add({ guards, writes, events }: Decision): void {
    this.#guards.push(...guards);
    this.#writes.push(...writes);
    this.#events.push(...events);
  }

  become(to: RunTurn): void {
    if (this.#run.state !== to.state) this.#turn(to);
  }

  /** By whoever says so last: a pause can be taken over. */
  pause({ because, by }: { readonly because: string; readonly by: string }): void {
    const isSame = this.#run.state === "paused" && this.#run.because === because;
    if (!isSame) this.#turn({ state: "paused", because, by });
  }

  begin(by: string): void {
    this.become({ state: "running", because: null, by });
    const startedAt = this.#now;
    this.#update = { ...this.#update, because: null, output: null, startedAt, endedAt: null };
  }

  end({ state, because, output }: NonNullable<RunStep["end"]>): void {
    this.#update = { ...this.#update, state, because, output, endedAt: this.#now };
    this.#tell({ type: "run_ended", run_id: this.#run.id, state, because });
  }

  decision(): Decision {
    const isChanged = Object.keys(this.#update).length > 0 || this.#writes.length > 0;
    if (!isChanged) return nothing;
    const { id, state, updatedAt } = this.#run;
    // always higher than before, so that it tells versions apart however fast they follow
    const update = { ...this.#update, updatedAt: Math.max(this.#now, updatedAt + 1) };
    return {
      guards: [{ noun: "run", id, expect: { state, updatedAt } }, ...this.#guards],
      writes: [{ noun: "run", id, update }, ...this.#writes],
      events: this.#events,
    };
  }

  #turn({ state: to, because, by, why = because }: RunTurn): void {
    const { id, state: from } = this.#run;
    this.#update = { ...this.#update, state: to, because };
    this.#tell({ type: "run_state_changed", run_id: id, from, to, because: why, by });
  }

  #tell(body: EventBody): void {
    this.#events.push({ sessionId: null, runId: this.#run.id, at: this.#now, body });
  }
}
