import type { DeliveryWhen } from "../../domain/delivery.ts";
import { defineOperation } from "../define.ts";
import { projectDelivery, projectTurn, type DeliveryJson, type TurnJson } from "../projection.ts";
import { deliveryJson, sessionId, turnJson } from "../schemas.ts";

interface Input {
  session_id: string;
  message: string;
  command: boolean;
  when: DeliveryWhen;
  wait: "none" | "accepted" | "turn";
  timeout_seconds: number;
  expires_seconds: number;
  dry_run: boolean;
}

export interface Output {
  ok: boolean;
  session_id: string;
  state: string;
  delivery: DeliveryJson | null;
  turn: TurnJson | null;
  result: string | null;
  timed_out: boolean;
  needs_input: boolean;
  cursor: number;
  dry_run: boolean;
  /** What a dry run would have done. */
  would: string | null;
}

export const send = defineOperation<Input, Output>()({
  name: "session.send",
  toolset: "default",
  summary: "Send a session its next prompt",
  about:
    "The text is queued durably, typed when the agent can take it, and reported as accepted only " +
    "when the agent itself shows that it took it. While the agent asks a question the text answers " +
    "it; approvals, plans and startup dialogs need `answer`, `approve` or `deny`. An empty text " +
    "presses Enter; up to three characters choose an option of an open question. A text that the " +
    "agent would run as a command is refused unless --command says that this is meant.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      session_id: sessionId(z),
      message: z.string().describe("Text, sent byte for byte; at most 1 MB"),
      command: z.boolean().default(false).describe("A command of the agent, like /compact"),
      when: z
        .enum(["idle", "now", "interrupt"])
        .default("idle")
        .describe(
          "idle: after the running turn; now: at once where the agent queues; interrupt: stop the turn first",
        ),
      wait: z
        .enum(["none", "accepted", "turn"])
        .default("accepted")
        .describe("Return when queued, when the agent took it, or when its turn ended"),
      timeout_seconds: z
        .number()
        .min(0)
        .max(86_400)
        .default(10)
        .describe("How long to wait, in seconds"),
      expires_seconds: z
        .number()
        .min(1)
        .max(86_400)
        .default(600)
        .describe("Give up typing it after so many seconds"),
      dry_run: z.boolean().default(false).describe("Only check it and say what would be done"),
    }),
    output: z.looseObject({
      ok: z.boolean(),
      session_id: z.string(),
      state: z.string(),
      delivery: deliveryJson(z).nullable(),
      turn: turnJson(z).nullable(),
      result: z.string().nullable(),
      timed_out: z.boolean(),
      needs_input: z.boolean(),
      cursor: z.number(),
      dry_run: z.boolean().optional(),
      would: z.string().nullable().optional(),
    }),
  }),
  errors: [
    "session_not_found",
    "ambiguous_id",
    "session_ended",
    "prompt_open",
    "invalid_task",
    "text_too_large",
    "delivery_refused",
    "idempotency_conflict",
    "option_not_found",
  ],
  cli: {
    command: "send",
    group: "Core",
    positionals: ["session_id", "message"],
    flags: { timeout_seconds: ["timeout"], expires_seconds: ["expires"] },
    examples: [
      'agentpool send @last "Now add a test"',
      'agentpool send @last "Stop and explain" --when interrupt --wait turn',
      'agentpool send @last "Now add a test" --dry-run',
    ],
    render: (output, style) => {
      const { delivery } = output;
      if (output.dry_run) return `${output.session_id}  it would ${output.would}; nothing was sent`;
      if (!delivery) return `${output.session_id}  Enter pressed`;
      const proof = delivery.accepted_by ? ` (shown by ${delivery.accepted_by})` : "";
      const lines = [`${delivery.id}  ${style.bold(delivery.state)}${proof}`];
      if (delivery.because) lines.push(`  ${style.dim("because")}  ${delivery.because}`);
      if (output.turn)
        lines.push(`  ${style.dim("turn")}     ${output.turn.n} ${output.turn.state}`);
      if (delivery.acceptance === "none") {
        lines.push(`  ${style.dim("note")}     this agent gives no proof that it took a text`);
      }
      if (output.timed_out) {
        const now =
          delivery.state === "queued"
            ? "it stays queued and is typed as soon as that can be"
            : "it is with the agent, do not send it again";
        lines.push(style.yellow(`  Not confirmed in time; ${now}. Ask again with observe.`));
      }
      if (output.needs_input) {
        lines.push(style.yellow(`  It asks something: agentpool observe ${output.session_id}`));
      }
      if (output.result !== null) lines.push("", output.result);
      return lines.join("\n");
    },
    exitCode: (output) => (output.timed_out ? 124 : output.needs_input ? 8 : output.ok ? 0 : 1),
  },
  mcp: {
    tool: "send_worker_message",
    title: "Send a worker its next prompt",
    description:
      "Send the next prompt, or the free-text answer to an open question. ok means the worker showed " +
      "that it took the text. Not for approvals and plans: answer_worker.",
    idempotent: false,
    openWorld: true,
    unlisted: ["expires_seconds", "command", "dry_run"],
    workerText: ["result", "turn.prompt", "turn.error", "delivery.because"],
  },
  run: async (ctx, input) => {
    const sent = await ctx.app.sessions.send(
      {
        session: input.session_id,
        text: input.message,
        command: input.command,
        when: input.when,
        waitFor: input.wait,
        timeoutMs: input.timeout_seconds * 1000,
        ttlMs: input.expires_seconds * 1000,
        dryRun: input.dry_run,
      },
      ctx,
    );
    const bad = sent.delivery && ["refused", "expired", "cancelled"].includes(sent.delivery.state);
    return {
      ok: !bad && !sent.timedOut,
      session_id: sent.session.id,
      state: sent.session.state,
      delivery: sent.delivery ? projectDelivery(sent.delivery) : null,
      turn: sent.turn ? projectTurn(sent.turn) : null,
      result: input.wait === "turn" ? (sent.turn?.result ?? null) : null,
      timed_out: sent.timedOut,
      needs_input: sent.needsInput,
      cursor: await ctx.app.store.events.last(),
      dry_run: input.dry_run,
      would: sent.would ?? null,
    };
  },
});
