/** Runs of several real agents: what each says and does is collected as it is from scripted ones. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import type { AgentName } from "../support/real/agent.ts";
import { forEachAgent, leftOut } from "../support/real/for-agent.ts";
import type { Event, Work } from "../support/real/work.ts";
import { startWork } from "../support/real/work.ts";
import { skipBecause } from "../support/skip.ts";
import { waitFor } from "../support/wait.ts";

interface RunTask {
  readonly id: string;
  readonly key: string;
  readonly title: string;
  readonly state: string;
  readonly session_id: string | null;
  readonly result: string | null;
  readonly error: string | null;
  readonly artifacts: readonly string[];
}

interface RunView {
  readonly run: { readonly id: string; readonly state: string; readonly output: string | null };
  readonly tasks: readonly RunTask[];
  readonly approvals: readonly {
    readonly id: string;
    readonly kind: string;
    readonly state: string;
  }[];
}

/** Brings the tools before the model, where the agent only gives them when asked. */
const look: Readonly<Partial<Record<AgentName, string>>> = {
  droid: `[[call:ToolSearch:{"query":"select:agentpool___claim_task,agentpool___complete_task,agentpool___add_task","max_results":20}]]`,
};

const plan = {
  title: "A page",
  phases: [
    {
      name: "build",
      tasks: [
        { title: "head", description: "Make the head of the page." },
        { title: "foot", description: "Make the foot of the page." },
      ],
    },
  ],
};

const call = (tool: string, input: object): string => `[[mcp:${tool}:${JSON.stringify(input)}]]`;

/** Takes its own task and ends it, by what the board says of it. */
const claimAndComplete = (result: string): string =>
  [
    call("claim_task", {}),
    call("complete_task", { task_id: "{{task.id}}", token: "{{task.claim.token}}", result }),
    "[[say:That is all.]]",
  ].join("");

/** What a model makes of its part in the team; prompts that hold wishes are left as they are. */
function wishes(agent: AgentName, prompt: string): string {
  if (prompt.includes("[[")) return prompt;
  if (prompt.includes("Plan how a team")) return `[[say:${JSON.stringify(plan)}]]`;
  if (prompt.includes("complete_task with task_id")) {
    const part = /Make the (\w+) of the page/.exec(prompt)?.[1] ?? "nothing";
    // the one that the lead adds changes nothing
    const edit = part === "roof" ? "" : `[[edit:${part}.txt:the ${part}]]`;
    return `${look[agent] ?? ""}${edit}${claimAndComplete(`made ${part}`)}`;
  }
  return "[[say:The page is there.]]";
}

forEachAgent((agent) => {
  const isUsual = agent.name === "codex" || agent.name === "claude";
  describe("a run", skipBecause(isUsual ? undefined : leftOut()), () => {
    let work: Work;
    beforeAll(async () => {
      ensureBuilt();
      work = await startWork(agent, agent.provider, {
        wishes: (prompt) => wishes(agent.name, prompt),
      });
    }, 120_000);
    afterAll(() => work.close(), 60_000);

    const begun = ["--provider", agent.provider, "--isolation", "shared"];
    const writeRun = (run: object): string => {
      const file = join(work.user.home, "run.yaml");
      writeFileSync(file, JSON.stringify(run));
      return file;
    };

    test("of a pool gives the results in order, and of one the model refused the reason", async () => {
      const prompts = ["[[say:one]]", "[[status:400]] two", "[[say:three]]"];
      const { run, tasks } = await work.json<RunView>(["run", "pool", ...prompts, ...begun], {
        status: 7,
      });

      expect(run.state).toBe("partial");
      expect(tasks).toMatchObject([
        { state: "completed", result: "one", error: null },
        { state: "failed", result: null, error: expect.stringContaining("400") as string },
        { state: "completed", result: "three", error: null },
      ]);
      expect(new Set(tasks.map((task) => task.session_id)).size).toBe(3);
    });

    test("of a pipeline gives each stage what the one before answered", async () => {
      const file = writeRun({
        stages: [
          { name: "ask", prompt: "[[say:blue]]" },
          { name: "tell", prompt: "[[say:It is to be {previous_response}.]]" },
        ],
      });
      const { run, tasks } = await work.json<RunView>(["run", "pipeline", file, ...begun]);

      expect(run).toMatchObject({ state: "completed", output: "It is to be blue." });
      expect(tasks.map(({ state, result }) => [state, result])).toEqual([
        ["completed", "blue"],
        ["completed", "It is to be blue."],
      ]);
    });

    // a team refuses it as a lead, and says so
    const hasNoLead =
      agent.name === "droid" ? "it gets its tools in a worktree of its own alone" : undefined;
    const led = { ...skipBecause(hasNoLead), timeout: 200_000 };
    test(
      "of a team waits for a person's yes, and each task is ended by who has it",
      led,
      async () => {
        const file = writeRun({ goal: "A page about us", reviewers: [], approval: "person" });
        const waiting = await work.json<RunView>(
          ["run", "team", "--file", file, "--provider", agent.provider],
          { status: 8 },
        );
        expect(waiting.tasks.map(({ key, state }) => [key, state])).toEqual([
          ["plan-1", "completed"],
        ]);
        expect(waiting.approvals).toMatchObject([{ kind: "plan", state: "pending" }]);
        await work.run(["approval", "approve", waiting.approvals[0]?.id ?? ""]);
        const { run, tasks } = await approvingAll(waiting.run.id);

        expect(run).toMatchObject({ state: "completed", output: "The page is there." });
        const parts = tasks.filter(({ key }) => key.startsWith("phase-"));
        expect(parts).toMatchObject([
          { title: "head", state: "completed", result: "made head" },
          { title: "foot", state: "completed", result: "made foot" },
        ]);
        await expectEndedByTheirOwn(run.id, parts);
        const finish = await work.json<{ branches: { changed_files: string[] }[] }>([
          "run",
          "finish",
          run.id,
        ]);
        expect(finish).toMatchObject({
          branches: [{ changed_files: ["head.txt"] }, { changed_files: ["foot.txt"] }],
          conflicts: [],
        });
        for (const { artifacts } of parts) expect(artifacts.join()).toContain("diff.patch");
        const { tokens } = await work.json<{ tokens: { input: number } }>([
          "run",
          "report",
          run.id,
        ]);
        expect(tokens.input).toBeGreaterThan(0);
      },
    );

    test("of a team on a list carries out what its lead adds", led, async () => {
      const part = (name: string): string => `Make the ${name} of the page.`;
      const lead = [
        look[agent.name] ?? "",
        call("add_task", { title: "roof", body: part("roof") }),
        claimAndComplete("added a roof"),
      ];
      const file = writeRun({ lead_prompt: lead.join(""), tasks: [part("wall")], attempts: 1 });
      const begun = await work.json<RunView>([
        "run",
        "team",
        "--file",
        file,
        "--provider",
        agent.provider,
        "--detach",
      ]);
      const { run, tasks } = await approvingAll(begun.run.id);

      expect(run).toMatchObject({ state: "completed", output: "added a roof" });
      expect(tasks.map(({ state, result }) => [state, result])).toEqual([
        ["completed", "added a roof"],
        ["completed", "made wall"],
        ["completed", "made roof"],
      ]);
      await expectEndedByTheirOwn(run.id, tasks);
    });

    /** Says yes to each dialog in which an agent asks the person, until the run is over. */
    async function approvingAll(id: string): Promise<RunView> {
      return waitFor(
        async () => {
          const view = await work.json<RunView & { run: { ended_at: string | null } }>([
            "run",
            "show",
            id,
          ]);
          const dialogs = view.approvals.filter(({ kind }) => kind === "prompt");
          // the agent may have gone on by itself meanwhile
          for (const dialog of dialogs) {
            await work.run(["approval", "approve", dialog.id], { status: "any" });
          }
          return view.run.ended_at !== null && view;
        },
        { timeoutMs: 150_000, what: `the end of run ${id}` },
      );
    }

    /** Each was given out once, to a session of its own, and ended by that. */
    async function expectEndedByTheirOwn(id: string, tasks: readonly RunTask[]): Promise<void> {
      const { events } = await work.json<{ events: Event[] }>([
        "events",
        "query",
        "--run",
        id,
        "--type",
        "task_*",
      ]);
      expect(new Set(tasks.map((task) => task.session_id)).size).toBe(tasks.length);
      for (const task of tasks) {
        const own = events.filter((one) => one["task_id"] === task.id);
        expect(own.map(({ type }) => type)).toEqual([
          "task_added",
          "task_claimed",
          "task_completed",
        ]);
        expect(own[2]).toMatchObject({ holder: `session:${task.session_id}` });
      }
    }
  });
});
