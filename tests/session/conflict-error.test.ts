import { expect, test } from "vitest";
import { conflictError } from "../../src/session/leases/conflict-error.ts";
import { makeLease } from "../support/records.ts";

test("why a lease is refused says what for, and does not say the time over again", () => {
  const lease = makeLease({
    holder: "agent:a",
    sessionId: null,
    filePath: "src/**",
    intent: "renaming",
  });
  const wish = { holder: "agent:b", sessionId: null, mode: "exclusive" } as const;
  const place = { repoPath: lease.repoPath, filePath: "src/a.ts", key: lease.key };

  const error = conflictError(wish, [{ place, with: lease }]);

  expect(error.message).toContain("src/a.ts is held by agent:a until ");
  expect(error.why).toBe('The lease is exclusive on src/** for "renaming".');
});
