import type { Migration } from "./migration.ts";

export const eventsOfRuns: Migration = {
  version: 8,
  minReader: 1,
  minWriter: 1,
  sql: `
    ALTER TABLE events ADD COLUMN "run_id" TEXT;
    CREATE INDEX events_of_run ON events ("run_id", "seq") WHERE "run_id" IS NOT NULL;
  `,
};
