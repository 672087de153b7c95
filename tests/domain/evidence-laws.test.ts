import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isDelivered } from "../../src/domain/delivery.ts";
import { moveDelivery, queueDelivery } from "../../src/domain/delivery-rules.ts";
import { deriveState } from "../../src/domain/derive-state.ts";
import { Draft } from "../../src/domain/draft.ts";
import { doingsOf, restate } from "../../src/domain/evidence.ts";
import type { Event } from "../../src/domain/event.ts";
import type { Claim } from "../../src/domain/observation.ts";
import { isEndState } from "../../src/domain/session.ts";
import type { Source } from "../../src/domain/source.ts";
import { busyScreen, idleScreen, Play } from "../support/session.ts";

const prompts = fc.constantFrom("fix it", "fix it again", "explain");
const source = fc.constantFrom<Source>("hook", "log", "api", "screen", "terminal");
const agentTurn = fc.constantFrom(null, "t1", "t2");
const dialog = fc.constantFrom("Run ls?", "Run rm?").map((text) => ({
  kind: "approval" as const,
  text,
  subject: null,
  acceptsText: false,
  options: [{ label: "Yes", key: "1", role: "allow" as const, reply: null }],
}));

const claim: fc.Arbitrary<Claim> = fc.oneof(
  fc.record({ kind: fc.constant("prompt_taken" as const), text: prompts, agentTurn }),
  fc.record({ kind: fc.constant("prompt_queued" as const), text: prompts }),
  fc.record({
    kind: fc.constant("turn_ended" as const),
    outcome: fc.constantFrom("completed" as const, "interrupted" as const, "failed" as const),
    agentTurn,
    result: fc.constantFrom(null, "done"),
    error: fc.constant(null),
  }),
  fc.record({ kind: fc.constantFrom("busy" as const, "idle" as const), because: fc.constant("x") }),
  fc.constantFrom(idleScreen, busyScreen).map((reading) => ({ kind: "screen" as const, reading })),
  dialog.map((shown) => ({
    kind: "screen" as const,
    reading: { ...idleScreen, composer: null, dialog: shown, dialogLines: [shown.text] },
  })),
  dialog.map((shown) => ({
    kind: "dialog_opened" as const,
    ref: shown.text,
    dialog: shown,
    channel: null,
  })),
  fc
    .constantFrom("Run ls?", null)
    .map((ref) => ({ kind: "dialog_closed" as const, ref, how: "x" })),
  fc.constantFrom(0, 1).map((count) => ({ kind: "background_jobs" as const, count })),
);

type Step =
  | { readonly say: Claim; readonly source: Source }
  | { readonly pass: number }
  | { readonly send: string }
  | { readonly exit: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ say: claim, source }) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 8_000 }).map((pass) => ({ pass })) },
  { weight: 3, arbitrary: prompts.map((send) => ({ send })) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 1 }).map((exit) => ({ exit })) },
);

function play(steps: readonly Step[]): { readonly game: Play; readonly events: Event["body"][] } {
  const game = new Play();
  const events: Event["body"][] = [];
  const record = (bodies: readonly { readonly body: Event["body"] }[]): void => {
    events.push(...bodies.map((one) => one.body));
  };
  for (const one of steps) {
    if ("say" in one) record(game.say(one.source, one.say).decision.events);
    else if ("pass" in one) game.pass(one.pass);
    else if ("exit" in one) {
      record(
        game.say("process", { kind: "process_exited", exitCode: one.exit, signal: null }).decision
          .events,
      );
    } else if (!isEndState(game.view.session.state)) {
      const draft = new Draft(game.view);
      const { id } = queueDelivery(draft, game.context, {
        text: one.send,
        preview: one.send,
        sizeBytes: 1,
        sha256: "",
        via: "pane",
        when: "idle",
        author: "person",
        idempotencyKey: null,
        acceptance: "exact",
        promptId: null,
        ttlMs: 1_000,
      });
      moveDelivery(draft, game.context, id, "pasted", null);
      moveDelivery(draft, game.context, id, "submitted", null);
      restate(draft, game.now, game.now);
      record(draft.decision().events);
      game.view = draft.view();
    }
  }
  return { game, events };
}

describe("whatever the sources say, in whatever order", () => {
  it("at most one turn runs, and it is the current one", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { game } = play(steps);
        const running = game.view.turns.filter((turn) => turn.state === "running");
        expect(running.length).toBeLessThanOrEqual(1);
        expect(game.view.session.currentTurnId).toBe(running[0]?.id ?? null);
      }),
      { numRuns: 500 },
    );
  });

  it("the state always follows from the facts that were stored", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { game } = play(steps);
        const draft = new Draft(game.view);
        const derived = deriveState(draft.session, doingsOf(draft));
        expect(derived.state).toBe(game.view.session.state);
      }),
      { numRuns: 500 },
    );
  });

  it("each delivery is accepted at most once, each turn starts at most once", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { events } = play(steps);
        const accepted = events.flatMap((one) =>
          one.type === "delivery_accepted" ? [one.delivery_id] : [],
        );
        const started = events.flatMap((one) => (one.type === "turn_started" ? [one.turn_id] : []));
        expect(new Set(accepted).size).toBe(accepted.length);
        expect(new Set(started).size).toBe(started.length);
      }),
      { numRuns: 500 },
    );
  });

  it("nothing is left open when the process is over", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { game } = play([...steps, { exit: 0 }]);
        expect(isEndState(game.view.session.state)).toBe(true);
        expect(game.view.turns.every((turn) => !["queued", "running"].includes(turn.state))).toBe(
          true,
        );
        expect(game.view.deliveries.every(isDelivered)).toBe(true);
        expect(game.view.prompts).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("said twice, a level changes nothing the second time", () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 30 }),
        fc.constantFrom(idleScreen, busyScreen),
        (steps, reading) => {
          const { game } = play(steps);
          game.say("screen", { kind: "screen", reading });
          game.say("screen", { kind: "screen", reading });
          const { decision } = game.say("screen", { kind: "screen", reading });
          expect(decision.events).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });
});
