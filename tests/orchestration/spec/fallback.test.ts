import { expect, test } from "vitest";
import type { Profile } from "../../../src/domain/profile.ts";
import type { Substitute } from "../../../src/domain/task.ts";
import { switchAgent } from "../../../src/domain/fallback-rules.ts";
import type { PoolSpec } from "../../../src/orchestration/kinds/pool.ts";
import { planRun } from "../../../src/orchestration/spec/plan-run.ts";
import { asDocument } from "../../../src/orchestration/spec/run-document.ts";
import { makeTask } from "../../support/records.ts";

const names: Readonly<Record<string, string>> = {
  fake: "fake",
  "fake-completed": "fake",
  codex: "codex-cli",
};

function profileWith(fallback: readonly Substitute[]): Profile {
  return {
    name: "careful",
    description: "Careful",
    providerId: "fake",
    model: null,
    effort: null,
    toolset: null,
    mode: "shared",
    timeoutMs: null,
    maxAttempts: null,
    fallback,
    instructions: "Be careful.",
    source: "user",
    file: "/profiles/careful.md",
  };
}

function planWith(...fallback: readonly Substitute[]): PoolSpec {
  const document = asDocument({ kind: "pool", profile: "careful", tasks: [{ prompt: "hello" }] });
  const { spec } = planRun(document, {
    kind: null,
    flags: {},
    base: { mode: "shared", repoPath: "/cwd", attempts: 1 },
    limits: {},
    profiles: new Map([["careful", profileWith(fallback)]]),
    provider: (name) => {
      const definitionId = names[name];
      return definitionId === undefined
        ? { why: `no provider is called ${name}` }
        : { id: name, definitionId };
    },
  });
  return spec as PoolSpec;
}

test("whom a profile falls back to is known by its own name and by whose sessions are started", () => {
  const { tasks } = planWith(
    { providerId: "fake-completed", model: null },
    { providerId: "codex", model: "large" },
    { providerId: "fake", model: null },
  );

  expect(tasks[0]?.worker).toMatchObject({
    fallback: [
      { providerId: "fake-completed", definitionId: "fake", model: null },
      { providerId: "codex", definitionId: "codex-cli", model: "large" },
      { providerId: "fake", model: null },
    ],
  });
});

test("one that nobody knows keeps the run from beginning, with what to write instead", () => {
  expect(() => planWith({ providerId: "fake-compleated", model: null })).toThrow(
    expect.objectContaining({
      code: "invalid_run",
      why: expect.stringMatching(
        /the profile "careful" falls back to "fake-compleated", and no provider is called fake-compleated; write the id, an alias or a preset of a provider there, or leave it out in \/profiles\/careful\.md/,
      ),
    }),
  );
});

test("a task that was left to a preset requires the provider whose preset it is", () => {
  const [first, second] = [
    { providerId: "fake-completed", definitionId: "fake", model: null },
    { providerId: "fake", model: null },
  ];
  const execution = {
    providerId: "codex",
    definitionId: "codex-cli",
    model: null,
    effort: null,
    profile: "careful",
    systemPrompt: null,
    mode: "shared",
    repoPath: "/cwd",
    timeoutMs: null,
    endsWith: "turn",
    fallback: [first, second] as readonly Substitute[],
  } as const;
  const claim = {
    holder: "run:rn_1",
    token: 1,
    sessionId: null,
    claimedAt: 1,
    ttlMs: 1,
    expiresAt: 2,
    renewedAt: 1,
  };
  const task = makeTask({ state: "claimed", attempt: 1, claim, execution });

  const { writes } = switchAgent(task, "it is at its limit", 5);

  expect(writes[0]).toMatchObject({
    update: {
      execution: { providerId: "fake-completed", definitionId: "fake", fallback: [second] },
      requires: { providerId: "fake" },
    },
  });
});
