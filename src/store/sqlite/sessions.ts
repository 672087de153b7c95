import { idPrefixes } from "../../domain/ids.ts";
import { endStates, liveStates, type Session } from "../../domain/session.ts";
import type { SessionFilter, SessionReader } from "../store.ts";
import type { Value } from "./connection.ts";
import type { Database } from "./database.ts";
import { resolveName } from "./resolve-name.ts";
import { encodeText, Table } from "./table.ts";

export const sessionTable = new Table<Session>("sessions", {
  id: "text",
  version: "number",
  name: "text",
  providerId: "text",
  providerVersion: "text",
  accountId: "text",
  model: "text",
  reasoningEffort: "text",
  serviceTier: "text",
  role: "text",
  task: "text",
  initialPromptMode: "text",
  workspace: "json",
  terminal: "json",
  agentSessionId: "text",
  channels: "json",
  acceptance: "text",
  idleHoldMs: "number",
  envNames: "json",
  providerOptions: "json",
  author: "text",
  idempotencyKey: "text",
  maxTurns: "number",
  maxRuntimeMs: "number",
  allowedFiles: "json",
  supervision: "text",
  accountFolder: "text",
  toolset: "text",
  runId: "text",
  tokenHashes: "json",
  turnsSent: "number",
  timedOutAt: "number",
  process: "json",
  exitCode: "number",
  exitSignal: "text",
  composer: "json",
  currentTurnId: "text",
  interrupting: "text",
  turnCount: "number",
  lastTurnN: "number",
  lastDeliveryN: "number",
  limit: "json",
  backgroundJobs: "number",
  reachable: "json",
  closing: "json",
  evidence: "json",
  state: "text",
  stateSource: "text",
  stateConfidence: "text",
  stateBecause: "text",
  stateAt: "number",
  createdAt: "number",
  updatedAt: "number",
  endedAt: "number",
});

const newestFirst = `ORDER BY "created_at" DESC, rowid DESC`;
/** Condition of SQL with the value it takes. */
export const isEnded = {
  sql: `"state" IN (SELECT value FROM json_each(?))`,
  value: JSON.stringify(endStates),
};

export function sessionReader(database: Database): SessionReader {
  const all = (tail: string, ...values: Value[]): Session[] =>
    database
      .statement(`SELECT * FROM sessions ${tail}`)
      .all(...values)
      .map((row) => sessionTable.decode(row));
  const one = (tail: string, value: Value): Session | undefined => all(tail, value)[0];

  return {
    get: (id) => database.alone(() => one(`WHERE "id" = ?`, encodeText(id))),

    resolve: (idOrName) =>
      database.read(() =>
        resolveName(all, idOrName, {
          idPrefix: idPrefixes.session,
          open: { sql: `NOT ${isEnded.sql}`, value: isEnded.value },
          newestFirst,
        }),
      ),

    byIdempotencyKey: (key) =>
      database.alone(() => one(`WHERE "idempotency_key" = ?`, encodeText(key))),

    list: (filter) =>
      database.read(() => {
        const { where, values } = conditions(filter);
        const total = database
          .statement(`SELECT count(*) AS n FROM sessions ${where}`)
          .get(...values)?.["n"];
        const page = `${where} ${newestFirst} LIMIT ? OFFSET ?`;
        return {
          sessions: all(page, ...values, filter.limit, filter.offset),
          total: Number(total),
        };
      }),

    // by their names, so that the index leads to them and not past all that ever were
    live: () =>
      database.alone(() => all(`WHERE ${isEnded.sql} ${newestFirst}`, JSON.stringify(liveStates))),
  };
}

function conditions(filter: SessionFilter): { where: string; values: Value[] } {
  const parts: string[] = [];
  const values: Value[] = [];
  if (filter.states !== undefined) {
    parts.push(`"state" IN (SELECT value FROM json_each(?))`);
    values.push(JSON.stringify(filter.states));
  }
  if (filter.providerId !== undefined) {
    parts.push(`"provider_id" = ?`);
    values.push(encodeText(filter.providerId));
  }
  if (filter.author !== undefined) {
    parts.push(`"author" = ?`);
    values.push(encodeText(filter.author));
  }
  return { where: parts.length === 0 ? "" : `WHERE ${parts.join(" AND ")}`, values };
}
