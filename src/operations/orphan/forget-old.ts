import type { Forgotten } from "../../store/store.ts";
import type { App } from "../app.ts";

const dayMs = 86_400_000;

/** Removes what the settings say is kept no longer, and tells each batch of it; or counts it. */
export async function forgetOld(
  { store, config, now }: Pick<App, "store" | "config" | "now">,
  { dryRun, by }: { readonly dryRun: boolean; readonly by: string },
): Promise<Forgotten> {
  const settings = await config();
  const days = settings.get("retention.runs_days");
  const at = now();
  return store.forget({
    endedBefore: days === null ? null : at - days * dayMs,
    messagesBefore: at - settings.get("retention.events_days") * dayMs,
    now: at,
    dryRun,
    told: (batch) => ({ sessionId: null, at, body: { type: "records_removed", ...batch, by } }),
  });
}
