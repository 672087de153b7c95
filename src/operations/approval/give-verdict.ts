import type { Approval } from "../../domain/approval.ts";
import { AgentpoolError } from "../../domain/errors.ts";
import { idPrefixes, isBeginning } from "../../domain/ids.ts";
import type { OptionRole, Prompt } from "../../domain/prompt.ts";
import type { Session } from "../../domain/session.ts";
import { refuseOtherSession } from "../../orchestration/reach.ts";
import type { OperationContext } from "../define.ts";

export interface VerdictInput {
  readonly id: string;
  readonly state: "approved" | "rejected";
  readonly comment: string | null;
  readonly agent: string | null;
  /** Of a dialog: by the option that also allows it in future. */
  readonly always?: boolean;
  readonly dryRun: boolean;
}

export type Given =
  | { readonly approval: Approval }
  | { readonly prompt: Prompt; readonly session: Session };

/** Whether an id is that of an approval or of a dialog, and not of a session. */
export function isDecidable(id: string): boolean {
  return id.startsWith(idPrefixes.approval) || id.startsWith(idPrefixes.prompt);
}

/**
 * Decides an approval, or answers a dialog with the option that allows or denies. With `dryRun` both
 * are as they would be, and still open.
 */
export async function giveVerdict(ctx: OperationContext, input: VerdictInput): Promise<Given> {
  const { always = false, ...given } = input;
  if (!given.id.startsWith(idPrefixes.prompt)) {
    if (always) {
      throw new AgentpoolError("invalid_input", "An approval is never of what comes later", {
        why: `${given.id} is of one thing, and decided once.`,
        hint: `agentpool approve ${given.id}`,
        details: { fields: ["always"] },
      });
    }
    const { id: approval, ...verdict } = given;
    return { approval: await ctx.app.approvals.decide({ approval, ...verdict }, ctx) };
  }
  if (given.comment !== null) {
    throw new AgentpoolError("invalid_input", "A dialog of an agent CLI takes no comment", {
      why: "It is answered with one of its options.",
      hint: `Leave --comment out, or answer in words: agentpool answer --help`,
      details: { fields: ["comment"] },
    });
  }
  const allow = always ? "allow_always" : "allow";
  return answerDialog(ctx, given, given.state === "approved" ? allow : "deny");
}

/** @throws prompt_not_found, ambiguous_id, other_run, and what answering throws */
async function answerDialog(
  ctx: OperationContext,
  { id, dryRun }: Pick<VerdictInput, "id" | "dryRun">,
  role: OptionRole,
): Promise<{ readonly prompt: Prompt; readonly session: Session }> {
  const { store, sessions } = ctx.app;
  const found = await findDialog(ctx, id);
  const session = await sessions.resolve(found.sessionId);
  await refuseOtherSession(store, ctx.principal, session);
  refuseOver(found, ctx.idempotencyKey);
  return sessions.answer(
    { session: found.sessionId, prompt: found.id, fingerprint: null, choice: { role }, dryRun },
    ctx,
  );
}

/** By its id, or the beginning of the id of one that waits and that the caller may answer. */
async function findDialog({ app, principal }: OperationContext, id: string): Promise<Prompt> {
  const { store, sessions } = app;
  const exact = await store.prompts.get(id);
  if (exact) return exact;
  const fitting = isBeginning("prompt", id)
    ? (await store.prompts.open()).filter((one) => one.id.startsWith(id))
    : [];
  const seen: Prompt[] = [];
  for (const one of fitting) {
    const session = await sessions.resolve(one.sessionId);
    const isSeen = await refuseOtherSession(store, principal, session).then(
      () => true,
      () => false,
    );
    if (isSeen) seen.push(one);
  }
  const [found] = seen;
  if (found && seen.length === 1) return found;
  if (found) {
    throw new AgentpoolError("ambiguous_id", `"${id}" fits ${seen.length} dialogs`, {
      why: "The beginning of an id must fit exactly one.",
      hint: `Say which: ${seen.map((one) => one.id).join(", ")}`,
    });
  }
  throw new AgentpoolError("prompt_not_found", `No open dialog "${id}"`, {
    why: "No dialog that waits has this id, or one that begins so (4 characters of it at least).",
    hint: "See what waits: agentpool approval list",
  });
}

/** One that is over is answered by nobody, but for who asks again what became of their answer. */
function refuseOver({ id, sessionId, state, answer, because }: Prompt, requestKey: string): void {
  if (state !== "answered" && state !== "withdrawn") return;
  if (answer?.requestKey === requestKey) return;
  const words = answer?.label ?? answer?.text ?? null;
  const said = words === null ? "" : `: ${words}`;
  throw new AgentpoolError("prompt_not_found", `The dialog ${id} is ${state} already`, {
    why:
      answer && state === "answered"
        ? `It was answered by ${answer.author}${said}.`
        : (because ?? "Its agent does not show it any more."),
    hint: `See what waits: agentpool approval list --session-id ${sessionId}`,
    details: { prompt_id: id, state, decided_by: answer?.author ?? null },
  });
}
