import { nothing, type Decision } from "../../domain/decision.ts";
import type { Task } from "../../domain/task.ts";
import { commitAfresh, type Ruling } from "../../store/commit-afresh.ts";
import type { Store } from "../../store/store.ts";

/** Commits what a rule makes of a task while it is still claimed as it was; otherwise nothing. */
export async function changeClaimed(
  store: Pick<Store, "commit" | "tasks">,
  { id, claim }: Pick<Task, "id" | "claim">,
  rule: (fresh: Task) => Decision | Promise<Decision>,
): Promise<void> {
  const decide = async (): Promise<Ruling<void>> => {
    const fresh = await store.tasks.get(id);
    const isAsItWas = fresh?.state === "claimed" && fresh.claim?.token === claim?.token;
    return { decision: isAsItWas ? await rule(fresh) : nothing, result: undefined };
  };
  await commitAfresh(store, decide, { of: `task ${id}` });
}
