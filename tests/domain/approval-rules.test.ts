import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Approval } from "../../src/domain/approval.ts";
import {
  cancelApproval,
  decideApproval,
  expireApprovals,
  mayDecide,
  nextExpiry,
  requestApproval,
} from "../../src/domain/approval-rules.ts";
import type { Decision } from "../../src/domain/decision.ts";
import { makeApproval } from "../support/records.ts";
import { t0 } from "../support/session.ts";

/** What a store would make of a decision: undefined when a guard does not hold. */
function apply(approval: Approval, { guards, writes }: Decision): Approval | undefined {
  const held = guards.every((guard) => {
    const expected = (guard as { expect?: Partial<Approval> }).expect ?? {};
    return Object.entries(expected).every(([name, value]) => Reflect.get(approval, name) === value);
  });
  if (!held) return undefined;
  const updates = writes.flatMap((write) => ("update" in write ? [write.update as object] : []));
  return Object.assign({}, approval, ...updates) as Approval;
}

const verdict = (state: "approved" | "rejected", by: string, actsFor: readonly string[] = []) => ({
  state,
  by,
  actsFor,
  agent: null,
  comment: null,
});

test("whatever is tried, and however stale the reading, it ends once and stays what it ended as", () => {
  const step = fc.record({
    what: fc.constantFrom(...(["approved", "rejected", "cancel", "expire"] as const)),
    by: fc.constantFrom("person", "session:ap_000000000001", "session:ap_lead00000000"),
    at: fc.integer({ min: 0, max: 120_000 }),
    stale: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const first = makeApproval();
      let stored = first;
      let events = 0;
      for (const { what, by, at, stale } of steps) {
        const read = stale ? first : stored;
        const now = t0 + at;
        const decision =
          what === "cancel"
            ? cancelApproval(read, { by, because: "gone" }, now).decision
            : what === "expire"
              ? expireApprovals([read], now)
              : decideApproval(read, verdict(what, by), now).decision;
        const after = apply(stored, decision);
        if (after === undefined || decision.writes.length === 0) continue;
        events += decision.events.length;
        expect(stored.state).toBe("pending");
        stored = after;
        const isDecided = stored.state === "approved" || stored.state === "rejected";
        expect(isDecided && stored.decidedBy === first.requestedBy).toBe(false);
        expect(isDecided && now >= first.expiresAt).toBe(false);
      }
      expect(events).toBe(stored.state === "pending" ? 0 : 1);
    }),
  );
});

test("who asked does not decide, nor does a session they started, whatever name it has", () => {
  const asked = makeApproval();
  const requester = asked.requestedBy;

  expect(decideApproval(asked, verdict("approved", requester), t0).outcome).toBe("own");
  const child = verdict("approved", "session:ap_child0000000", [requester, "person"]);
  expect(decideApproval(asked, child, t0).outcome).toBe("own");
  expect(decideApproval(asked, verdict("rejected", "person"), t0).outcome).toBe("decided");
  expect(mayDecide(makeApproval({ requestedBy: "run:rn_1" }), [requester])).toBe(false);
});

test("an agent decides what those ask whom it started, or whose run it leads, and nothing else", () => {
  const [asker, starter, stranger] = ["ap_worker000000", "ap_lead00000000", "ap_other0000000"].map(
    (id) => `session:${id}`,
  ) as [string, string, string];
  const askers = [asker, "run:rn_1", starter, "person"];
  const rule = (by: string, leads: string | null, runId: string | null, whoAsked = askers) =>
    decideApproval(
      makeApproval({ requestedBy: whoAsked[0] ?? "person", sessionId: null, runId }),
      { ...verdict("approved", by), agent: { leads, askers: whoAsked } },
      t0,
    ).outcome;

  expect(rule(starter, null, null)).toBe("decided");
  expect(rule(stranger, "rn_1", "rn_1")).toBe("decided");
  for (const [leads, runId] of [
    [null, null],
    [null, "rn_1"],
    ["rn_2", "rn_1"],
    ["rn_1", null],
  ] as const) {
    expect(rule(stranger, leads, runId)).toBe("stranger");
  }
  // who is no session has nobody who started it
  expect(rule(stranger, null, null, [])).toBe("stranger");
  expect(rule(asker, "rn_1", "rn_1")).toBe("own");
});

test("two agents of which neither started the other decide nothing for each other", () => {
  const agents = fc.array(fc.nat({ max: 3 }), { minLength: 2, maxLength: 12 });
  fc.assert(
    fc.property(agents, fc.nat(), fc.nat(), (parents, one, two) => {
      // each is started by one before it, the first by a person
      const line = (at: number): string[] =>
        at === 0
          ? ["session:0", "person"]
          : [`session:${at}`, ...line(Math.max(0, at - 1 - (parents[at] ?? 0)))];
      const [a, b] = [one % parents.length, two % parents.length];
      const outcome = (asks: number, decides: number): string => {
        const [by = "", ...actsFor] = line(decides);
        const asked = makeApproval({
          requestedBy: `session:${asks}`,
          sessionId: null,
          runId: null,
        });
        const agent = { leads: null, askers: line(asks) };
        return decideApproval(asked, { ...verdict("approved", by, actsFor), agent }, t0).outcome;
      };
      const both = [outcome(a, b), outcome(b, a)];
      expect(both).not.toEqual(["decided", "decided"]);
      const isRelated =
        a !== b && (line(a).includes(`session:${b}`) || line(b).includes(`session:${a}`));
      expect(both.includes("decided")).toBe(isRelated);
    }),
  );
});

test("the same verdict given again is no other; another one comes too late", () => {
  const { approval } = decideApproval(makeApproval(), verdict("approved", "person"), t0);

  expect(decideApproval(approval, verdict("approved", "person"), t0 + 1).outcome).toBe("repeated");
  expect(decideApproval(approval, verdict("rejected", "person"), t0 + 1).outcome).toBe("over");
  expect(decideApproval(approval, verdict("approved", "agent:x"), t0 + 1).outcome).toBe("over");
});

test("from its last moment on it is refused, and a verdict that comes then writes that down", () => {
  const asked = makeApproval();
  const late = decideApproval(asked, verdict("approved", "person"), asked.expiresAt);

  expect(late).toMatchObject({ outcome: "late", approval: { state: "expired", decidedBy: null } });
  expect(late.decision.events).toMatchObject([{ body: { type: "approval_expired" } }]);
  expect(nextExpiry([asked, makeApproval({ expiresAt: t0 + 5 })])).toBe(t0 + 5);
  expect(nextExpiry([late.approval])).toBeNull();
});

test("a request is one record and one event", () => {
  const wish = { ...makeApproval(), timeoutMs: 1_000 };
  const { approval, decision } = requestApproval(wish, { now: t0, id: "av_2" });

  expect(approval).toMatchObject({ id: "av_2", state: "pending", expiresAt: t0 + 1_000 });
  expect(decision.writes).toHaveLength(1);
  expect(decision.events).toMatchObject([
    { sessionId: approval.sessionId, body: { type: "approval_requested", approval_id: "av_2" } },
  ]);
});
