/** Everything one real-agent test needs around it: a mock model, a person, panes. */
import type { MockModel } from "../mock-model/server.ts";
import { startMockModel } from "../mock-model/server.ts";
import type { RealAgent } from "./agent.ts";
import { Pane } from "./pane.ts";
import type { AgentUser } from "./user.ts";
import { createAgentUser } from "./user.ts";

export interface Stage {
  readonly mock: MockModel;
  readonly user: AgentUser;
  /** Starts a program in a plain tmux pane, in the person's repository and environment. */
  readonly pane: (argv: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Pane>;
  /** Ends panes and mock and removes the person. */
  readonly close: () => Promise<void>;
}

/** What the model makes of prompts that hold no wishes; see `Model`. */
export interface StageOptions {
  readonly wishes?: (prompt: string) => string;
  /** An empty folder for the person's home; one of its own by default. */
  readonly home?: string;
}

export async function setStage(agent: RealAgent, options: StageOptions = {}): Promise<Stage> {
  const { home, ...model } = options;
  const mock = await startMockModel(model);
  const user = await createAgentUser(agent, {
    modelUrl: mock.url,
    ...(home === undefined ? {} : { home }),
  });
  const panes: Pane[] = [];
  return {
    mock,
    user,
    pane: async (argv, env = {}) => {
      const pane = await Pane.start({ argv, env: { ...user.env, ...env }, cwd: user.repo });
      panes.push(pane);
      return pane;
    },
    close: async () => {
      for (const pane of panes) await pane.close();
      await mock.close();
      await user.remove();
    },
  };
}

/** A prompt of about 11 kB with everything that is easily lost on the way. */
export function longPrompt(wishes: string, options: { readonly tabs: boolean }): string {
  const gap = options.tabs ? "\t" : "  ";
  const line = `"quotes" 'single' $HOME \`tick\` !bang /slash #hash @at ünï 🎉 \\ back${gap}end`;
  const lines = Array.from({ length: 150 }, (_, index) => `line ${index} ${line}`);
  return [wishes, ...lines, "the last line"].join("\n");
}
