import type {
  ConversationGuard,
  Decision,
  Guard,
  Noun,
  ParallelGuard,
  Records,
  Write,
} from "../../domain/decision.ts";
import { AgentpoolError } from "../../domain/errors.ts";
import { workingStates } from "../../domain/session.ts";
import type { CommitResult } from "../store.ts";
import { accountTable } from "./accounts.ts";
import { approvalTable } from "./approvals.ts";
import { artifactTable } from "./artifacts.ts";
import { saveCursors } from "./cursors.ts";
import type { Database } from "./database.ts";
import { deliveryTable } from "./deliveries.ts";
import { appendEvents, lastSeq } from "./events.ts";
import { lastLeaseToken, leaseTable } from "./leases.ts";
import { lastMessage, messageTable, receiptTable, threadTable } from "./messages.ts";
import { appendObservations } from "./observations.ts";
import { loggedDecisionTable, participantTable } from "./participants.ts";
import { promptTable } from "./prompts.ts";
import { runTable } from "./runs.ts";
import { isEnded, sessionTable } from "./sessions.ts";
import { encodeText, type Table } from "./table.ts";
import { lastTokenOf, noteTable, taskTable } from "./tasks.ts";
import { appendTranscript } from "./transcripts.ts";
import { turnTable } from "./turns.ts";
import { usageTable } from "./usage.ts";
import { workerGroupTable } from "./worker-groups.ts";

const tables: { readonly [N in Noun]: Table<Records[N]> } = {
  session: sessionTable,
  turn: turnTable,
  delivery: deliveryTable,
  prompt: promptTable,
  artifact: artifactTable,
  account: accountTable,
  usage: usageTable,
  lease: leaseTable,
  run: runTable,
  approval: approvalTable,
  message: messageTable,
  thread: threadTable,
  receipt: receiptTable,
  participant: participantTable,
  logged: loggedDecisionTable,
  task: taskTable,
  note: noteTable,
  workers: workerGroupTable,
};

/**
 * Applies a decision inside the caller's transaction, or changes nothing and names the first guard
 * that does not hold. What it throws must undo the transaction.
 */
export function applyDecision(database: Database, decision: Decision): CommitResult {
  const { guards, writes, events, observations = [], transcript = [], cursors = [] } = decision;
  const failed = guards.find((guard) => !holds(database, guard));
  if (failed) return { ok: false, guard: failed };

  for (const write of writes) applyWrite(database, write);
  if (events.length > 0 || observations.length > 0) {
    const last = lastSeq(database);
    const numbered = appendEvents(database, events, last);
    appendObservations(database, observations, last + events.length);
    appendTranscript(database, transcript);
    saveCursors(database, cursors);
    return { ok: true, events: numbered };
  }
  appendTranscript(database, transcript);
  saveCursors(database, cursors);
  return { ok: true, events: [] };
}

function holds(database: Database, guard: Guard): boolean {
  if (guard.noun === "conversation") return !isHeldElsewhere(database, guard);
  if (guard.noun === "token") return lastToken[guard.of](database) === guard.last;
  if (guard.noun === "parallel") return countWorking(database, guard) < guard.max;
  const table: Table<never> = tables[guard.noun] as never;
  const fields = Object.keys(guard.expect);
  const row = database.statement(table.selectFields(fields)).get(encodeText(guard.id));
  if (row === undefined) return false;
  const expected = guard.expect as Readonly<Record<string, unknown>>;
  return fields.every((field) => isSameJson(table.decodeField(row, field), expected[field]));
}

/** The highest number given out so far, of each kind that gives numbers out. */
const lastToken = {
  lease: lastLeaseToken,
  claim: (database: Database) => lastTokenOf(database, "claim"),
  graph: (database: Database) => lastTokenOf(database, "graph"),
  message: lastMessage,
} as const;

function isHeldElsewhere(database: Database, guard: ConversationGuard): boolean {
  const sql = `SELECT 1 FROM sessions WHERE "agent_session_id" = ? AND "provider_id" = ?
    AND "id" <> ? AND NOT ${isEnded.sql} LIMIT 1`;
  const values = [guard.id, guard.providerId, guard.onlyIn].map(encodeText);
  return database.statement(sql).get(...values, isEnded.value) !== undefined;
}

function countWorking(database: Database, { id, providerId }: ParallelGuard): number {
  const sql = `SELECT count(*) AS n FROM sessions
    WHERE "state" IN (SELECT value FROM json_each(?)) AND "id" <> ?
      AND (? IS NULL OR "provider_id" = ?)`;
  const provider = providerId === null ? null : encodeText(providerId);
  const values = [JSON.stringify(workingStates), encodeText(id), provider, provider];
  return Number(database.statement(sql).get(...values)?.["n"]);
}

function applyWrite(database: Database, write: Write): void {
  const table = tables[write.noun] as unknown as Table<object>;
  if ("insert" in write) {
    database.statement(table.insertSql).run(...table.encode(write.insert));
    return;
  }
  if ("put" in write) {
    database.statement(table.putSql).run(...table.encode(write.put));
    return;
  }
  if (Object.keys(write.update).length === 0) return;
  const { sql, values } = table.update(write.id, write.update);
  if (database.statement(sql).run(...values) === 1) return;
  throw new AgentpoolError("conflict", `There is no ${write.noun} ${write.id} to change`, {
    why: "a decision changes records that exist; nothing was written",
    details: { noun: write.noun, id: write.id },
  });
}

/** Equality of two values as JSON would carry them; the order of keys does not count. */
function isSameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = definedEntries(a);
  const right = new Map(definedEntries(b));
  return (
    left.length === right.size && left.every(([key, value]) => isSameJson(value, right.get(key)))
  );
}

function definedEntries(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, entry]) => entry !== undefined);
}
