import { expect, test } from "vitest";
import { AgentpoolError, errorKinds, type ErrorCode } from "../../../src/domain/errors.ts";
import { commands } from "../../../src/surface/cli/commands.ts";
import type { TaskHead } from "../../../src/domain/task.ts";
import { claimNotHeld } from "../../../src/orchestration/claims/claim-error.ts";
import { createFence } from "../../../src/surface/mcp/fence.ts";
import { errorBody } from "../../../src/surface/mcp/error-result.ts";
import { inToolWords } from "../../../src/surface/mcp/tool-words.ts";
import { selectForSession } from "../../../src/surface/mcp/session-tools.ts";
import { manifest, tool } from "./support/manifest.ts";

test.each([
  ["agentpool collect ap_1", "collect_worker_artifacts"],
  [
    'agentpool answer ap_1 --prompt pr_1 --option "<label>"',
    'answer_worker with prompt_id: pr_1, option: "<label>"',
  ],
  ['agentpool answer painter --option "<label>"', 'answer_worker with option: "<label>"'],
  [
    "Wait, or: agentpool observe ap_1 --wait-for turn. Then go on.",
    "Wait, or: observe_worker with wait_for: turn. Then go on.",
  ],
  ["agentpool worktrees cleanup ap_1 --force", "cleanup_worktree with force: true"],
  [
    "Name one: agentpool worktrees list --repo PATH",
    "Name one: list_worktrees with repo_path: PATH",
  ],
  ["List all: agentpool task list --json", "List all: list_tasks"],
  ["List all: agentpool workers list --all", "List all: list_worker_groups with all: true"],
  ["what failed, again: agentpool run retry rn_1", "what failed, again: retry_run"],
  ["agentpool run resume rn_1", "resume_run"],
  ["agentpool run pipeline FILE", "`agentpool run pipeline FILE` in a shell"],
  ["install agentpool again, so that it is whole", "install agentpool again, so that it is whole"],
  ["agentpool never picks one", "agentpool never picks one"],
  ["Use --isolation shared.", "Use isolation shared."],
  ["agentpool supervisor logs -f", "`agentpool supervisor logs -f` in a shell"],
  ["agentpool doctor --deep", "`agentpool doctor --deep` in a shell"],
])("%s becomes %s", (hint, wanted) => {
  expect(inToolWords(hint, manifest)).toBe(wanted);
});

test("every command stands in a hint as its tool, or whole as what a person types", () => {
  const tools = new Map(manifest.tools.map((one) => [one.command, one.definition.name]));
  for (const { words } of commands) {
    const line = `agentpool ${words} rn_1`;
    expect(inToolWords(line, manifest)).toBe(tools.get(words) ?? `\`${line}\` in a shell`);
  }
});

test.each([
  [
    "spawn_worker",
    "Name an existing folder: --repo PATH",
    "Name an existing folder: repo_path PATH",
  ],
  ["answer_worker", "Name one with --prompt: pr_1", "Name one with prompt_id: pr_1"],
  ["release_file_lease", "one (--lease-id ID) with --file", "one (lease_id ID) with files"],
])("a flag in a hint is the argument of the called tool: %s", (name, hint, wanted) => {
  expect(inToolWords(hint, manifest, tool(name))).toBe(wanted);
});

test("wrong arguments are told by their names here, and what to do is a call", () => {
  const message =
    'task (--task): expected string; isolation (--isolation): none; task.batch has no "x"';
  for (const hint of ["agentpool spawn --help", "See session.spawn"]) {
    const error = new AgentpoolError("invalid_input", message, {
      hint,
      details: { fields: ["task", "isolation"] },
    });
    expect(errorBody(error, undefined, manifest, tool("spawn_worker"))).toMatchObject({
      message: 'task: expected string; isolation: none; task.batch has no "x"',
      hint: "Correct task and isolation, and call spawn_worker again.",
    });
  }
});

test("the reason names arguments and no flags", () => {
  const error = new AgentpoolError("invalid_run", "It cannot be begun", {
    why: "no provider is named (--provider ID); agentpool never picks one",
  });
  expect(errorBody(error, undefined, manifest, tool("start_run")).why).toBe(
    "no provider is named (provider_id ID); agentpool never picks one",
  );
});

test("the same next step is said once", () => {
  const hint = "Name provider_id; get_inventory lists the providers.";
  const error = new AgentpoolError("provider_required", "No provider was named", { hint });
  expect(errorBody(error, undefined, manifest, tool("spawn_worker")).hint).toBe(hint);
});

test("an agent of a session is pointed to the tools it has, by their names there", () => {
  const session = selectForSession(manifest, "worker").manifest;
  const hintOf = (code: ErrorCode) =>
    errorBody(new AgentpoolError(code, "m"), undefined, session).hint;
  expect(hintOf("lease_conflict")).toContain("acquire_lease");
  expect(hintOf("lease_conflict")).not.toContain("file_lease");
  expect(hintOf("prompt_open")).toBeUndefined();
});

test("no hint of any code names a flag or a command that a tool stands for", () => {
  const hint =
    "Try agentpool spawn --provider fake, agentpool sessions or agentpool attach ap_1 --rw";
  for (const code of Object.keys(errorKinds) as ErrorCode[]) {
    const body = errorBody(new AgentpoolError(code, "m", { hint }), undefined, manifest);
    expect(body.hint, code).not.toMatch(/--|agentpool (spawn|sessions|attach)/);
  }
});

test("a claim that is another's is told in words of ours alone, and names its token once", () => {
  const task = { id: "tk_1", claim: { holder: "agent:rex" } } as TaskHead;
  const fence = createFence("0".repeat(16));
  const body = errorBody(claimNotHeld(task, null), fence, manifest, tool("complete_task"));
  expect(body.why).toBe("agent:rex has it. Nothing was changed.");
  expect(body.hint?.match(/token/g)).toHaveLength(1);
});
