import { expect, test } from "vitest";
import type { Style } from "../../src/operations/define.ts";
import { status, type Output } from "../../src/operations/session/status.ts";
import { createStyle } from "../../src/surface/cli/style.ts";

function shown(options: string[]): string {
  const output: Output = {
    states: { awaiting_input: 1 },
    live: 1,
    waiting: [
      {
        session_id: "ap_000000000001",
        name: "painter",
        provider_id: "fake",
        state: "awaiting_input",
        prompt_id: "pr_1",
        kind: "question",
        text: "Which colour?",
        options,
        since: new Date(0).toISOString(),
        limited_until: null,
      },
    ],
    supervisor_running: true,
  };
  const render = status.cli?.render as
    | ((output: Output, style: Style, input: object) => string)
    | undefined;
  return render?.(output, { ...createStyle(false, 80), nowMs: 60_000 }, {}) ?? "";
}

test("who asks is shown with what may be chosen, and a line that answers it", () => {
  expect(shown(["Red", "Blue"])).toContain("  Red   Blue\n");
  expect(shown(["Red", "Blue"])).toContain('agentpool answer ap_000000000001 --option "Red"');
  expect(shown([])).toContain('agentpool answer ap_000000000001 --text "..."');
});

test("no option that a shell would run stands in a line to copy", () => {
  expect(shown(["$(rm -rf x)", "`id`", 'a" b'])).toContain("ap_000000000001 --text");
});
