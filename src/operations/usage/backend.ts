import type { UsageBackend } from "./service.ts";

/** Sources of snapshots that are programs of others. */
const helpers = ["codexbar", "ccusage"] as const;

/** Whether what this source told is the word of that backend; all count for `combined`. */
export function isOfBackend(source: string, backend: UsageBackend): boolean {
  switch (backend) {
    case "combined":
      return true;
    case "native":
      return !(helpers as readonly string[]).includes(source);
    default:
      return source === backend;
  }
}
