import type { Migration } from "./migration.ts";

export const sessionsOfRuns: Migration = {
  version: 13,
  minReader: 1,
  minWriter: 1,
  sql: `
    ALTER TABLE sessions ADD COLUMN "toolset" TEXT;
    ALTER TABLE sessions ADD COLUMN "run_id" TEXT;
    ALTER TABLE sessions ADD COLUMN "token_hashes" TEXT;
    CREATE INDEX sessions_of_run ON sessions ("run_id") WHERE "run_id" IS NOT NULL;
  `,
};
