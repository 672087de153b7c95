import type { Migration } from "./migration.ts";

export const dayBudgets: Migration = {
  version: 15,
  minReader: 1,
  minWriter: 1,
  sql: `
    -- what a day used is asked for again and again while a budget bounds it: only the rows of that
    -- day are read, and from the index alone
    CREATE INDEX turn_tokens_by_time ON turn_tokens (
      "at", "provider_id", "model", "session_id", "account_id", "author",
      "input", "output", "cached", "cache_written");
    CREATE INDEX events_of_budgets ON events ("type", "at")
      WHERE "type" IN ('budget_near', 'budget_used_up');
  `,
};
