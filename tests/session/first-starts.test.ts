import { describe, expect, it } from "vitest";
import type { Session, SessionState } from "../../src/domain/session.ts";
import { FirstStarts } from "../../src/session/first-starts.ts";
import { waitFor } from "../support/wait.ts";

/** An agent that is starting, as far as its start concerns others. */
class Agent {
  readonly stop = new AbortController();
  opened = false;
  #state: SessionState = "starting";
  readonly #listeners = new Set<() => void>();

  readonly live = {
    session: this.#session(),
    onChange: (listener: () => void) => {
      this.#listeners.add(listener);
      return () => this.#listeners.delete(listener);
    },
  };

  start(starts: FirstStarts, prepares?: string): Promise<void> {
    const open = async (): Promise<void> => void (this.opened = true);
    return starts.run(prepares, open, { live: this.live, signal: this.stop.signal });
  }

  becomes(state: SessionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }

  #session(): Session {
    const state = (): SessionState => this.#state;
    return {
      get state() {
        return state();
      },
    } as Session;
  }
}

/** Lets everything that was to go on at once go on. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function started(count: number, prepares: string | undefined, starts = new FirstStarts()) {
  const agents = Array.from({ length: count }, () => new Agent());
  const ends = agents.map((agent) => agent.start(starts, prepares));
  await turn();
  return { agents, ends, opened: () => agents.map((agent) => agent.opened) };
}

describe("agents that prepare something in common", () => {
  it("are started one before all others, until it is up", async () => {
    const { agents, ends, opened } = await started(3, "database");
    await ends[0];
    expect(opened()).toEqual([true, false, false]);
    agents[0]?.becomes("unknown");
    await turn();
    expect(opened()).toEqual([true, false, false]);
    agents[0]?.becomes("idle");
    await Promise.all(ends);
    expect(opened()).toEqual([true, true, true]);
  });

  it("take turns when the first one ends before it is up", async () => {
    const { agents, ends, opened } = await started(3, "database");
    agents[0]?.becomes("failed");
    await ends[1];
    expect(opened()).toEqual([true, true, false]);
    agents[1]?.becomes("awaiting_input");
    await ends[2];
    expect(opened()).toEqual([true, true, true]);
  });

  it("take turns when the first one cannot even be started", async () => {
    const starts = new FirstStarts();
    const failing = starts.run("database", () => Promise.reject(new Error("no pane")), {
      live: new Agent().live,
      signal: new AbortController().signal,
    });
    const next = new Agent();
    const end = next.start(starts, "database");
    await expect(failing).rejects.toThrow("no pane");
    await end;
    expect(next.opened).toBe(true);
  });

  it("do not wait for ever for one that never comes up", async () => {
    const { opened } = await started(2, "database", new FirstStarts({ patienceMs: 20 }));
    expect(opened()).toEqual([true, false]);
    await waitFor(() => opened().every(Boolean), { what: "the second start" });
  });

  it("do not wait any more when their start is stopped", async () => {
    const { agents, ends } = await started(2, "database");
    agents[1]?.stop.abort();
    await ends[1];
    expect(agents[1]?.opened).toBe(true);
  });
});

it("agents that prepare nothing, or something else, wait for nobody", async () => {
  const starts = new FirstStarts();
  const first = await started(1, "database", starts);
  const other = await started(1, "another database", starts);
  const none = await started(2, undefined, starts);
  expect([...first.opened(), ...other.opened(), ...none.opened()]).toEqual(
    Array.from({ length: 4 }, () => true),
  );
});
