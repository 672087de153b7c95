import { expect, test } from "vitest";
import { AgentpoolError, errorKinds, type ErrorCode } from "../../../src/domain/errors.ts";
import { errorBody } from "../../../src/surface/mcp/error-result.ts";
import { inToolWords } from "../../../src/surface/mcp/tool-words.ts";
import { manifest } from "./support/manifest.ts";

test.each([
  ["agentpool collect ap_1", "collect_worker_artifacts"],
  ['agentpool answer ap_1 --prompt pr_1 --option "<label>"', "answer_worker"],
  [
    "Wait, or: agentpool observe ap_1 --wait-for turn. Then go on.",
    "Wait, or: observe_worker. Then go on.",
  ],
  ["agentpool worktrees cleanup ap_1 --force", "cleanup_worktree"],
  ["Use --isolation shared.", "Use isolation shared."],
  ["agentpool supervisor logs -f", "`agentpool supervisor logs -f` in a shell"],
  ["agentpool doctor --deep", "`agentpool doctor --deep` in a shell"],
])("%s becomes %s", (hint, wanted) => {
  expect(inToolWords(hint, manifest)).toBe(wanted);
});

test("no hint of any code names a flag or a command that a tool stands for", () => {
  const hint =
    "Try agentpool spawn --provider fake, agentpool sessions or agentpool attach ap_1 --rw";
  for (const code of Object.keys(errorKinds) as ErrorCode[]) {
    const body = errorBody(new AgentpoolError(code, "m", { hint }), undefined, manifest);
    expect(body.hint, code).not.toMatch(/--|agentpool (spawn|sessions|attach)/);
  }
});
