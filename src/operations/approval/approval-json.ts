import { approvalKinds, approvalStates, type Approval } from "../../domain/approval.ts";
import type { Prompt } from "../../domain/prompt.ts";
import { formatTime, formatTimeOrNull } from "../../domain/time.ts";
import type { Style, Z } from "../define.ts";
import { table } from "../table.ts";

/** What somebody waits for a decision on: an approval, or a dialog an agent's own CLI shows. */
export interface ApprovalJson {
  id: string;
  /** `plan`, `action`, `spend`; of a dialog `prompt`. */
  kind: string;
  /** Of a dialog: `approval`, `plan`, `startup`, `limit`, `question`. */
  prompt_kind: string | null;
  state: string;
  subject: string;
  body: string;
  requested_by: string;
  session_id: string | null;
  run_id: string | null;
  task_id: string | null;
  created_at: string;
  expires_at: string | null;
  decided_by: string | null;
  decided_at: string | null;
  comment: string | null;
  /** Labels of a dialog's options. */
  options: string[];
  /** Commands that decide it; empty when it is over. */
  answer_with: string[];
}

const longestSubject = 200;

export function projectApproval(approval: Approval): ApprovalJson {
  const { id, state } = approval;
  // whoever asks does not decide, and a line that names nobody is the person's
  const other = approval.requestedBy === "person" ? " --agent NAME" : "";
  return {
    id,
    kind: approval.kind,
    prompt_kind: null,
    state,
    subject: approval.subject,
    body: approval.body,
    requested_by: approval.requestedBy,
    session_id: approval.sessionId,
    run_id: approval.runId,
    task_id: approval.taskId,
    created_at: formatTime(approval.createdAt),
    expires_at: formatTime(approval.expiresAt),
    decided_by: approval.decidedBy,
    decided_at: formatTimeOrNull(approval.decidedAt),
    comment: approval.comment,
    options: [],
    answer_with:
      state === "pending"
        ? [
            `agentpool approval approve ${id}${other}`,
            `agentpool approval reject ${id}${other} --comment "..."`,
          ]
        : [],
  };
}

/** A dialog in the list of what waits for a decision. */
export function projectDialog(prompt: Prompt): ApprovalJson {
  const { id, sessionId } = prompt;
  const isOpen = prompt.state === "open";
  const canDecide = prompt.options.some(({ role }) => role === "allow");
  return {
    id,
    kind: "prompt",
    prompt_kind: prompt.kind,
    state: isOpen ? "pending" : prompt.state,
    subject: prompt.subject ?? asSubject(prompt.text),
    body: prompt.text,
    requested_by: `session:${sessionId}`,
    session_id: sessionId,
    run_id: null,
    task_id: null,
    created_at: formatTime(prompt.openedAt),
    expires_at: null,
    decided_by: prompt.answer?.author ?? null,
    decided_at: formatTimeOrNull(prompt.answeredAt),
    comment: prompt.answer?.label ?? prompt.answer?.text ?? null,
    options: prompt.options.map(({ label }) => label),
    answer_with: !isOpen
      ? []
      : canDecide
        ? [`agentpool approval approve ${id}`, `agentpool approval reject ${id}`]
        : [`agentpool answer ${sessionId} --prompt ${id} --option "..."`],
  };
}

/** An agent whose screen alone is read names nothing by itself: all that it asks, as one line. */
function asSubject(text: string): string {
  return text.replace(/\s+/g, " ").trim().slice(0, longestSubject);
}

export function approvalJson(z: Z) {
  const maybe = z.string().nullable();
  return z
    .looseObject({
      id: z.string(),
      kind: z.string(),
      prompt_kind: maybe,
      state: z.string(),
      subject: z.string(),
      body: z.string(),
      requested_by: z.string(),
      session_id: maybe,
      run_id: maybe,
      task_id: maybe,
      created_at: z.string(),
      expires_at: maybe,
      decided_by: maybe,
      decided_at: maybe,
      comment: maybe,
      options: z.array(z.string()),
      answer_with: z.array(z.string()),
    })
    .describe("An approval, or a dialog that an agent CLI shows");
}

/** Texts in it that agents wrote. */
export function approvalText(path: string): readonly string[] {
  return ["subject", "body", "comment"].map((field) => `${path}.${field}`);
}

export function kindField(z: Z) {
  return z.enum(approvalKinds);
}

export function stateField(z: Z) {
  return z.enum(approvalStates);
}

export function approvalId(z: Z) {
  return z
    .string()
    .min(1)
    .max(64)
    .describe("Approval id, unique beginning of one, or @last for the newest pending one");
}

export function agentField(z: Z) {
  return z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
    .optional()
    .describe("Act as an agent outside of agentpool, by this name; sessions act as themselves");
}

export function approvalTable(approvals: readonly ApprovalJson[], style: Style): string {
  return table(
    ["APPROVAL", "KIND", "STATE", "ASKED BY", "EXPIRES", "SUBJECT"],
    approvals.map((one) => [
      one.id,
      one.prompt_kind === null ? one.kind : `prompt:${one.prompt_kind}`,
      one.state,
      one.requested_by,
      one.expires_at ?? "-",
      one.subject,
    ]),
    style,
  );
}

/** What was decided, for whoever has just read all of it. */
export function approvalReceipt(one: ApprovalJson, style: Style): string {
  const subject = asSubject(one.subject);
  const said = one.comment === null ? "" : `  ${style.dim(asSubject(one.comment))}`;
  return [
    `${one.id}  ${style.bold(one.state)}  ${one.prompt_kind ?? one.kind}: ${subject}${said}`,
    ...(one.run_id === null ? [] : [style.dim(`agentpool run watch ${one.run_id}`)]),
  ].join("\n");
}

export function approvalPage(one: ApprovalJson, style: Style): string {
  const rows: [string, string | null][] = [
    ["asked by", one.requested_by],
    ["run", one.run_id],
    ["task", one.task_id],
    ["asked at", one.created_at],
    ["expires", one.state === "pending" ? one.expires_at : null],
    ["decided by", one.decided_by],
    ["decided at", one.decided_at],
    ["comment", one.comment],
    ["options", one.options.length === 0 ? null : one.options.join(" | ")],
  ];
  return [
    `${one.id}  ${style.bold(one.state)}  ${one.prompt_kind ?? one.kind}: ${one.subject}`,
    ...rows.flatMap(([name, value]) =>
      value === null ? [] : [`  ${style.dim(name.padEnd(11))}${value}`],
    ),
    ...(one.body === "" || one.body === one.subject ? [] : ["", one.body]),
    ...(one.answer_with.length === 0
      ? []
      : ["", ...one.answer_with.map((line) => style.dim(line))]),
  ].join("\n");
}
