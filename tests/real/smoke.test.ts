/** The first two commands that a person tries on a real agent: `setup` with usage, and `smoke`. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { forAgent } from "../support/real/for-agent.ts";
import { startWork, type Work } from "../support/real/work.ts";

/** Does what the smoke test asks for, as a model would. */
function obeys(prompt: string): string {
  const [, head, first, second] =
    /one line: (\w+), (\w+) and (\w+) joined by underscores/.exec(prompt) ?? [];
  return head === undefined ? prompt : `[[say:${head}_${first}_${second}]]`;
}

forAgent("codex", (agent) => {
  let work: Work;
  beforeAll(async () => {
    ensureBuilt();
    work = await startWork(agent, "codex-cli", { wishes: obeys });
  }, 120_000);
  afterAll(() => work.close(), 60_000);

  test("setup tells what it has, and asks its app server for usage within the time", async () => {
    const { stdout, status } = await work.run(["setup", "codex", "--json"], { status: "any" });
    const found = JSON.parse(stdout) as {
      readonly ok: boolean;
      readonly usage: { readonly status: string } | null;
      readonly checks: readonly { readonly name: string; readonly ok: boolean | null }[];
    };
    const checks = Object.fromEntries(found.checks.map((check) => [check.name, check.ok]));

    // signed in with a key: there is no subscription whose rest could be told
    expect(checks, stdout).toMatchObject({ provider_installed: true, model_catalog: true });
    expect(found.usage).toMatchObject({ status: "unauthenticated" });
    expect(status).toBe(found.ok ? 0 : 1);
    expect(work.mock.journal.prompts()).toEqual([]);
  }, 60_000);

  test("smoke spends one turn when it is told to, and proves its answer", async () => {
    await work.run(["smoke", "--provider", "codex"], { status: 6 });
    expect(work.mock.journal.prompts()).toEqual([]);

    const run = await work.json(["smoke", "--provider", "codex", "--real-read-only"]);

    expect(run).toMatchObject({
      ok: true,
      problems: [],
      completed_event: "completed",
      git_dirty: false,
      changed_files: [],
    });
    expect(work.mock.journal.prompts()).toHaveLength(1);
    expect((await work.json<{ sessions: unknown[] }>(["ps"])).sessions).toEqual([]);
  }, 90_000);
});
