import { deadlineOf, type Session } from "../domain/session.ts";
import type { SessionParts } from "./parts.ts";
import type { Workers } from "./workers.ts";

const lookEveryMs = 1_000;

/**
 * Ends sessions whose time is over. What is due is in the session's own row, so that a supervisor
 * that comes later ends at once what became due meanwhile; while none runs, nothing is ended.
 * Returns the end of it.
 */
export function boundRuntimes(
  parts: Pick<SessionParts, "now" | "log">,
  workers: Workers,
  end: (session: Session) => Promise<unknown>,
): () => void {
  const ending = new Set<string>();

  async function endOne(id: string): Promise<void> {
    const live = workers.get(id)?.live;
    if (!live) return;
    await live.change((draft, ctx) => {
      const { maxRuntimeMs, timedOutAt } = draft.session;
      if (maxRuntimeMs === null || timedOutAt !== null) return;
      draft.setSession({ timedOutAt: ctx.now });
      draft.emit(ctx.now, { type: "session_timed_out", max_runtime_seconds: maxRuntimeMs / 1_000 });
    });
    await end(live.session);
  }

  function look(): void {
    const now = parts.now();
    for (const { live } of workers.all) {
      const due = deadlineOf(live.session);
      if (due === null || now < due || ending.has(live.id)) continue;
      ending.add(live.id);
      endOne(live.id)
        .catch((thrown: unknown) => {
          parts.log("warn", "a session whose time is over could not be ended", {
            session: live.id,
            error: String(thrown),
          });
        })
        .finally(() => ending.delete(live.id));
    }
  }

  const timer = setInterval(look, lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}
