import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { LaunchPlan, WorkerServer } from "../../src/provider/definition.ts";
import { Catalogue } from "../../src/provider/discover.ts";
import { planLaunch } from "../../src/provider/launch.ts";
import { request } from "../provider/definition.ts";

const server: WorkerServer = {
  name: "agentpool",
  command: "/opt/node",
  args: ["/opt/it's here/agentpool.cjs", "mcp"],
  env: { AGENTPOOL_HOME: "/home/of/pool", AGENTPOOL_SESSION_TOKEN_FILE: "/home/of/pool/t" },
  tools: ["claim_task", "complete_task"],
};

const catalogue = new Catalogue(join(tmpdir(), "no-providers-of-a-user"));
const all = (await catalogue.all()).providers.map(({ definition }) => definition);
const machine = { stat: async () => ({ kind: "file" }), read: async () => undefined };

function everything({ argv, env, files, workFiles = [] }: LaunchPlan): string {
  const contents = [...files, ...workFiles].map(({ content }) => content);
  return [...argv, ...Object.values(env), ...contents].join("\n");
}

const able = all.filter(({ workerMcp }) => workerMcp !== undefined);
const unable = all.filter(({ workerMcp }) => workerMcp === undefined);

test("every agent that was tried takes tools at launch, and says how", () => {
  expect(able.map(({ id }) => id)).toEqual(
    expect.arrayContaining([
      "claude-code",
      "codex-cli",
      "copilot-cli",
      "devin-cli",
      "droid-cli",
      "fake",
      "opencode",
    ]),
  );
  expect(unable.map(({ id }) => id)).toEqual(["cursor-cli"]);
});

test.each(able.map((definition) => [definition.id, definition] as const))(
  "%s is told of the server of its session, whole, and of none without a toolset",
  async (_, definition) => {
    const base = { ...request, mode: "worktree" } as const;
    const without = await planLaunch(definition, base, machine);
    const plan = await planLaunch(definition, { ...base, workerMcp: server }, machine);

    const told = everything(plan);
    for (const word of [server.command, "it's here/agentpool.cjs", "/home/of/pool/t"]) {
      expect(told).toContain(word);
    }
    expect(everything(without)).not.toContain("agentpool.cjs");
    expect(without.workFiles ?? []).toEqual([]);
    expect(plan.agentSessionId).toBe(without.agentSessionId);
    const lies = (plan.workFiles ?? []).length > 0;
    expect(definition.workerMcp?.onlyInWorktree === true).toBe(lies);
  },
);

test.each(unable.map((definition) => [definition.id, definition] as const))(
  "%s, which has no way, starts as ever",
  async (_, definition) => {
    const base = { ...request, mode: "shared" } as const;
    const plan = await planLaunch(definition, { ...base, workerMcp: server }, machine);
    expect(plan).toEqual(await planLaunch(definition, base, machine));
  },
);

test("no plan may put files into a folder of the person's, or beside the work folder", async () => {
  const launch = (path: string) => () => ({
    argv: ["/opt/x"],
    env: {},
    files: [],
    workFiles: [{ path, content: "" }],
    agentSessionId: null,
    facts: {},
  });
  const [definition] = able;
  if (!definition) throw new Error("no definition");
  for (const [mode, path] of [
    ["shared", "x"],
    ["worktree", "../x"],
    ["worktree", "/etc/x"],
  ] as const) {
    const provider = { ...definition, launch: launch(path) };
    await expect(planLaunch(provider, { ...request, mode }, machine)).rejects.toMatchObject({
      code: "invalid_config",
    });
  }
});
