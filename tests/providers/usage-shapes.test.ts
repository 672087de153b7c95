/** Whatever a vendor, a CLI or a helper says: what is not understood gives nothing and throws nothing. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { readRateLimits, readSpent } from "../../providers/claude-code/quota.ts";
import { readPanel } from "../../providers/claude-code/usage-panel.ts";
import { readAnswer, readComplaint, readQuota } from "../../providers/codex-cli/quota.ts";
import { readSnapshots, readUser } from "../../providers/copilot-cli/quota.ts";
import { creditsIn } from "../../providers/droid-cli/usage.ts";
import { cleanWindows } from "../../src/domain/usage-windows.ts";
import { readCcusage, readCodexbar } from "../../src/session/usage/helpers.ts";
import { t0 } from "../support/session.ts";

/** Words that the readers look for, so that a good part of what is made up is nearly right. */
const names = [
  ..."rateLimits primary secondary used_percent usedPercent resets_at credits balance".split(" "),
  ..."rate_limits five_hour used_percentage quota_snapshots chat percent_remaining".split(" "),
  ..."quotaSnapshots remainingPercentage usage blocks isActive totalTokens unlimited".split(" "),
  ..."rateLimitsByLimitId individual_limit remaining_percent monthly_quotas".split(" "),
];
const { shape } = fc.letrec((tie) => ({
  shape: fc.oneof(
    { depthSize: "medium" },
    fc.jsonValue(),
    fc.double(),
    fc.dictionary(fc.constantFrom(...names), tie("shape"), { maxKeys: 4 }),
    fc.array(tie("shape"), { maxLength: 3 }),
  ),
}));

const readers: Readonly<Record<string, (value: never) => unknown>> = {
  "codex log": readQuota,
  "codex app server": readAnswer,
  "codex complaint": (value) => readComplaint(`body=${JSON.stringify(value)} and more`),
  "claude status line": readRateLimits,
  "claude refusal": readSpent,
  "claude panel": (value) => readPanel(JSON.stringify(value).split(","), t0),
  "copilot log": readSnapshots,
  "copilot user": readUser,
  "droid settings": (value) => creditsIn(JSON.stringify(value)),
  codexbar: readCodexbar,
  ccusage: readCcusage,
};

test.each(Object.entries(readers))("%s", (_name, read) => {
  fc.assert(
    fc.property(shape, (value) => {
      const objects = typeof value === "object" && value !== null ? value : {};
      const told = read(objects as never) as { windows?: never[] } | null;
      for (const window of cleanWindows(told?.windows ?? [], t0)) {
        expect(window.usedPercent ?? 0).toBeGreaterThanOrEqual(0);
        expect(window.remainingPercent ?? 0).toBeLessThanOrEqual(100);
      }
    }),
    { numRuns: 200 },
  );
});
