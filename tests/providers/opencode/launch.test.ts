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
    expect(files).toEqual([]);
    expect(facts).toMatchObject({
      port: "4711",
      user: "opencode",
      secret: "s3cret",
      session: request.sessionId,
    });
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

  test("does not update the program, and leaves a person's own settings of this kind in force", () => {
    const given = { share: "disabled", permission: { webfetch: "deny" }, autoupdate: true };
    const env = { OPENCODE_CONFIG_CONTENT: JSON.stringify(given) };
    expect(config(plan())).toEqual({ autoupdate: false });
    expect(config(plan({ env }))).toEqual({ ...given, autoupdate: false });
    expect(config(plan({ env: { OPENCODE_CONFIG_CONTENT: "{ broken" } }))).toEqual({
      autoupdate: false,
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
