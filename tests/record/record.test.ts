/** Records each agent in each scenario and size; AGENTPOOL_RECORD narrows it: `limit,talk 80x24`. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { homeFrom } from "../../src/platform/home.ts";
import { openLog } from "../../src/platform/log.ts";
import { takeRole, type Role } from "../../src/supervisor/role.ts";
import { forEachAgent } from "../support/real/for-agent.ts";
import { setStage, type Stage } from "../support/real/stage.ts";
import { record, type Player } from "./play.ts";
import { fakeScenarios, scenarios, sizes, type Scenario } from "./scenarios.ts";

/** An empty folder that has this name on every machine. */
const home = process.env["AGENTPOOL_RECORD_HOME"] ?? "";

forEachAgent((agent) => {
  let people: Stage;
  let role: Role;

  beforeAll(async () => {
    people = await setStage(agent, { home });
    role = await roleOf(people.user.env);
  }, 120_000);

  afterAll(async () => {
    await role.leave("all is recorded");
    await people.close();
  }, 60_000);

  const own = scenarios.filter(({ agents }) => agents?.includes(agent.name) ?? true);
  recordAll(own, agent.provider, () => {
    const { env, repo } = people.user;
    const { provider, version } = agent;
    return { role, env, repo, provider, version };
  });
});

describe.skipIf(process.env["AGENTPOOL_RECORD_FAKE"] !== "1")("fake", () => {
  let role: Role;
  const repo = join(home, "project");
  const env = { HOME: home, PATH: process.env["PATH"] ?? "", LANG: "C.UTF-8", SHELL: "/bin/sh" };

  beforeAll(async () => {
    mkdirSync(repo, { recursive: true });
    role = await roleOf(env);
  });

  afterAll(() => role.leave("all is recorded"));

  recordAll(fakeScenarios, "fake", () => ({ role, env, repo, provider: "fake", version: "1.0.0" }));
});

function recordAll(all: readonly Scenario[], provider: string, player: () => Player): void {
  const folder = join(import.meta.dirname, "../../providers", provider, "recordings");
  const [names = "", only = ""] = (process.env["AGENTPOOL_RECORD"] ?? "").split(" ");
  const chosen = all.filter(({ name }) => names === "" || names.split(",").includes(name));
  for (const size of sizes) {
    const shown = `${size.cols}x${size.rows}`;
    if (only !== "" && only !== shown) continue;
    test.each(chosen)(`$name, ${shown}`, async (scenario) => {
      const { file, bytes, frames } = await record(player(), scenario, { size, folder });
      console.log(`${file.slice(-40)} ${bytes} ${JSON.stringify(frames)}`);
      expect(Object.keys(frames).length).toBeGreaterThan(0);
    });
  }
}

async function roleOf(env: Readonly<Record<string, string>>): Promise<Role> {
  const own = homeFrom(env);
  const role = await takeRole({
    home: own,
    version: "0.1.0",
    env,
    log: openLog(own.log, "info", Date.now),
    now: Date.now,
    inline: true,
    idleMs: null,
  });
  if (!role) throw new Error("the role is held");
  return role;
}
