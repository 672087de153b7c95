import type { Migration } from "./migration.ts";

export const statistics: Migration = {
  version: 7,
  minReader: 1,
  minWriter: 1,
  sql: `
    -- what statistics ask for lies in the index whole, so that none reads a session or a turn
    CREATE INDEX sessions_for_statistics ON sessions (
      "created_at", "ended_at", "provider_id", "role", "state", "account_id", "author", "id",
      "turn_count", "timed_out_at");
    CREATE INDEX turns_for_statistics ON turns (
      "started_at", "ended_at", "state", "session_id");
    CREATE INDEX events_for_statistics ON events ("type", "at", "session_id")
      WHERE "type" IN ('account_limited', 'account_lifted');

    -- tokens by turn and model; '' holds those of unknown models. Triggers keep it, so that it
    -- holds whichever version writes the turn
    CREATE TABLE turn_tokens (
      "turn_id" TEXT,
      "model" TEXT,
      "session_id" TEXT,
      "provider_id" TEXT,
      "account_id" TEXT,
      "author" TEXT,
      "at" INTEGER,
      "input" INTEGER,
      "output" INTEGER,
      "cached" INTEGER,
      "cache_written" INTEGER,
      PRIMARY KEY ("turn_id", "model")
    ) WITHOUT ROWID;
    CREATE TRIGGER turn_tokens_of_new_turn AFTER INSERT ON turns
      WHEN NEW."tokens" IS NOT NULL
      BEGIN ${insertTokens('"turns"."id" = NEW."id"')}; END;
    CREATE TRIGGER turn_tokens_of_turn AFTER UPDATE OF "tokens" ON turns BEGIN
      DELETE FROM turn_tokens WHERE "turn_id" = NEW."id";
      ${insertTokens('"turns"."id" = NEW."id"')};
    END;
    ${insertTokens("true")};
  `,
};

/** Fills `turn_tokens` from these turns. */
function insertTokens(which: string): string {
  const fields = ["input", "output", "cached", "cache_written"];
  const json = ["input", "output", "cached", "cacheWritten"];
  const from = (text: string, path: string): string =>
    `CAST(ifnull(json_extract(${text}, '${path}'), 0) AS INTEGER)`;
  const told = json.map((field) => from("told.value", `$.${field}`)).join(", ");
  const rest = json.map(
    (field) => `max(0, ${from(`"turns"."tokens"`, `$.${field}`)} - ifnull((
      SELECT sum(${from("part.value", `$.${field}`)})
      FROM json_each("turns"."tokens", '$.models') AS part), 0))`,
  );
  const common = `"turns"."session_id", "sessions"."provider_id", "sessions"."account_id",
    "sessions"."author", ifnull("turns"."started_at", "turns"."created_at")`;
  const turns = `"turns" LEFT JOIN "sessions" ON "sessions"."id" = "turns"."session_id"`;
  const where = `json_valid("turns"."tokens") AND ${which}`;
  return `INSERT INTO turn_tokens ("turn_id", "model", "session_id", "provider_id", "account_id",
      "author", "at", ${fields.map((field) => `"${field}"`).join(", ")})
    SELECT "turns"."id", told.key, ${common}, ${told}
      FROM ${turns}, json_each("turns"."tokens", '$.models') AS told WHERE ${where}
    UNION ALL
    SELECT "turns"."id", '', ${common}, ${rest.join(", ")}
      FROM ${turns} WHERE ${where} AND ${rest[0]} + ${rest[1]} > 0`;
}
