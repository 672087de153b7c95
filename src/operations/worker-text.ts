import type { Session } from "../domain/session.ts";
import { isEnded, type Turn } from "../domain/turn.ts";
import type { App } from "./app.ts";

export type Detail = "summary" | "excerpt" | "full";

const charsByDetail: Readonly<Record<Detail, number>> = { summary: 0, excerpt: 1_600, full: 8_000 };

export interface WorkerOutput {
  included: boolean;
  detail: Detail;
  /** `result` of the newest turn when it ended, else the screen. */
  from: "result" | "screen" | null;
  reason: string | null;
  truncated: boolean;
  chars: number;
  text: string | null;
}

/** The end of what the worker wrote, as much as was asked for. It is untrusted text. */
export async function workerOutput(
  app: App,
  session: Session,
  turn: Turn | undefined,
  detail: Detail,
  maxLines: number | null,
): Promise<WorkerOutput> {
  const limit = charsByDetail[detail];
  if (limit === 0) {
    return {
      included: false,
      detail,
      from: null,
      reason: "detail is summary",
      truncated: false,
      chars: 0,
      text: null,
    };
  }
  const result = turn && isEnded(turn) ? turn.result : null;
  const whole = result ?? (await app.sessions.screen(session)).text;
  const lines = maxLines === null ? whole : whole.split("\n").slice(-maxLines).join("\n");
  const text = lines.length > limit ? lines.slice(-limit) : lines;
  return {
    included: true,
    detail,
    from: result === null ? "screen" : "result",
    reason: null,
    truncated: text.length < whole.length,
    chars: whole.length,
    text,
  };
}
