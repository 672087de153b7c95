import { AgentpoolError } from "../../domain/errors.ts";
import type { Run } from "../../domain/run.ts";
import type { Store } from "../../store/store.ts";

/** The run that an id, the beginning of one, a name or `@last` means. @throws run_not_found, ambiguous_id */
export async function resolveRun(store: Pick<Store, "runs">, idOrName: string): Promise<Run> {
  const found = await store.runs.resolve(idOrName);
  const [run] = found;
  if (run && found.length === 1) return run;
  if (found.length > 1) {
    throw new AgentpoolError("ambiguous_id", `"${idOrName}" fits ${found.length} runs`, {
      why: "An id, the beginning of one, or a name must fit exactly one.",
      hint: `Say which: ${found.map(({ id }) => id).join(", ")}`,
      details: { run_ids: found.map(({ id }) => id) },
    });
  }
  throw new AgentpoolError("run_not_found", `No run "${idOrName}"`, {
    why:
      idOrName === "@last"
        ? "Nothing was run in this home."
        : "No run of this home has this id, an id that begins so, or this name.",
    hint: "List all: agentpool run list --all",
  });
}

/** Of a filter that may be left out. @throws run_not_found, ambiguous_id */
export async function runIdOf(
  store: Pick<Store, "runs">,
  idOrName: string | undefined,
): Promise<string | undefined> {
  return idOrName === undefined ? undefined : (await resolveRun(store, idOrName)).id;
}

export function runEnded({ id, state, because }: Run): AgentpoolError {
  return new AgentpoolError("run_ended", `Run ${id} is over`, {
    why: `It ended ${state}${because === null ? "" : `: ${because}`}.`,
    hint: `What came of it: agentpool run report ${id}; what failed, again: agentpool run retry ${id}`,
    details: { run_id: id, state },
  });
}
