import { describe, expect, test } from "vitest";
import type { LaunchPlan, LaunchRequest } from "../../src/provider/definition.ts";
import {
  checkOptions,
  planLaunch,
  type ChosenOptions,
  type LaunchMachine,
} from "../../src/provider/launch.ts";
import { request, sample } from "./definition.ts";

const chosen: ChosenOptions = {
  mode: "worktree",
  model: null,
  effort: null,
  serviceTier: null,
  initialPromptMode: "provider_default",
};

const bare = {
  ...sample,
  options: { ...sample.options, model: false, effort: [], promptArgument: false, readOnly: false },
};

describe("an option", () => {
  test.each<Partial<ChosenOptions>>([
    {},
    { mode: "read_only" },
    { model: "m-1.5:free/x" },
    { effort: "high" },
    { initialPromptMode: "arg" },
  ])("the provider has is taken: %j", (options) => {
    expect(() => checkOptions(sample, { ...chosen, ...options })).not.toThrow();
  });

  test.each<[Partial<ChosenOptions>, RegExp, RegExp]>([
    [{ mode: "read_only" }, /has no read-only mode that holds/, /--isolation worktree/],
    [{ model: "m" }, /takes no model at launch/, /Leave out --model/],
    [{ serviceTier: "fast" }, /takes no service tier/, /Leave out --service-tier/],
    [{ effort: "high" }, /takes no reasoning effort/, /Leave out --reasoning-effort/],
    [{ initialPromptMode: "arg" }, /takes no prompt as an argument/, /--initial-prompt-mode arg/],
  ])("it lacks is refused: %j", (options, message, hint) => {
    const attempt = (): void => checkOptions(bare, { ...chosen, ...options });
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(
      expect.objectContaining({ code: "invalid_input", hint: expect.stringMatching(hint) }),
    );
  });

  test("nobody knows is answered with the nearest", () => {
    expect(() => checkOptions(sample, { ...chosen, effort: "hihg" })).toThrow(
      expect.objectContaining({
        code: "invalid_input",
        why: "It takes: low, medium, high.",
        hint: "Did you mean --reasoning-effort high?",
      }),
    );
  });

  test.each(["--dangerously", "", "a b", "a\u0000b", "a\nb", "-"])(
    "that would be read as a flag is refused: %j",
    (model) => {
      expect(() => checkOptions(sample, { ...chosen, model })).toThrow(/is no model/);
    },
  );
});

const there: LaunchMachine = {
  stat: () => Promise.resolve({ kind: "file" }),
  read: (path) =>
    Promise.resolve(path === "/home/me/.sample.json" ? Buffer.from('{"a":1}') : undefined),
};

const planned = (changes: Partial<LaunchPlan>): Promise<LaunchPlan> =>
  planLaunch(
    { ...sample, launch: (asked: LaunchRequest) => ({ ...sample.launch(asked), ...changes }) },
    request,
    there,
  );

describe("a plan", () => {
  test("has the agent's whole environment and the mark of its session", async () => {
    const plan = await planned({
      env: { SAMPLE_HOME: "/x", PATH: "/opt/bin", AGENTPOOL_SESSION_ID: "ap_other" },
    });
    expect(plan.env).toEqual({
      HOME: "/home/me",
      PATH: "/opt/bin",
      SAMPLE_HOME: "/x",
      AGENTPOOL_SESSION_ID: request.sessionId,
    });
    expect(plan.argv).toEqual(["/bin/sh"]);
  });

  test.each<[Partial<LaunchPlan>, string]>([
    [{ argv: [] }, "argv does not begin with a path"],
    [{ argv: ["sh"] }, "argv does not begin with a path"],
    [{ argv: ["/bin/sh", "a\0b"] }, "argv[1] holds a NUL byte"],
    [{ env: { "A=B": "x" } }, 'env has the name "A=B"'],
    [{ env: { A: "x\0" } }, "env.A holds a NUL byte"],
    [
      { files: [{ path: "/home/me/.sample/settings.json", content: "" }] },
      "the file /home/me/.sample/settings.json lies outside",
    ],
    [{ files: [{ path: `${request.folder}/../../../x`, content: "" }] }, "lies outside"],
    [{ files: [{ path: `${request.folder}-other/x`, content: "" }] }, "lies outside"],
    [{ files: [{ path: "settings.json", content: "" }] }, "lies outside"],
    [{ files: [{ path: request.folder, content: "" }] }, "lies outside"],
  ])("is refused: %j", async (changes, why) => {
    await expect(planned(changes)).rejects.toMatchObject({
      code: "invalid_config",
      why: expect.stringContaining(why) as string,
    });
  });

  test("is refused when the program is gone meanwhile", async () => {
    await expect(
      planLaunch(sample, request, { ...there, stat: () => Promise.resolve(undefined) }),
    ).rejects.toMatchObject({
      code: "provider_not_installed",
      why: "There is no program at /bin/sh any more.",
    });
  });

  test("is refused with an option the provider lacks, whoever checked before", async () => {
    await expect(
      planLaunch(bare, { ...request, promptArgument: "hi" }, there),
    ).rejects.toMatchObject({
      code: "invalid_input",
    });
  });

  test("builds on the person's files that the definition names, as far as they are there", async () => {
    let read: LaunchRequest["read"];
    await planLaunch(
      {
        ...sample,
        reads: ({ HOME }) => [`${HOME}/.sample.json`, `${HOME}/.absent.json`],
        launch: (asked: LaunchRequest) => {
          ({ read } = asked);
          return sample.launch(asked);
        },
      },
      request,
      there,
    );
    expect(read).toEqual({ "/home/me/.sample.json": '{"a":1}' });
  });
});
