import { describe, expect, test } from "vitest";
import { skipBecause } from "../support/skip.ts";
import { fixtureServer } from "../surface/mcp/support/conformance-fixtures.ts";
import {
  conformanceMissing,
  notOffered,
  runConformance,
  withoutSession,
  type Expected,
} from "../surface/mcp/support/conformance.ts";

const shown = "seen with our own server, which has it";
const notUsed = "our server asks one question in a form, and neither samples nor wants roots";

const expected: Readonly<Record<string, Expected>> = {
  "2025-11-25": {
    [shown]: ["completion-complete", "resources-subscribe", "resources-unsubscribe"],
    [notOffered]: ["logging-set-level", "tools-call-with-logging", "tools-call-sampling"],
    [withoutSession]: [
      "tools-call-elicitation",
      "elicitation-sep1034-defaults",
      "elicitation-sep1330-enums",
      "server-sse-multiple-streams",
    ],
  },
  "2026-07-28": {
    [shown]: ["completion-complete"],
    [notUsed]: [
      "server-stateless",
      "input-required-result-basic-sampling",
      "input-required-result-basic-list-roots",
      "input-required-result-multiple-input-requests",
      "input-required-result-non-tool-request",
      "input-required-result-capability-check",
    ],
  },
};

describe("the official conformance suite", skipBecause(conformanceMissing), () => {
  test.for(Object.entries(expected))(
    "finds its own tools, prompts and resources on our wiring as revision %s requires",
    { timeout: 120_000 },
    async ([revision, reasons]) => {
      const { passed, said } = await runConformance(fixtureServer, revision, reasons);
      expect(passed, said).toBe(true);
    },
  );
});
