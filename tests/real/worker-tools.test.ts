/** Real agents as workers: they use the tools of their session, and nobody is asked. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import type { AgentName } from "../support/real/agent.ts";
import { forAgent, forEachAgent } from "../support/real/for-agent.ts";
import type { Work } from "../support/real/work.ts";
import { startWork } from "../support/real/work.ts";

const call = (tool: string, input: object): string => `[[mcp:${tool}:${JSON.stringify(input)}]]`;

/** Brings the tools before the model, where the agent only gives them when asked. */
const look: Readonly<Partial<Record<AgentName, string>>> = {
  droid: `[[call:ToolSearch:{"query":"select:agentpool___claim_task,agentpool___acquire_lease,agentpool___complete_task","max_results":20}]]`,
};

const dialogs = ["prompt_opened"];

forEachAgent((agent) => {
  let work: Work;
  beforeAll(async () => {
    ensureBuilt();
    work = await startWork(agent, agent.provider);
  }, 120_000);
  afterAll(() => work.close(), 60_000);

  test("does a task and takes a lease with the tools of its session, asked by nobody", async () => {
    const added = ["task", "add", "Say hello"];
    const { task } = await work.json<{ task: { id: string } }>(added);
    const name = await work.spawn(
      [
        look[agent.name] ?? "",
        call("claim_task", {}),
        call("acquire_lease", { files: ["a.txt"], intent: "to edit it" }),
        call("complete_task", { task_id: task.id, token: 1, result: "hello" }),
        "[[say:done]]",
      ].join(""),
      ["--isolation", "worktree", "--toolset", "worker"],
    );
    const seen = await work.observe(name, "turn", "90s");
    const events = await work.events(name);
    expect(events.filter(({ type }) => dialogs.includes(type))).toEqual([]);
    expect(seen.turn).toMatchObject({ state: "completed", error: null });

    const { session } = await work.json<{ session: { id: string; toolset: string } }>([
      "session",
      "show",
      name,
    ]);
    expect(session.toolset).toBe("worker");
    const { leases } = await work.json<{ leases: object[] }>(["leases", "list"]);
    const told = JSON.stringify(work.mock.journal.turns().at(-1)?.exchange.toolResults);
    expect(leases, told).toMatchObject([
      { holder: `session:${session.id}`, file_path: "a.txt", metadata: { intent: "to edit it" } },
    ]);
    const done = await work.json<{ task: object }>(["task", "show", task.id]);
    expect(done.task).toMatchObject({
      state: "completed",
      result: "hello",
      claim: { holder: `session:${session.id}` },
    });
    const { git } = await work.json<{ git: { changed_files: string[] } }>(["collect", name]);
    expect(git.changed_files).toEqual([]);
  });
});

for (const name of ["claude", "codex"] as const) {
  forAgent(name, (agent) => {
    let work: Work;
    beforeAll(async () => {
      ensureBuilt();
      work = await startWork(agent, agent.provider);
    }, 120_000);
    afterAll(() => work.close(), 60_000);

    test("as a lead it coordinates and can change no file", async () => {
      const lead = await work.spawn(
        [
          call("acquire_lease", { files: ["plan.md"] }),
          "[[edit:mine.txt:I did it myself]]",
          "[[say:I could not]]",
        ].join(""),
        ["--toolset", "lead"],
      );
      await work.observe(lead, "turn", "90s");
      expect(existsSync(join(work.user.repo, "mine.txt"))).toBe(false);
      const { session } = await work.json<{ session: { id: string } }>(["session", "show", lead]);
      expect(session).toMatchObject({ toolset: "lead", workspace_mode: "read_only" });
      const { leases } = await work.json<{ leases: object[] }>(["leases", "list"]);
      expect(leases).toMatchObject([{ file_path: "plan.md", session_id: session.id }]);
    });
  });
}
