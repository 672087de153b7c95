import { describe, expect, test } from "vitest";
import opencode from "../../../providers/opencode/provider.ts";
import type { LaunchPlan, LaunchRequest } from "../../../src/provider/definition.ts";
import { validateDefinition } from "../../../src/provider/validate.ts";
import { request } from "../../provider/definition.ts";

function plan(fields: Partial<LaunchRequest> = {}): LaunchPlan {
  return opencode.launch({ ...request, port: 4711, secret: "s3cret", ...fields });
}

function config(of: LaunchPlan): unknown {
  return JSON.parse(of.env["OPENCODE_CONFIG_CONTENT"] ?? "");
}

const plugin = `${request.folder}/shell-environment.js`;

test("the definition is valid", () => {
  expect(validateDefinition(opencode)).toEqual([]);
});

test("finds the version in what the program prints", () => {
  const pattern = new RegExp(opencode.binary.versionPattern);
  expect(pattern.exec("1.18.33\n")?.[1]).toBe("1.18.33");
});

describe("a start", () => {
  test("has a server of its own on the loopback, behind a password that is no argument", () => {
    const { argv, env, files, facts } = plan();
    expect(argv).toEqual(["/bin/sh", "--port", "4711", "--hostname", "127.0.0.1"]);
    expect(env["OPENCODE_SERVER_PASSWORD"]).toBe("s3cret");
    expect(files.map(({ path }) => path)).toEqual([plugin]);
    expect(facts).toMatchObject({
      port: "4711",
      user: "opencode",
      secret: "s3cret",
      session: request.sessionId,
    });
  });

  test("prepares the database of its home and version, which a second one must not do at once", () => {
    const prepares = (fields: Partial<LaunchRequest>): unknown => plan(fields).preparesOnce;
    const env = { HOME: "/home/one" };
    const own = prepares({ env });
    expect(own).toEqual(expect.any(String));
    expect(prepares({ env, workPath: "/elsewhere", mode: "worktree" })).toBe(own);
    expect(prepares({ env: { HOME: "/home/two" } })).not.toBe(own);
    expect(prepares({ env: { ...env, XDG_DATA_HOME: "/data" } })).not.toBe(own);
    expect(prepares({ env, version: "99.0.0" })).not.toBe(own);
  });

  test("names the model for the pane and for the texts that go through the server", () => {
    const { argv, facts } = plan({ model: "proxy/some/model", extra: { agent: "plan" } });
    expect(argv.slice(5)).toEqual(["--model", "proxy/some/model", "--agent", "plan"]);
    expect(facts).toMatchObject({ model: "proxy/some/model", agent: "plan" });
  });

  test.each([
    [{ model: "sonnet" }, "no model of opencode"],
    [{ model: "proxy/" }, "no model of opencode"],
    [{ extra: { persona: "x" } }, 'no option "persona"'],
  ])("with %j is refused", (fields, message) => {
    expect(() => plan(fields)).toThrow(message);
  });

  test("keeps the password from the shells the agent runs", async () => {
    const [file] = plan().files;
    const module = (await import(
      `data:text/javascript,${encodeURIComponent(file?.content ?? "")}`
    )) as {
      ShellEnvironment: () => Promise<Record<string, (shell: unknown, made: object) => unknown>>;
    };
    const made = { env: { OPENCODE_SERVER_PASSWORD: "s3cret", HOME: "/home/me" } };
    await (await module.ShellEnvironment())["shell.env"]?.({}, made);
    expect(made.env).toEqual({ OPENCODE_SERVER_PASSWORD: "", HOME: "/home/me" });
  });

  test("does not update the program, and leaves a person's own settings of this kind in force", () => {
    const given = { share: "disabled", permission: { webfetch: "deny" }, autoupdate: true };
    const env = { OPENCODE_CONFIG_CONTENT: JSON.stringify(given) };
    const own = { autoupdate: false, plugin: [`file://${plugin}`] };
    expect(config(plan())).toEqual(own);
    expect(config(plan({ env }))).toEqual({ ...given, ...own });
    expect(config(plan({ env: { OPENCODE_CONFIG_CONTENT: "{ broken" } }))).toEqual(own);
    const plugins = { OPENCODE_CONFIG_CONTENT: '{"plugin":["theirs"]}' };
    expect(config(plan({ env: plugins }))).toMatchObject({
      plugin: ["theirs", `file://${plugin}`],
    });
  });

  test("for reading only denies what writes, over a person's own settings", () => {
    const given = {
      permission: { edit: "allow", webfetch: "deny" },
      agent: { build: { model: "m" } },
    };
    const of = plan({
      mode: "read_only",
      env: { OPENCODE_CONFIG_CONTENT: JSON.stringify(given) },
    });
    const denied = { edit: "deny", bash: "deny" };
    expect(config(of)).toMatchObject({
      permission: { ...denied, webfetch: "deny" },
      agent: {
        build: { model: "m", permission: denied },
        plan: { permission: denied },
        general: { permission: denied },
      },
    });
    expect(of.facts["readOnly"]).toBe("true");
    expect(plan().facts["readOnly"]).toBe("false");
  });
});
