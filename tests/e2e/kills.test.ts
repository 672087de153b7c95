// needs: tmux, git
import { expect, test } from "vitest";
import { cliHome } from "../support/cli-home.ts";
import { playKilled, scenarios, type Instant } from "../support/kill-scenarios.ts";
import { killableBuild } from "../support/killable-build.ts";

/** Instants that once went wrong, or are likely to; npm run test:long plays them all. */
const instants: readonly (readonly [string, Instant["step"], Instant["moment"], number])[] = [
  ["spawn", "commit", "after", 1],
  // the pane is open and nobody wrote so: the argument is with the agent already
  ["spawn with the task as argument", "commit", "before", 3],
  // pasted and not recorded
  ["send", "ask", "after", 3],
  ["answer through the channel", "commit", "before", 2],
  ["answer by keys", "ask", "after", 2],
  ["answer with a text", "commit", "after", 4],
  ["a take-over", "commit", "after", 2],
  ["interrupt", "ask", "after", 1],
  // the row says that it begins again, and no pane is open
  ["resume", "commit", "after", 1],
  // the pane is open and nobody wrote so
  ["resume", "commit", "before", 2],
  ["collect", "commit", "before", 1],
  ["claim a task", "commit", "after", 1],
  ["complete a task", "commit", "after", 1],
];

const build = killableBuild();

test.each(instants)(
  "kill -9 of the supervisor over %s (%s, %s, %i): nothing is lost and nothing done twice",
  async (name, step, moment, n) => {
    const scenario = scenarios[name];
    if (!scenario) throw new Error(`there is no scenario "${name}"`);

    const played = await playKilled(cliHome({ bin: build.bin }), scenario, { step, moment, n });

    expect(played).toEqual({ died: true, complaints: [] });
  },
);
