import { continuationKey, cutOffTurn } from "../domain/continue.ts";
import { moveDelivery, queueDelivery } from "../domain/delivery-rules.ts";
import type { SessionView } from "../domain/draft.ts";
import { AgentpoolError } from "../domain/errors.ts";
import { formatPrincipal } from "../domain/principal.ts";
import type { Turn } from "../domain/turn.ts";
import type { LiveSession } from "./live-session.ts";
import { newDelivery } from "./new-delivery.ts";
import type { SessionParts } from "./parts.ts";
import { sendText } from "./send.ts";
import type { Worker } from "./worker.ts";

const text = "continue";
const rule = { kind: "policy", rule: "continue_after_limit" } as const;
/** It waits behind whatever holds the session up for so long. */
const ttlMs = 3_600_000;

export interface Continuation {
  /** The session changed. */
  check(): void;
  close(): void;
}

/**
 * Goes on with the turn that met a limit, once the limit is over: by one text, where the CLI does
 * not by itself. Its key is the turn's, so that whatever is killed meanwhile there is no second.
 */
export function continueAfterLimit(worker: Worker, parts: SessionParts): Continuation {
  const { live } = worker;
  const { afterLimit } = live.provider;
  const stopped = new AbortController();
  const done = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  function due(): ReturnType<typeof cutOffTurn> {
    return live.session.limit || live.view.prompts.length > 0 ? null : cutOffTurn(live.view);
  }

  async function goOn(turn: Turn): Promise<void> {
    if (stopped.signal.aborted) return;
    if (!(await parts.config()).get("policy.continue_after_limit")) return;
    // whatever stands in its way now, it is due again once that is over
    if (due()?.id !== turn.id) return void done.delete(turn.id);
    await sendText(
      parts,
      worker,
      { text, command: false, when: "idle", waitFor: "none", timeoutMs: 0, ttlMs },
      { principal: rule, idempotencyKey: continuationKey(turn), signal: stopped.signal },
    );
  }

  return {
    check() {
      const turn = due();
      if (!turn || done.has(turn.id)) return;
      done.add(turn.id);
      timer = setTimeout(
        () => {
          goOn(turn).catch((thrown: unknown) => {
            done.delete(turn.id);
            parts.log("warn", "a turn that met a limit could not go on", {
              session: live.id,
              error: String(thrown),
            });
          });
        },
        Math.max(afterLimit?.withinMs ?? 0, againAfter(live.view)),
      ).unref();
    },
    close() {
      clearTimeout(timer);
      stopped.abort();
    },
  };
}

/** A text of ours that met the limit at once again is followed by none for longer each time. */
function againAfter({ turns }: SessionView): number {
  const others = turns.filter((turn) => turn.state !== "cancelled");
  const last = others.findLastIndex((turn) => turn.author !== formatPrincipal(rule));
  const refused = others.length - 1 - last;
  return refused === 0 ? 0 : Math.min(3_600_000, 30_000 * 2 ** (refused - 1));
}

/**
 * Sees to it that the turn that met a limit does not go on when that is over: neither by us nor by
 * the CLI. Does nothing where there is none.
 */
export async function forgetCutOff(
  live: LiveSession,
  parts: SessionParts,
  author: string,
): Promise<void> {
  const turn = cutOffTurn({ ...live.view, deliveries: [] });
  if (!turn) return;
  const { terminal } = live.session;
  const { afterLimit } = live.provider;
  if (afterLimit && terminal) {
    for (const group of afterLimit.cancel.keys) {
      const pressed = await parts.host.press(terminal, group);
      if (pressed.ok) continue;
      throw new AgentpoolError("terminal_failed", `${live.id} may still go on by itself`, {
        why: `The terminal refused the key that keeps it from that: ${pressed.reason}.`,
        hint: `agentpool attach ${live.id} --rw`,
      });
    }
  }
  await live.change((draft, ctx) => {
    const { id } = queueDelivery(draft, ctx, {
      ...newDelivery(live.provider, text, live.secrets, { command: false }),
      via: "pane",
      when: "idle",
      author: formatPrincipal(rule),
      idempotencyKey: continuationKey(turn),
      promptId: null,
      ttlMs,
    });
    moveDelivery(draft, ctx, id, "cancelled", `${author} wants nothing more of that turn`);
  });
}
