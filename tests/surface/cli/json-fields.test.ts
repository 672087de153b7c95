// needs: tmux, git
import { beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../../support/built.ts";
import { cliHome } from "../../support/cli-home.ts";
import { makeRepo } from "../../support/home.ts";

beforeAll(ensureBuilt, 120_000);

/**
 * Fields that programs rely on, by the command as it is typed. More may come; none of these may go
 * or change its name.
 */
const fields: readonly (readonly [line: string, names: string])[] = [
  ["session show w", "session turns deliveries prompts tokens warnings"],
  [
    "observe w --detail excerpt",
    "session_id state confidence source because event outcome events cursor turn prompts artifact_manifest worker_output",
  ],
  ["wait w --timeout 5", "outcome sessions"],
  ["explain w", "session_id state because sources rules observations"],
  ["sessions", "sessions pagination"],
  ["send w hello", "ok session_id state delivery turn result timed_out needs_input cursor"],
  ["interrupt w --dry-run", "ok session_id state dry_run would_interrupt"],
  ["attach w", "session_id runtime can_attach attach_kind attach_command argv"],
  [
    "transcript w",
    "session_id path exists mode offset limit tail_lines next_offset has_more size_bytes text",
  ],
  ["collect w", "session_id state artifact_dir artifacts git warnings worker_output"],
  ["artifacts w", "session_id artifact_dir files"],
  ["worktrees list", "repo_path worktrees"],
  ["terminate w --dry-run", "session_id ok state would_terminate already_terminated dry_run"],
  ["terminate w", "session_id ok state already_terminated survivors"],
  ["worktrees cleanup w --dry-run", "dry_run would_remove blocked path dirty force reason"],
  ["worktrees cleanup w --force", "session_id removed path dirty reason"],
  ["inventory", "providers runtimes broken policy preferences checked_at"],
  ["models", "providers broken"],
  ["models validate", "ok files"],
  ["doctor", "ok version checks"],
  ["supervisor status", "running pid version epoch started_at socket home live_sessions"],
  ["supervisor stop", "ok stopped live_sessions"],
];

test("every command's JSON has the fields that programs rely on, all in snake case", async () => {
  const user = cliHome();
  const repo = makeRepo(user.folder);
  const json = async (line: readonly string[]): Promise<Record<string, unknown>> =>
    JSON.parse((await user.run([...line, "--json"], { cwd: repo })).stdout);
  const flags = ["--provider", "fake-patch", "--isolation", "worktree", "--name", "w"];

  const spawned = await json(["spawn", ...flags, "--task", "Write it"]);

  expect(Object.keys(spawned)).toEqual(
    expect.arrayContaining(["session_id", "session", "attach_command", "live_control", "warnings"]),
  );
  expect(spawned["session"]).toMatchObject({
    id: expect.stringMatching(/^ap_[0-9a-f]{12}$/) as string,
    provider_id: "fake",
    task: "Write it",
    repo_path: repo,
    worktree_path: expect.stringContaining("worktrees") as string,
    tmux: { window: expect.any(String) as string, pane: expect.any(String) as string },
    transcript_path: expect.stringMatching(/transcript\.txt$/) as string,
    events_path: expect.stringMatching(/events\.jsonl$/) as string,
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
    ended_at: null,
  });
  await json(["observe", "w", "--wait-for", "completed", "--timeout", "60"]);
  for (const [line, names] of fields) {
    const output = await json(line.split(" "));
    expect(Object.keys(output), line).toEqual(expect.arrayContaining(names.split(" ")));
    expect(
      namesIn(output).filter((name) => !/^[a-z][a-z0-9_]*$/.test(name)),
      line,
    ).toEqual([]);
  }
});

/** All field names of a JSON value, however deep. */
function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...namesIn(inner)]);
}
