import type { Migration } from "./migration.ts";

export const sessionLimits: Migration = {
  version: 5,
  minReader: 1,
  minWriter: 1,
  sql: `
    ALTER TABLE sessions ADD COLUMN "max_turns" INTEGER;
    ALTER TABLE sessions ADD COLUMN "max_runtime_ms" INTEGER;
    ALTER TABLE sessions ADD COLUMN "allowed_files" TEXT;
    ALTER TABLE sessions ADD COLUMN "supervision" TEXT DEFAULT 'interactive';
    ALTER TABLE sessions ADD COLUMN "account_folder" TEXT;
    ALTER TABLE sessions ADD COLUMN "turns_sent" INTEGER DEFAULT 0;
    ALTER TABLE sessions ADD COLUMN "timed_out_at" INTEGER;
  `,
};
