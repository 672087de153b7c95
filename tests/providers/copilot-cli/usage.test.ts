import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import provider from "../../../providers/copilot-cli/provider.ts";
import { statusOfWindows } from "../../../src/domain/usage-rules.ts";
import { cleanWindows } from "../../../src/domain/usage-windows.ts";
import type { UsageContext } from "../../../src/provider/definition.ts";
import { t0 } from "../../support/session.ts";
import { answering, usageContext } from "../../support/usage-context.ts";

const user = JSON.parse(readFileSync(join(import.meta.dirname, "user.json"), "utf8")) as object;
const reset = Date.parse("2027-02-01");
const [probe] = provider.usage?.probes ?? [];

async function ask(parts: Partial<UsageContext>) {
  const given = await probe?.ask(usageContext({ env: { GH_TOKEN: "gho_test" }, ...parts }));
  const windows = cleanWindows(given?.windows ?? [], t0);
  return { plan: given?.plan, windows };
}

test("GitHub's answer: 911 of 1000 premium requests, all of chat, anew on one day", async () => {
  const service = answering(200, user);
  const { plan, windows } = await ask(service);

  expect(
    windows.map(({ name, kind, remainingPercent, usedUnits, remainingUnits, resetsAt }) => [
      name,
      kind,
      remainingPercent,
      usedUnits,
      remainingUnits,
      resetsAt,
    ]),
  ).toEqual([
    ["premium requests", "monthly", 91.1, 89, 911, reset],
    ["chat", "monthly", 100, null, null, reset],
  ]);
  expect(plan).toBe("individual_pro");
  expect(statusOfWindows(windows, t0)).toBe("available");
  expect(probe?.confidence).toBe("official");
  expect(service.asked).toMatchObject([
    [
      "https://api.github.com/copilot_internal/user",
      { headers: { authorization: "token gho_test" } },
    ],
  ]);
});

test("nothing left is a limit, and a free plan counts in fields of its own", async () => {
  const spent = { premium_interactions: { entitlement: 300, remaining: 0, percent_remaining: 0 } };
  const { windows } = await ask(answering(200, { ...user, quota_snapshots: spent }));
  expect(statusOfWindows(windows, t0)).toBe("limit_reached");

  const free = {
    limited_user_quotas: { chat: 5, completions: 1_900 },
    monthly_quotas: { chat: 50, completions: 2_000 },
    limited_user_reset_date: "2027-02-01",
  };
  expect((await ask(answering(200, free))).windows).toMatchObject([
    { name: "chat", remainingPercent: 10, usedUnits: 45, remainingUnits: 5, resetsAt: reset },
  ]);
});

test("the token is the first that is set, else that of gh; without one nobody is asked", async () => {
  const asked: unknown[] = [];
  const exec = async (argv: readonly string[]) => {
    asked.push(argv);
    return { exitCode: 0, stdout: "gho_of_gh\n" };
  };
  const service = answering(200, user);
  await ask({ ...service, exec, env: { GITHUB_TOKEN: "third", COPILOT_GITHUB_TOKEN: "first" } });
  await ask({ ...service, exec, env: {} });

  expect(asked).toEqual([["gh", "auth", "token"]]);
  expect(service.asked.map(([, options]) => options)).toMatchObject([
    { headers: { authorization: "token first" } },
    { headers: { authorization: "token gho_of_gh" } },
  ]);
  const none = { env: {}, exec: () => Promise.reject(new Error("no gh")) };
  await expect(ask(none)).rejects.toMatchObject({ code: "not_logged_in" });
});

test.each([
  [401, {}, "not_logged_in"],
  [404, {}, "not_logged_in"],
  [500, {}, "usage_unknown"],
  [200, { quota_snapshots: { premium_interactions: "many" } }, "usage_unknown"],
])("an answer %i %j is %s, and no word of the token is in it", async (status, body, code) => {
  const error: unknown = await ask(answering(status, body)).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code });
  expect(JSON.stringify(error)).not.toContain("gho_");
});

test("a model call that tells of the quota is heard, and one of a model of one's own tells none", () => {
  const record = (usage: object) =>
    provider.log?.read(JSON.stringify({ type: "session.usage_record", data: { usage } }), null)
      .claims;
  const snapshot = {
    isUnlimitedEntitlement: false,
    entitlementRequests: 300,
    usedRequests: 75,
    remainingPercentage: 75,
    resetDate: "2027-02-01T00:00:00Z",
  };

  expect(
    record({ inputTokens: 1, quotaSnapshots: { premium_interactions: snapshot } }),
  ).toMatchObject([
    { kind: "usage" },
    {
      kind: "quota",
      windows: [
        {
          name: "premium requests",
          remainingPercent: 75,
          usedUnits: 75,
          remainingUnits: 225,
          resetsAt: reset,
        },
      ],
    },
  ]);
  expect(record({ inputTokens: 1, quotaSnapshots: { chat: 3 } })).toMatchObject([
    { kind: "usage" },
  ]);
});
