import type { Approval } from "../../src/domain/approval.ts";
import type { Artifact } from "../../src/domain/artifact.ts";
import type { Decision } from "../../src/domain/decision.ts";
import type { Delivery } from "../../src/domain/delivery.ts";
import type { NewEvent } from "../../src/domain/event.ts";
import type { StoredObservation } from "../../src/domain/observation.ts";
import type { Lease } from "../../src/domain/lease.ts";
import type { Message, Receipt, Thread } from "../../src/domain/message.ts";
import type { Participant } from "../../src/domain/participant.ts";
import type { Prompt } from "../../src/domain/prompt.ts";
import type { TranscriptEntry } from "../../src/domain/transcript.ts";
import { defaultScaling } from "../../src/domain/scaling-rules.ts";
import type { Task, TaskExecution } from "../../src/domain/task.ts";
import type { Run } from "../../src/domain/run.ts";
import type { Turn } from "../../src/domain/turn.ts";
import type { WorkerGroup } from "../../src/domain/worker-group.ts";
import type { UsageSnapshot, UsageWindow } from "../../src/domain/usage.ts";
import { t0 } from "./session.ts";

export const sessionId = "ap_000000000001";

export function makeTurn(fields: Partial<Turn> = {}): Turn {
  return {
    id: "tn_1",
    sessionId,
    n: 1,
    state: "running",
    prompt: "say hello",
    author: "person",
    deliveryId: "dl_1",
    createdAt: t0,
    startedAt: t0,
    endedAt: null,
    result: null,
    error: null,
    agentTurn: null,
    takenBy: ["hook"],
    endedBy: [],
    tokens: null,
    ...fields,
  };
}

export function makeDelivery(fields: Partial<Delivery> = {}): Delivery {
  return {
    id: "dl_1",
    sessionId,
    turnId: "tn_1",
    promptId: null,
    n: 1,
    state: "queued",
    preview: "say hello",
    sizeBytes: 9,
    sha256: "00",
    via: "pane",
    when: "idle",
    author: "person",
    idempotencyKey: null,
    acceptance: "exact",
    enters: 0,
    pastes: 0,
    acceptedBy: null,
    because: null,
    createdAt: t0,
    pastedAt: null,
    submittedAt: null,
    acceptedAt: null,
    endedAt: null,
    expiresAt: t0 + 600_000,
    ...fields,
  };
}

export function makePrompt(fields: Partial<Prompt> = {}): Prompt {
  return {
    id: "pr_1",
    sessionId,
    turnId: "tn_1",
    state: "open",
    kind: "approval",
    text: "Run npm test?",
    options: [{ label: "Yes", key: "1", role: "allow", reply: "allow" }],
    acceptsText: false,
    subject: "npm test",
    ref: "tool-1",
    channel: { source: "hook", address: "/spool/reply-1" },
    fingerprint: "f00",
    screenFingerprint: "4f53cda18c2baa0c",
    screenLines: ["Run npm test?", "1. Yes"],
    openedBy: "hook",
    openedAt: t0,
    answeredAt: null,
    endedAt: null,
    answer: null,
    because: null,
    ...fields,
  };
}

export function makeArtifact(fields: Partial<Artifact> = {}): Artifact {
  return {
    id: "af_1",
    sessionId,
    kind: "result",
    file: "result.md",
    sha256: "00",
    sizeBytes: 5,
    collectedAt: t0,
    ...fields,
  };
}

export function makeEvent(fields: Partial<NewEvent> = {}): NewEvent {
  return { sessionId, runId: null, at: t0, body: { type: "session_reachable" }, ...fields };
}

export function makeObservation(
  fields: Partial<StoredObservation> = {},
): Omit<StoredObservation, "n" | "seq"> {
  return {
    sessionId,
    at: t0,
    source: "hook",
    ref: null,
    foreign: false,
    claim: { kind: "tick" },
    outcome: "idle: composer visible",
    ...fields,
  };
}

export function makeLine(fields: Partial<TranscriptEntry> = {}): Omit<TranscriptEntry, "n"> {
  return {
    sessionId,
    at: t0,
    role: "assistant",
    text: "hello",
    ref: "r1",
    turnId: null,
    ...fields,
  };
}

/** A decision of which a test says only what it is about. */
export function decide(fields: Partial<Decision>): Decision {
  return { guards: [], writes: [], events: [], ...fields };
}

export function makeWindow(fields: Partial<UsageWindow> = {}): UsageWindow {
  return {
    name: "5h",
    kind: "5h",
    usedPercent: 45,
    remainingPercent: 55,
    usedUnits: null,
    remainingUnits: null,
    resetsAt: null,
    ...fields,
  };
}

export function makeSnapshot(fields: Partial<UsageSnapshot> = {}): UsageSnapshot {
  return {
    id: "us_1",
    accountId: "codex-cli:default",
    providerId: "codex-cli",
    at: t0,
    source: "session-log",
    confidence: "observed",
    plan: null,
    windows: [makeWindow()],
    ...fields,
  };
}

export function makeLease(fields: Partial<Lease> = {}): Lease {
  return {
    id: "ls_1",
    holder: "agent:me",
    sessionId: null,
    token: 1,
    expiresAt: t0 + 900_000,
    repoPath: "/repo",
    filePath: "src/a.ts",
    key: "/repo/src/a.ts",
    mode: "exclusive",
    state: "active",
    ttlMs: 900_000,
    intent: null,
    author: "person",
    requestKey: "request",
    waitsUntil: null,
    createdAt: t0,
    grantedAt: t0,
    renewedAt: null,
    endedAt: null,
    because: null,
    ...fields,
  };
}

export function makeApproval(fields: Partial<Approval> = {}): Approval {
  return {
    id: "av_1",
    kind: "action",
    runId: null,
    key: null,
    taskId: null,
    sessionId,
    subject: "push",
    body: "",
    requestedBy: `session:${sessionId}`,
    state: "pending",
    decidedBy: null,
    comment: null,
    createdAt: t0,
    expiresAt: t0 + 60_000,
    decidedAt: null,
    idempotencyKey: null,
    ...fields,
  };
}

export function makeMessage(fields: Partial<Message> = {}): Message {
  return {
    id: "ms_1",
    n: 1,
    runId: null,
    threadId: null,
    sender: "agent:a",
    recipient: { to: "participant", name: "agent:b" },
    body: "hello",
    idempotencyKey: null,
    createdAt: t0,
    ...fields,
  };
}

export function makeThread(fields: Partial<Thread> = {}): Thread {
  return {
    id: "th_1",
    runId: null,
    title: "names",
    state: "open",
    priority: "normal",
    author: "agent:a",
    participants: ["agent:a"],
    createdAt: t0,
    updatedAt: t0,
    ...fields,
  };
}

export function makeReceipt(fields: Partial<Receipt> = {}): Receipt {
  return {
    id: "ms_1/agent:b",
    messageId: "ms_1",
    n: 1,
    participant: "agent:b",
    state: "queued",
    via: "inbox",
    deliveryId: null,
    deliveredAt: null,
    ackedAt: null,
    ...fields,
  };
}

export function makeParticipant(fields: Partial<Participant> = {}): Participant {
  return {
    id: "agent:b",
    runId: null,
    role: null,
    note: null,
    activity: "idle",
    ttlMs: 300_000,
    registeredAt: t0,
    seenAt: t0,
    progressAt: t0,
    leftAt: null,
    ...fields,
  };
}

export function makeRun(fields: Partial<Run> = {}): Run {
  return {
    id: "rn_00000001aaaaaaaaa",
    name: null,
    kind: "pool",
    state: "running",
    because: null,
    spec: { tasks: [] },
    limits: { concurrency: 4, timeoutMs: null, tokens: null, usd: null, minutes: null },
    failFast: false,
    repoPath: "/work/repo",
    onEvent: null,
    envNames: [],
    output: null,
    author: "person",
    idempotencyKey: null,
    createdAt: t0,
    startedAt: t0,
    updatedAt: t0,
    endedAt: null,
    ...fields,
  };
}

export function makeTask(fields: Partial<Task> = {}): Task {
  return {
    id: "tk_1",
    runId: null,
    key: null,
    title: "Write the tests",
    body: "",
    priority: 0,
    tags: [],
    requires: { providerId: null, model: null, role: null },
    dependsOn: [],
    state: "pending",
    because: null,
    execution: null,
    claim: null,
    pastClaim: null,
    attempt: 0,
    maxAttempts: 3,
    notBefore: null,
    result: null,
    error: null,
    artifacts: [],
    author: "person",
    idempotencyKey: null,
    createdAt: t0,
    updatedAt: t0,
    endedAt: null,
    ...fields,
  };
}

export function makeWorkerGroup(fields: Partial<WorkerGroup> = {}): WorkerGroup {
  return {
    id: "wk_1",
    version: 1,
    name: "w",
    state: "active",
    because: null,
    providerId: "fake-worker",
    model: null,
    effort: null,
    profile: null,
    instructions: null,
    capability: { providerId: "fake", model: null, role: "explorer" },
    tags: [],
    mode: "read_only",
    repoPath: "/repo",
    runId: null,
    envNames: [],
    rules: defaultScaling,
    seats: [],
    lastSeat: 0,
    drains: 0,
    lastStartAt: null,
    failedStarts: { inARow: 0, lastAt: null },
    hold: null,
    decided: null,
    author: "person",
    idempotencyKey: null,
    createdAt: t0,
    updatedAt: t0,
    endedAt: null,
    ...fields,
  };
}

/** How a task is carried out whose session may do others like it. */
export const reusable: TaskExecution = {
  providerId: "fake",
  model: null,
  effort: null,
  profile: null,
  systemPrompt: null,
  mode: "read_only",
  repoPath: "/repo",
  timeoutMs: null,
  endsWith: "turn",
  reuse: true,
};
