import type { Migration } from "./migration.ts";

export const conversations: Migration = {
  version: 4,
  minReader: 1,
  minWriter: 1,
  sql: `
    ALTER TABLE sessions ADD COLUMN "provider_options" TEXT DEFAULT '{}';
    CREATE INDEX sessions_by_conversation ON sessions ("agent_session_id")
      WHERE "agent_session_id" IS NOT NULL;
  `,
};
