import { AgentpoolError } from "../../domain/errors.ts";
import { formatPrincipal, type Principal } from "../../domain/principal.ts";
import type { TaskHead } from "../../domain/task.ts";
import type { ClaimSelection } from "../../orchestration/claims/claim-requests.ts";
import type { OperationContext } from "../define.ts";
import type { ClaimInput } from "./task-fields.ts";

type Asking = Pick<OperationContext, "app" | "principal">;

/**
 * The task somebody means by an id, a unique beginning of one, or `@last` for the newest; of those
 * they may see. @throws task_not_found, ambiguous_id
 */
export async function resolveTask(ctx: Asking, named: string): Promise<TaskHead> {
  const { store } = ctx.app;
  const scope = await scopeOf(ctx);
  const isSeen = ({ runId }: TaskHead): boolean => scope === undefined || runId === scope;
  if (named === "@last") {
    const page = { limit: 1, newestFirst: true, ...(scope === undefined ? {} : { runId: scope }) };
    const { tasks } = await store.tasks.list(page);
    const [newest] = tasks;
    if (newest) return newest;
    throw notFound(named, ctx.principal);
  }
  const found = (await store.tasks.resolve(named)).filter(isSeen);
  const [task] = found;
  if (task && found.length === 1) return task;
  if (!task) throw notFound(named, ctx.principal);
  throw new AgentpoolError("ambiguous_id", `"${named}" fits several tasks`, {
    why: "An id or the beginning of one must fit exactly one.",
    hint: `Say which: ${found.map(({ id }) => id).join(", ")}`,
    details: { task_ids: found.map(({ id }) => id) },
  });
}

/** Only sessions and runs see less than all; for a person no supervisor has to be asked. */
export async function scopeOf({ app, principal }: Asking): Promise<string | null | undefined> {
  if (principal.kind !== "session" && principal.kind !== "run") return undefined;
  return app.tasks.scopeOf(principal);
}

/** The claim that an operation's input means. */
export async function chosenClaim(ctx: Asking, input: ClaimInput): Promise<ClaimSelection> {
  const { id } = await resolveTask(ctx, input.task_id);
  return {
    taskId: id,
    token: input.token ?? null,
    agent: input.agent ?? null,
    session: input.session_id ?? null,
  };
}

/** People see all tasks. */
function seenBy(principal: Principal): string {
  return principal.kind === "session" || principal.kind === "run"
    ? ` that ${formatPrincipal(principal)} may see`
    : "";
}

function notFound(named: string, principal: Principal): AgentpoolError {
  return new AgentpoolError("task_not_found", `No task "${named}"`, {
    why: `No task${seenBy(principal)} has this id, or an id that begins so.`,
    hint: "See which there are: agentpool task list",
    details: { task_id: named },
  });
}
