import { defineOperation } from "../define.ts";
import { detail, eventJson, maxLines, promptJson, sessionId } from "../schemas.ts";
import type { Detail } from "../worker-text.ts";
import { describe, observationText, observationValues, type Observation } from "./observe.ts";

interface Input {
  session_id: string;
  since?: number;
  detail: Detail;
  max_lines?: number;
}

export const poll = defineOperation<Input, Observation>()({
  name: "session.poll",
  toolset: "default",
  summary: "Look at a session once, without waiting",
  effect: "read",
  schemas: (z) => ({
    input: z.strictObject({
      session_id: sessionId(z),
      since: z.number().int().min(0).optional().describe("Cursor of an earlier answer"),
      detail: detail(z),
      max_lines: maxLines(z),
    }),
    output: z.looseObject({
      session_id: z.string(),
      state: z.string(),
      because: z.string(),
      event: z.string(),
      events: z.array(eventJson(z)),
      cursor: z.number(),
      prompts: z.array(promptJson(z)),
    }),
  }),
  errors: ["session_not_found", "ambiguous_id", "cursor_expired"],
  mcp: {
    tool: "poll_worker",
    title: "Poll a worker",
    description: "Look at a worker once, without waiting.",
    idempotent: true,
    openWorld: false,
    unlisted: ["max_lines"],
    workerText: observationText,
    workerValues: observationValues,
  },
  run: async (ctx, input) => describe(ctx, input.session_id, "looked", input),
});
