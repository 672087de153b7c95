import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Catalogue } from "../../src/provider/discover.ts";
import { planLaunch } from "../../src/provider/launch.ts";
import { request } from "../provider/definition.ts";

const conversation = "0199a213-81d8-4aa2-8f3b-000000000001";
const catalogue = new Catalogue(join(tmpdir(), "no-providers-of-a-user"));
const all = (await catalogue.all()).providers.map(({ definition }) => definition);
const known = all.filter(({ options }) => options.resume === true);
const machine = { stat: async () => ({ kind: "file" }), read: async () => undefined };

test("the agents whose resume was tried say that they can", () => {
  expect(known.map(({ id }) => id)).toEqual(
    expect.arrayContaining([
      "claude-code",
      "codex-cli",
      "copilot-cli",
      "droid-cli",
      "fake",
      "opencode",
    ]),
  );
});

test.each(known.map((definition) => [definition.id, definition] as const))(
  "%s goes on with the conversation it is given, with the flags of a first start",
  async (_, definition) => {
    const first = await planLaunch(definition, { ...request, mode: "shared" }, machine);
    const next = await planLaunch(
      definition,
      { ...request, mode: "shared", resume: conversation },
      machine,
    );
    const told = (plan: typeof first): string =>
      [...plan.argv, ...plan.files.map(({ content }) => content)].join("\n");

    expect(next.agentSessionId).toBe(conversation);
    expect(told(next)).toContain(conversation);
    expect(told(first)).not.toContain(conversation);
    expect(told(next)).not.toContain(request.conversationId);
    expect(Object.keys(next.facts)).toEqual(Object.keys(first.facts));
    expect(next.env).toEqual(first.env);
    const flags = (plan: typeof first): string[] =>
      plan.argv.filter(
        (word) => word.startsWith("-") && !/session-id|resume|--session$|-s$/.test(word),
      );
    expect(flags(next)).toEqual(flags(first));
  },
);
