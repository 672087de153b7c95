import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import provider from "../../../providers/codex-cli/provider.ts";
import { statusOfWindows } from "../../../src/domain/usage-rules.ts";
import { cleanWindows } from "../../../src/domain/usage-windows.ts";
import type { UsageAnswer, UsageContext } from "../../../src/provider/definition.ts";
import { t0 } from "../../support/session.ts";
import { usageContext } from "../../support/usage-context.ts";

const told = JSON.parse(
  readFileSync(join(import.meta.dirname, "rate-limits.json"), "utf8"),
) as unknown;
const [probe] = provider.usage?.probes ?? [];

/** Asks the probe, with an app server that answers so. */
async function ask(answer: () => unknown): Promise<{ given: UsageAnswer; called: unknown[] }> {
  const called: unknown[] = [];
  const converse: UsageContext["converse"] = (argv, talk) => {
    called.push(argv);
    return talk({
      notify: (method) => void called.push(method),
      call: async (method) => {
        called.push(method);
        return method === "initialize" ? {} : answer();
      },
    });
  };
  const given = await probe?.ask(usageContext({ converse, binary: "/bin/codex" }));
  if (!given) throw new Error("there is no probe");
  return { given, called };
}

test("the app server's limits: 55 % left of 5 hours, 29 % of the week, no credits, available", async () => {
  const { given, called } = await ask(() => told);

  expect(called).toEqual([
    ["/bin/codex", "app-server"],
    "initialize",
    "initialized",
    "account/rateLimits/read",
  ]);
  const windows = cleanWindows(given.windows, t0);
  expect(
    windows.map(({ name, kind, remainingPercent, remainingUnits, resetsAt }) => [
      name,
      kind,
      remainingPercent ?? remainingUnits,
      resetsAt,
    ]),
  ).toEqual([
    ["5h", "5h", 55, 1_800_003_600_000],
    ["weekly", "weekly", 29, 1_800_400_000_000],
    ["credits", "credits", 0, null],
    ["5h (Spark)", "model", 97, 1_800_003_600_000],
  ]);
  expect(given.plan).toBe("pro");
  expect(statusOfWindows(windows, t0)).toBe("available");
  expect(probe?.confidence).toBe("official");
});

test("limits that the app server could not read are taken out of its complaint", async () => {
  const body = {
    plan_type: "team",
    rate_limit: {
      primary_window: { used_percent: 12, limit_window_seconds: 18_000, reset_at: 1_800_003_600 },
      secondary_window: {
        used_percent: 99.5,
        limit_window_seconds: 604_800,
        reset_at: 1_800_400_000,
      },
    },
    credits: { unlimited: false, balance: "7.5" },
  };
  const { given } = await ask(() => {
    throw new Error(
      `failed to fetch codex rate limits: decode error; content-type=application/json; body=${JSON.stringify(body)}; at line 1`,
    );
  });

  expect(given.plan).toBe("team");
  expect(
    cleanWindows(given.windows, t0).map(({ name, remainingPercent, remainingUnits }) => [
      name,
      remainingPercent,
      remainingUnits,
    ]),
  ).toEqual([
    ["5h", 88, null],
    ["weekly", 0.5, null],
    ["credits", null, 7.5],
  ]);
});

test.each([
  ["codex account authentication required to read rate limits", "not_logged_in"],
  ["chatgpt authentication required to read rate limits", "not_logged_in"],
])("%s: nobody is signed in", async (message, code) => {
  await expect(
    ask(() => {
      throw new Error(message);
    }),
  ).rejects.toMatchObject({ code });
});

test("any other complaint is passed on, and one with half a body too", async () => {
  for (const message of ["failed to fetch codex rate limits: 500", 'x body={"rate_limit": {"pri']) {
    await expect(
      ask(() => {
        throw new Error(message);
      }),
    ).rejects.toThrow(message);
  }
});

test("each line of the log with limits tells the account's quota; one of nulls tells nothing", () => {
  const line = (limits: unknown): string =>
    JSON.stringify({
      timestamp: "2027-01-15T08:00:00.000Z",
      type: "event_msg",
      payload: { type: "token_count", rate_limits: limits },
    });
  const claims = (limits: unknown) => provider.log?.read(line(limits), null).claims;

  const primary = { used_percent: 45, window_minutes: 300, resets_at: 1_800_003_600 };
  expect(claims({ primary, secondary: null, plan_type: "plus", credits: null })).toEqual([
    {
      kind: "quota",
      plan: "plus",
      windows: [
        {
          name: "5h",
          kind: "5h",
          usedPercent: 45,
          remainingPercent: null,
          usedUnits: null,
          remainingUnits: null,
          resetsAt: 1_800_003_600_000,
        },
      ],
    },
  ]);
  for (const odd of [
    null,
    { primary: null, secondary: null },
    { primary: { used_percent: "4" } },
    [],
  ]) {
    expect(claims(odd)).toEqual([]);
  }
});
