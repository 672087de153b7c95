import type { Approval } from "../../domain/approval.ts";
import { AgentpoolError } from "../../domain/errors.ts";
import { idPrefixes, isBeginning, otherKind } from "../../domain/ids.ts";
import type { Store } from "../../store/store.ts";

/**
 * The approval somebody means: by its id, a unique beginning of one, or `@last` for the newest that
 * is pending; of those they may see, but for a whole id. @throws approval_not_found, ambiguous_id
 */
export async function findApproval(
  store: Pick<Store, "approvals">,
  named: string,
  sees: (approval: Approval) => Promise<boolean> = () => Promise.resolve(true),
): Promise<Approval> {
  if (named === "@last") {
    for (const pending of (await store.approvals.pending()).toReversed()) {
      if (await sees(pending)) return pending;
    }
    throw notFound("No approval is pending", {
      why: "A dialog that an agent's own CLI shows is answered by its id.",
      hint: "See what waits, dialogs too: agentpool approval list",
    });
  }
  const exact = await store.approvals.get(named);
  if (exact) return exact;
  const isLong = isBeginning("approval", named);
  const found = [];
  for (const one of isLong ? await store.approvals.startingWith(named) : []) {
    if (await sees(one)) found.push(one);
  }
  const [first] = found;
  if (first && found.length === 1) return first;
  if (!first) {
    throw notFound(`No approval "${named}"`, {
      why: otherKind(named, "approval") ?? "None has this id, or one id alone that begins so.",
      hint: named.startsWith(idPrefixes.session)
        ? `What a session asks: agentpool approval list --session-id ${named}`
        : "See which there are: agentpool approval list --all",
    });
  }
  throw new AgentpoolError("ambiguous_id", `"${named}" fits ${found.length} approvals`, {
    why: "The beginning of an id must fit exactly one.",
    hint: `Say which: ${found.map(({ id }) => id).join(", ")}`,
  });
}

function notFound(
  what: string,
  parts: { readonly why: string; readonly hint: string },
): AgentpoolError {
  return new AgentpoolError("approval_not_found", what, parts);
}
