import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Caller } from "../../../../src/rpc/wire.ts";
import { playPart, type Part } from "../../../../src/surface/cli/try/play.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

const part: Part = { provider: "sample", name: "reader", isolation: "read_only", task: "Read." };

interface Scene {
  readonly screen: string;
  /** What is observed, one after the other; the last one from then on. */
  readonly observed: readonly Record<string, unknown>[];
}

function play({ screen, observed }: Scene) {
  const folder = tempFolder();
  writeFileSync(join(folder, "screen.txt"), screen);
  const left = [...observed];
  const said: string[] = [];
  const waits: unknown[] = [];
  const answers: Record<string, (input: Readonly<Record<string, unknown>>) => unknown> = {
    "session.observe": ({ wait_for: words }) => {
      waits.push(words);
      return { prompts: [], ...(left.length > 1 ? left.shift() : left[0]) };
    },
    "session.show": () => ({
      deliveries: [{ state: "queued", because: "the agent's API does not answer" }],
    }),
    "session.collect": () => ({
      state: "idle",
      artifact_dir: folder,
      git: { changed_files: [] },
      worker_output: { text: "Read it." },
    }),
  };
  const call: Caller["call"] = async (name, { input }) => answers[name]?.(input);
  const played = playPart(
    {
      caller: { call } as Caller,
      cwd: folder,
      env: {},
      signal: new AbortController().signal,
      patienceSeconds: 180,
      say: (_, what) => said.push(what),
      mayAnswer: () => Promise.resolve(true),
    },
    part,
    "ap_1",
  );
  return { played, said, waits };
}

const starting = {
  state: "starting",
  because: "the agent's process was started",
  outcome: "timeout",
  turn: { state: "queued", error: null },
};
const running = { ...starting, state: "running", turn: { state: "running", error: null } };

test("an agent that never comes up is given up, with its state and its empty screen", async () => {
  const { played, said } = play({ screen: "\n\n", observed: [starting] });
  await expect(played).rejects.toMatchObject({
    code: "wait_timed_out",
    message: "reader (sample) did not begin with its task within 60 s",
    why:
      "It is starting: the agent's process was started. " +
      "Its task is queued: the agent's API does not answer. Its screen shows nothing.",
    hint: expect.stringContaining("agentpool try --provider sample --keep"),
  });
  expect(said).toEqual(
    Array.from({ length: 3 }, () => "is still starting: the agent's process was started"),
  );
});

test("a turn without an end is given up, with what the screen shows", async () => {
  const { played } = play({
    screen: "Thinking\n\n> \n",
    observed: [{ ...running, outcome: "satisfied" }, running],
  });
  await expect(played).rejects.toMatchObject({
    message: "reader (sample) did not finish within 180 s",
    why: expect.stringMatching(/^It is running: .* Its screen shows:\nThinking\n> $/),
  });
});

test("a slow turn is waited for", async () => {
  const done = { ...starting, state: "idle", turn: { state: "completed", error: null } };
  const { played, waits } = play({
    screen: "",
    observed: [starting, { ...running, outcome: "satisfied" }, running, running, done].map(
      (one, index) => (index === 4 ? { ...one, outcome: "satisfied" } : one),
    ),
  });
  expect(await played).toMatchObject({ turn: "completed", result: "Read it." });
  expect(waits.slice(0, 5).map((words) => (words as string[]).includes("running"))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});
