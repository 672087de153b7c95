import { expect, test } from "vitest";
import { defaultApprovalMs } from "../../src/domain/approval.ts";
import { person, type Principal } from "../../src/domain/principal.ts";
import { formatTime } from "../../src/domain/time.ts";
import { decide, makeApproval } from "../support/records.ts";
import { openHome, type TestHome } from "../support/home.ts";
import { makeSession } from "../support/session.ts";
import { waitFor } from "../support/wait.ts";

interface Answer {
  readonly approval: { readonly id: string; readonly state: string; readonly decided_by: string };
}

const ci = { kind: "coordinator", id: "coord_ci" } as const;
const session = (sessionId: string): Principal => ({ kind: "session", sessionId });

async function ask(home: TestHome, by: Principal, input: object = {}): Promise<string> {
  const request = { subject: "Push the branch", ...input };
  const { approval } = (await home.as(by).call("approval.request", { input: request })) as Answer;
  return approval.id;
}

const verdict = (home: TestHome, by: Principal, verb: "approve" | "reject", id: string) =>
  home.as(by).call(`approval.${verb}`, { input: { approval_id: id } }) as Promise<Answer>;

/** Sessions of which only the rows are there. */
async function withSessions(home: TestHome, authors: Readonly<Record<string, string>>) {
  await home.app.store.commit(
    decide({
      writes: Object.entries(authors).map(([id, author]) => ({
        noun: "session",
        insert: makeSession({ id, author, state: "completed", endedAt: 1 }),
      })),
    }),
  );
}

/** As a run asks: by a commit of its scheduler. */
async function askAsRun({ app }: TestHome, id: string, at: number, timeoutMs: number) {
  const expiresAt = at + timeoutMs;
  const approval = makeApproval({ id, requestedBy: "run:rn_1", createdAt: at, expiresAt });
  const { kind, subject, requestedBy } = approval;
  const body = {
    type: "approval_requested",
    approval_id: id,
    kind,
    subject,
    requested_by: requestedBy,
    task_id: null,
    expires_at: formatTime(expiresAt),
  } as const;
  await app.store.commit(
    decide({
      writes: [{ noun: "approval", insert: approval }],
      events: [{ sessionId: null, at, body }],
    }),
  );
}

test("approve and reject at once have one winner, and whoever waits hears of it from the commit", async () => {
  const home = await openHome();
  for (let round = 0; round < 20; round++) {
    const id = await ask(home, ci);
    const waiting = home.ask<Answer & { approved: boolean }>("approval.wait", {
      approval_id: id,
      // nothing but the commit wakes it: its own time is over long after this test's
      timeout_seconds: 600,
    });
    const race = await Promise.allSettled([
      verdict(home, person, "approve", id),
      verdict(home, person, "reject", id),
    ]);
    const { approved, approval } = await waiting;

    const won = race.flatMap((one) => (one.status === "fulfilled" ? [one.value.approval] : []));
    const lost = race.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
    expect(won).toMatchObject([{ state: approved ? "approved" : "rejected" }]);
    expect(lost).toMatchObject([{ code: "approval_over" }]);
    expect(approval.state).toBe(won[0]?.state);
  }
});

test("a dry run says what would be decided and by whom, refuses what would be, and changes nothing", async () => {
  const home = await openHome();
  const id = await ask(home, ci);
  const last = await home.app.store.events.last();
  const dry = { dry_run: true };
  for (const [name, field] of [
    ["approval.approve", "approval_id"],
    ["approval.reject", "approval_id"],
    ["session.approve", "session_id"],
    ["session.deny", "session_id"],
  ] as const) {
    const input = { [field]: id, comment: "Fine", ...dry };
    expect(await home.ask(name, input)).toMatchObject({
      dry_run: true,
      approval: { id, state: "pending", decided_by: "person", decided_at: null, comment: "Fine" },
    });
    await expect(home.as(ci).call(name, { input })).rejects.toMatchObject({ code: "own_approval" });
  }
  expect(await home.app.store.events.last()).toBe(last);

  await verdict(home, person, "reject", id);
  const late = home.ask("approval.approve", { approval_id: id, ...dry });
  await expect(late).rejects.toMatchObject({ code: "approval_over" });
});

test("nobody decides what they, or those who started them, asked for", async () => {
  const home = await openHome();
  await withSessions(home, {
    ap_lead00000000: "run:rn_1",
    ap_worker000000: "session:ap_lead00000000",
    ap_helper000000: "session:ap_worker000000",
    ap_other0000000: "person",
  });
  const own = { code: "own_approval" };
  const byWorker = await ask(home, session("ap_worker000000"));
  const byPerson = await ask(home, person);

  for (const by of ["ap_worker000000", "ap_helper000000"]) {
    await expect(verdict(home, session(by), "approve", byWorker)).rejects.toMatchObject(own);
  }
  await expect(verdict(home, person, "approve", byPerson)).rejects.toMatchObject(own);
  await expect(
    verdict(home, session("ap_other0000000"), "approve", byPerson),
  ).rejects.toMatchObject(own);
  const named = { approval_id: byWorker, agent: "somebody" };
  await expect(
    home.as(session("ap_worker000000")).call("approval.approve", { input: named }),
  ).rejects.toMatchObject({ code: "policy_blocked" });

  const decided = await verdict(home, session("ap_lead00000000"), "reject", byWorker);
  expect(decided.approval).toMatchObject({
    state: "rejected",
    decided_by: "session:ap_lead00000000",
    run_id: "rn_1",
  });
  expect((await verdict(home, ci, "approve", byPerson)).approval.state).toBe("approved");
});

test("agents decide for whom they started, and for nobody who has nothing to do with them", async () => {
  const home = await openHome();
  await withSessions(home, {
    ap_lead00000000: "person",
    ap_worker000000: "session:ap_lead00000000",
    ap_helper000000: "session:ap_worker000000",
    ap_other0000000: "person",
    ap_cousin000000: "session:ap_lead00000000",
  });
  const askers = { worker: session("ap_worker000000"), helper: session("ap_helper000000") };
  const refusal = (by: string, id: string) => ({
    code: "not_decider",
    why: expect.stringContaining(`session:${by} neither started`) as string,
    hint: expect.stringContaining(`agentpool approval approve ${id}`) as string,
  });
  for (const [asks, strangers] of [
    [askers.worker, ["ap_other0000000", "ap_cousin000000"]],
    [askers.helper, ["ap_other0000000", "ap_cousin000000"]],
    [session("ap_other0000000"), ["ap_lead00000000", "ap_helper000000"]],
    [ci, ["ap_lead00000000", "ap_other0000000"]],
  ] as const) {
    const id = await ask(home, asks);
    for (const by of strangers) {
      for (const verb of ["approve", "reject"] as const) {
        const given = verdict(home, session(by), verb, id);
        await expect(given, `${by} ${verb}`).rejects.toMatchObject(refusal(by, id));
      }
      const dry = { session_id: id, dry_run: true };
      await expect(
        home.as(session(by)).call("session.approve", { input: dry }),
      ).rejects.toMatchObject({ code: "not_decider" });
    }
    expect((await home.app.store.approvals.get(id))?.state).toBe("pending");
    await verdict(home, person, "approve", id);
  }
  // itself or through others
  for (const asks of [askers.worker, askers.helper]) {
    const id = await ask(home, asks);
    const { approval } = await verdict(home, session("ap_lead00000000"), "approve", id);
    expect(approval).toMatchObject({ state: "approved", decided_by: "session:ap_lead00000000" });
  }
});

test("what expires is refused: at its moment, after a restart, and for whoever looks at the file", async () => {
  const clock = { aheadMs: 0 };
  const home = await openHome({ now: () => Date.now() + clock.aheadMs });
  const soon = await ask(home, ci, { expires_in_seconds: 1 });
  const later = await ask(home, ci, { expires_in_seconds: 3_600 });
  const waiting = home.ask<Answer>("approval.wait", { approval_id: soon, timeout_seconds: 60 });
  clock.aheadMs += 1_000;
  expect((await waiting).approval).toMatchObject({ state: "expired", decided_by: null });
  await expect(verdict(home, person, "approve", soon)).rejects.toMatchObject({
    code: "approval_over",
  });

  const third = await ask(home, ci, { expires_in_seconds: 3 });
  clock.aheadMs += 3_000;
  const shown = await home.ask<Answer>("approval.show", { approval_id: third });
  expect(shown.approval.state).toBe("expired");
  await expect(verdict(home, person, "approve", third)).rejects.toMatchObject({
    code: "approval_over",
  });
  await home.leave();
  clock.aheadMs += 7_200_000;
  await home.restart();
  const [stored] = await home.app.store.approvals.startingWith(later);
  expect(stored?.state).toBe("expired");
});

test("a clock that is set refuses nothing and gives nobody longer: the moment moves with it", async () => {
  const clock = { aheadMs: 0 };
  const home = await openHome({ now: () => Date.now() + clock.aheadMs });
  const leftMs = async (id: string): Promise<number> => {
    const [stored] = await home.app.store.approvals.startingWith(id);
    return (stored?.expiresAt ?? 0) - Date.now() - clock.aheadMs;
  };
  const [decided, undecided] = [await ask(home, ci), await ask(home, ci)];
  const before = await leftMs(undecided);

  clock.aheadMs += 30 * 86_400_000;
  expect((await verdict(home, person, "approve", decided)).approval.state).toBe("approved");
  expect(await leftMs(undecided)).toBeGreaterThan(before - 60_000);
  clock.aheadMs -= 60 * 86_400_000;
  const third = await ask(home, ci);
  expect(await leftMs(undecided)).toBeLessThanOrEqual(before);
  expect(await leftMs(undecided)).toBeGreaterThan(before - 60_000);
  expect(await leftMs(third)).toBeLessThanOrEqual(defaultApprovalMs);

  const events = await home.app.store.events.since(0, { types: ["approval_moved"], limit: 9 });
  expect(events.map(({ body }) => "because" in body && body.because)).toEqual([
    expect.stringMatching(/^the clock was set forward by \d+ s$/),
    expect.stringMatching(/^the clock was set forward by \d+ s$/),
    expect.stringMatching(/^the clock was set back by \d+ s$/),
  ]);
});

test("what a run asks for is refused when its time is over, though nobody asks for anything else", async () => {
  const home = await openHome();
  await askAsRun(home, "av_gate00000000", Date.now(), 50);
  const over = await waitFor(async () => {
    const approval = await home.app.store.approvals.get("av_gate00000000");
    return approval?.state !== "pending" && approval;
  });
  expect(over).toMatchObject({ state: "expired", decidedBy: null });
});

test("what a run asks for after the clock was set has its time by that clock", async () => {
  const clock = { aheadMs: 0 };
  const home = await openHome({ now: () => Date.now() + clock.aheadMs });
  const before = await ask(home, ci);
  clock.aheadMs -= 86_400_000;
  await askAsRun(home, "av_gate00000000", Date.now() + clock.aheadMs, 3_600_000);

  const { approval } = await verdict(home, person, "approve", "av_gate00000000");
  expect(approval.state).toBe("approved");
  expect((await verdict(home, person, "approve", before)).approval.state).toBe("approved");
  const moved = await home.app.store.events.since(0, { types: ["approval_moved"], limit: 9 });
  expect(moved.map(({ body }) => "approval_id" in body && body.approval_id)).toEqual([before]);
});

test("the same request made again finds the same approval, and a wait survives the supervisor", async () => {
  const home = await openHome();
  const request = { subject: "Push" };
  const twice = await Promise.all(
    [1, 2].map(() => home.as(ci).call("approval.request", { input: request, idempotencyKey: "k" })),
  );
  expect(twice[0]).toEqual(twice[1]);
  await expect(
    home.as(ci).call("approval.request", { input: { subject: "Pull" }, idempotencyKey: "k" }),
  ).rejects.toMatchObject({ code: "idempotency_conflict" });

  const { id } = (twice[0] as Answer).approval;
  await home.restart();
  const waiting = home.ask<Answer>("approval.wait", { approval_id: id, timeout_seconds: 60 });
  await waitFor(async () => (await home.app.store.approvals.pending()).length === 1);
  await verdict(home, person, "approve", id.slice(0, 12));
  expect((await waiting).approval.state).toBe("approved");
});

test("a run asks once under a key, and takes back what it does not need", async () => {
  const home = await openHome();
  await withSessions(home, { ap_lead00000000: "run:rn_1" });
  const id = await ask(home, session("ap_lead00000000"));
  const cancelled = (await home
    .as(session("ap_lead00000000"))
    .call("approval.cancel", { input: { approval_id: id, because: "done" } })) as Answer;
  expect(cancelled.approval).toMatchObject({ state: "cancelled", comment: "done" });
  const foreign = await ask(home, ci);
  await expect(
    home
      .as(session("ap_lead00000000"))
      .call("approval.cancel", { input: { approval_id: foreign } }),
  ).rejects.toMatchObject({ code: "policy_blocked" });
});
