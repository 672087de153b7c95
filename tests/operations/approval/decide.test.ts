// needs: tmux
/** approve, deny and approval approve|reject, by the ids of all that somebody may name. */
import { expect, test } from "vitest";
import { openHome } from "../../support/home.ts";
import { decide, makeApproval, makePrompt, makeRun } from "../../support/records.ts";
import { makeSession } from "../../support/session.ts";

const over = "ap_00000000000d";
const answered = "pr_00000000000000001";
const withdrawn = "pr_00000000000000002";
const pending = "av_00000000000000001";
const decided = "av_00000000000000002";
const expired = "av_00000000000000003";

test("each word decides the thing that is named, and says of anything else what, why and what to try", async () => {
  const home = await openHome();
  const asking = {
    provider_id: "fake",
    task: '!fake approve "npm test"',
    repo_path: home.folder,
    name: "asks",
  };
  const { session_id: id } = await home.ask<{ session_id: string }>("session.spawn", asking);
  const until = { session_id: id, wait_for: ["awaiting_approval"], timeout_seconds: 60 };
  await home.ask("session.observe", until);
  const [dialog = makePrompt()] = await home.app.store.prompts.open(id);

  const now = Date.now();
  const expiresAt = now + 600_000;
  const answer = { label: "Yes", text: null, author: "agent:x", via: "keys" } as const;
  const ended = { state: "completed", endedAt: 1 } as const;
  const writes = [
    { noun: "session", insert: makeSession({ id: over, ...ended }) },
    { noun: "run", insert: makeRun({ id: "rn_1", state: "cancelled", endedAt: 1 }) },
    ...[
      makePrompt({ id: answered, sessionId: over, state: "answered", answer }),
      makePrompt({ id: withdrawn, sessionId: over, state: "withdrawn" }),
    ].map((insert) => ({ noun: "prompt", insert }) as const),
    ...[
      makeApproval({ id: pending, createdAt: now, expiresAt }),
      makeApproval({ id: decided, createdAt: now, expiresAt, state: "approved", decidedAt: now }),
      makeApproval({ id: expired, createdAt: 1, expiresAt: 2 }),
    ].map((insert) => ({ noun: "approval", insert }) as const),
  ] as const;
  await home.app.store.commit(decide({ writes }));

  const words: Record<string, (id: string) => Promise<string>> = {};
  for (const [word, name, field, more] of [
    ["approve", "session.approve", "session_id", {}],
    ["approve --always", "session.approve", "session_id", { always: true }],
    ["deny", "session.deny", "session_id", {}],
    ["approval approve", "approval.approve", "approval_id", {}],
    ["approval reject", "approval.reject", "approval_id", {}],
  ] as const) {
    words[word] = (named) =>
      home.ask(name, { [field]: named, dry_run: true, ...more }).then(
        ({ prompt, approval }) => {
          const given = (prompt ?? approval) as { answer?: { label: string }; comment?: string };
          return given.answer?.label ?? given.comment ?? "decided";
        },
        (thrown: { code: string; why?: string; hint?: string }) => {
          expect({ word, named, ...thrown }).toMatchObject({
            why: expect.any(String) as string,
            hint: expect.any(String) as string,
          });
          return thrown.code;
        },
      );
  }
  const labelOf = (role: string): string =>
    dialog.options.find((option) => option.role === role)?.label ?? `no option for ${role}`;
  const [yes, always, no] = [labelOf("allow"), labelOf("allow_always"), labelOf("deny")];

  // in the order of the words above
  const everyone = (code: string): string[] => Object.keys(words).map(() => code);
  const table: Record<string, readonly string[]> = {
    [dialog.id]: [yes, always, no, yes, no],
    [dialog.id.slice(0, 12)]: [yes, always, no, yes, no],
    [id]: [yes, always, no, "approval_not_found", "approval_not_found"],
    asks: [yes, always, no, "approval_not_found", "approval_not_found"],
    pr_: everyone("prompt_not_found"),
    pr_nothing: everyone("prompt_not_found"),
    [answered]: everyone("prompt_not_found"),
    [withdrawn]: everyone("prompt_not_found"),
    [pending]: ["decided", "invalid_input", "decided", "decided", "decided"],
    "@last": ["session_ended", "session_ended", "session_ended", "decided", "decided"],
    av_0000: ["ambiguous_id", "invalid_input", "ambiguous_id", "ambiguous_id", "ambiguous_id"],
    [decided]: [
      "approval_over",
      "invalid_input",
      "approval_over",
      "approval_over",
      "approval_over",
    ],
    [expired]: [
      "approval_over",
      "invalid_input",
      "approval_over",
      "approval_over",
      "approval_over",
    ],
    rn_1: [
      ...Array.from({ length: 3 }, () => "session_not_found"),
      ...Array.from({ length: 2 }, () => "approval_not_found"),
    ],
  };
  const found: Record<string, readonly string[]> = {};
  for (const named of Object.keys(table)) {
    found[named] = await Promise.all(Object.values(words).map((give) => give(named)));
  }
  expect(found).toEqual(table);
  await expect(
    home.ask("session.approve", { session_id: dialog.id, prompt_id: answered }),
  ).rejects.toMatchObject({ code: "invalid_input" });
  await expect(home.ask("approval.approve", { approval_id: "rn_1" })).rejects.toMatchObject({
    why: "rn_1 is the id of a run.",
  });
  expect((await home.app.store.prompts.open(id)).map(({ state }) => state)).toEqual(["open"]);
  expect((await home.app.store.approvals.get(pending))?.state).toBe("pending");
});
