// needs: tmux
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { AgentpoolError } from "../../src/domain/errors.ts";
import { openHome } from "../support/home.ts";
import { startAgent } from "../support/observed.ts";
import { waitFor } from "../support/wait.ts";

test("a title that could not be taken in while the disk was full is taken in when there is room", async () => {
  const home = await openHome();
  const agent = await startAgent(home, "!fake sleep 1\n!fake say done", {
    hooks: "off",
    log: "off",
  });
  await agent.waitFor("running");
  const { store } = home.app;
  const commit = store.commit.bind(store);
  const full = (): Promise<never> => Promise.reject(new AgentpoolError("disk_full", "No space"));
  const missed = (): number =>
    readFileSync(home.home.log, "utf8").split("a title could not be taken in").length - 1;
  Object.assign(store, { commit: full });
  await agent.noted("turn_end");
  await waitFor(() => missed() > 0);

  Object.assign(store, { commit });

  expect(await agent.waitFor("completed")).toMatchObject({ state: "idle" });
});
