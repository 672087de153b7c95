// needs: tmux
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import type { LevelMemory, ScreenMemory } from "../../src/domain/session.ts";
import { openHome, type TestHome } from "../support/home.ts";
import { startAgent } from "../support/observed.ts";

/** Makes the store what a supervisor leaves that was killed 10 s ago, right after a turn's end. */
function lookBusyStill(
  home: TestHome,
  id: string,
  looks: { readonly screen: boolean; readonly title: boolean },
): void {
  const database = new Database(home.home.database);
  const row = database.prepare("SELECT composer, evidence FROM sessions WHERE id = ?").get(id) as {
    readonly composer: string;
    readonly evidence: string;
  };
  const endedAt = Date.now() - 10_000;
  const composer = { ...(JSON.parse(row.composer) as object), source: "hook", at: endedAt };
  const evidence = JSON.parse(row.evidence) as { level: LevelMemory; screen: ScreenMemory };
  const since = endedAt - 50;
  const busy = { source: "terminal" as const, level: "busy" as const, since, because: "a spinner" };
  evidence.level = looks.title ? busy : { ...busy, level: "idle" };
  if (looks.screen) {
    evidence.screen = { ...evidence.screen, busy: true, composer: true, since };
    Object.assign(evidence, { level: null });
  }
  database
    .prepare("UPDATE sessions SET composer = ?, evidence = ? WHERE id = ?")
    .run(JSON.stringify(composer), JSON.stringify(evidence), id);
  database.close();
}

test.each([
  ["title", { title: true, screen: false }],
  ["screen", { title: false, screen: true }],
])(
  "a %s that was still busy when the supervisor was killed begins no turn when it comes back",
  async (_, looks) => {
    const home = await openHome();
    const agent = await startAgent(home, "hello");
    await agent.waitFor("completed");
    await home.leave();
    lookBusyStill(home, agent.id, looks);

    await home.restart();

    const again = await agent.send("again", { wait: "turn" });
    expect(again).toMatchObject({ ok: true, turn: { n: 2, state: "completed", prompt: "again" } });
  },
);
