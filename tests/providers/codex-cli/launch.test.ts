import { describe, expect, test } from "vitest";
import codex from "../../../providers/codex-cli/provider.ts";
import { toml } from "../../../providers/codex-cli/toml.ts";
import { hookSettings } from "../../../providers/codex-cli/trusted-hooks.ts";
import type { LaunchPlan, LaunchRequest } from "../../../src/provider/definition.ts";
import { hookCommand } from "../../../src/provider/hooks.ts";
import { planLaunch } from "../../../src/provider/launch.ts";

const spool = "/home/dev/.agentpool/sessions/ap_1/spool";

const request: LaunchRequest = {
  binary: "/usr/bin/codex",
  version: "0.169.0",
  sessionId: "ap_1",
  conversationId: "c",
  resume: null,
  workPath: '/home/dev/a "quoted" project',
  mode: "shared",
  model: null,
  effort: null,
  serviceTier: null,
  promptArgument: null,
  env: { HOME: "/home/dev" },
  folder: "/home/dev/.agentpool/sessions/ap_1/agent",
  trustFolder: true,
  port: 1,
  secret: "s",
  hook: (event, options) => hookCommand(spool, event, options),
  extra: {},
};

function plan(changes: Partial<LaunchRequest> = {}): Promise<LaunchPlan> {
  return planLaunch(
    codex,
    { ...request, ...changes },
    {
      stat: () => Promise.resolve({ kind: "file" }),
      read: () => Promise.resolve(undefined),
    },
  );
}

function settings({ argv }: LaunchPlan): string[] {
  return argv.flatMap((word) => /^--config=(.*)$/s.exec(word)?.[1] ?? []);
}

describe("a session", () => {
  test("runs by itself, inline, in its folder, and may write there and ask for more", async () => {
    const { argv, files, facts } = await plan();

    expect(argv.slice(0, 6)).toEqual([
      "/usr/bin/codex",
      "--no-daemon",
      "--no-alt-screen",
      '--cd=/home/dev/a "quoted" project',
      "--sandbox=workspace-write",
      "--ask-for-approval=on-request",
    ]);
    expect(files).toEqual([]);
    expect(facts).toEqual({ home: "/home/dev/.codex" });
  });

  test("that is read-only can neither write nor ask, whatever options say", async () => {
    const { argv } = await plan({ mode: "read_only" });

    expect(argv).toContain("--sandbox=read-only");
    expect(argv).toContain("--ask-for-approval=never");
    await expect(
      plan({ mode: "read_only", extra: { sandbox: "danger-full-access" } }),
    ).rejects.toThrow(/settled by read-only/);
  });

  test("takes model, effort and tier as they are named", async () => {
    const made = await plan({ model: "gpt-6-sol", effort: "high", serviceTier: "flex" });

    expect(made.argv).toContain("--model=gpt-6-sol");
    expect(settings(made)).toContain('model_reasoning_effort="high"');
    expect(settings(made)).toContain('service_tier="flex"');
  });

  test("has its prompt behind everything that could be a flag", async () => {
    const { argv } = await plan({ promptArgument: "--help me" });
    expect(argv.slice(-2)).toEqual(["--", "--help me"]);
    expect((await plan()).argv).not.toContain("--");
  });

  test("trusts its folder for this process only, and only when that is allowed", async () => {
    const trust = 'projects={"/home/dev/a \\"quoted\\" project"={"trust_level"="trusted"}}';

    expect(settings(await plan())).toContain(trust);
    const without = settings(await plan({ trustFolder: false }));
    expect(without.filter((setting) => setting.startsWith("projects="))).toEqual([]);
  });

  test("finds its own home where the user moved it", async () => {
    const { facts } = await plan({ env: { HOME: "/home/dev", CODEX_HOME: "/data/codex" } });
    expect(facts).toEqual({ home: "/data/codex" });
  });

  test.each([
    [{ sandbox: "danger-full-access" }, "--sandbox=danger-full-access"],
    [{ approvals: "never" }, "--ask-for-approval=never"],
  ])("takes the option %j", async (extra, flag) => {
    expect((await plan({ extra })).argv).toContain(flag);
  });

  test.each([
    [{ sandbox: "none" }, /sandbox cannot be "none"/],
    [{ colour: "red" }, /no option "colour"/],
  ])("refuses the option %j", async (extra, message) => {
    await expect(plan({ extra })).rejects.toThrow(message);
  });
});

describe("our hooks", () => {
  test("are registered with the digest the CLI itself computes", () => {
    const made = hookSettings((event) => `tell 'it is ${event}' "now"`);

    // read from the user's settings after the CLI was told to trust hooks with these commands
    expect(made["hooks.state"]).toMatchObject({
      "/<session-flags>/config.toml:pre_tool_use:0:0": {
        trusted_hash: "sha256:93db9767f081f4b5cf24ed94221ae84347f8a2d9e1463417fa048c480e56e501",
      },
      "/<session-flags>/config.toml:stop:0:0": {
        trusted_hash: "sha256:8e966782c373f3801e54ab4432eae32d31df765673dd9123f642e0848aec3606",
      },
      "/<session-flags>/config.toml:interrupt:0:0": {
        trusted_hash: "sha256:e3b5141847fd64c5386d0879ffc97906a3a11aec1fb95c73ebf90c831fa70f8b",
      },
    });
  });

  test("let no hook of a repository run unreviewed, and never wait for an answer", async () => {
    const { argv } = await plan();

    expect(argv.join(" ")).not.toContain("bypass");
    expect(argv.join(" ")).not.toContain(hookCommand(spool, "Stop", { replyWithinS: 1 }));
    const command = toml(hookCommand(spool, "PermissionRequest"));
    expect(settings({ argv } as LaunchPlan)).toContainEqual(
      `hooks.PermissionRequest=[{"hooks"=[{"type"="command","command"=${command},"timeout"=3}]}]`,
    );
  });
});

test.each([
  ["plain", '"plain"'],
  ['a "b" \\ c', String.raw`"a \"b\" \\ c"`],
  ["line\nend\ttab", String.raw`"line\nend\ttab"`],
  ["\u0001\u007f", String.raw`"\u0001\u007f"`],
  [true, "true"],
  [3, "3"],
  [["a", 1], '["a",1]'],
  [{ "a b": { c: [] } }, '{"a b"={"c"=[]}}'],
])("the value %j is written as %s", (value, text) => {
  expect(toml(value)).toBe(text);
});
