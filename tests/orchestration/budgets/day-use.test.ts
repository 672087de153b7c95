import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Session } from "../../../src/domain/session.ts";
import type { Turn } from "../../../src/domain/turn.ts";
import { readDayLimits } from "../../../src/orchestration/budgets/day-limits.ts";
import { DayUseReader } from "../../../src/orchestration/budgets/day-use.ts";
import { useOf } from "../../../src/orchestration/scheduler/use.ts";
import { AgentpoolError } from "../../../src/domain/errors.ts";
import { configReader } from "../../../src/platform/config/reader.ts";
import { openStore } from "../../../src/store/open.ts";
import { decide, makeRun, makeTask, makeTurn } from "../../support/records.ts";
import { makeSession } from "../../support/session.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const day = Date.UTC(2026, 5, 1);
const hour = 3_600_000;
const now = day + 10 * hour;

const execution = {
  providerId: "fake",
  model: null,
  effort: null,
  profile: "tester",
  systemPrompt: null,
  mode: "read_only",
  repoPath: "/repo",
  timeoutMs: null,
  endsWith: "turn",
} as const;

test("a day is what sessions lived and used since midnight, by provider and by profile", async () => {
  const store = await openStore({
    file: join(tempFolder(), "agentpool.db"),
    mode: "write",
    now: day,
  });
  onTestFinished(() => store.close());
  const add = async (n: number, session: Partial<Session>, turn: Partial<Turn>): Promise<void> => {
    const id = `ap_00000000000${n}`;
    const inserts = [
      { noun: "session", insert: makeSession({ id, ...session }) },
      { noun: "turn", insert: makeTurn({ id: `tn_${n}`, sessionId: id, ...turn }) },
    ] as const;
    await store.commit(decide({ writes: inserts }));
  };
  const tokens = { input: 1_000, output: 100, cached: 0 };
  const task = makeTask({ id: "tk_1", execution });
  await store.commit(decide({ writes: [{ noun: "task", insert: task }] }));
  // it began yesterday, as its only turn did, and lives
  await add(1, { createdAt: day - hour, state: "idle" }, { startedAt: day - hour, tokens });
  const models = { "gpt-priced": tokens };
  await add(
    2,
    {
      createdAt: day + hour,
      endedAt: day + 3 * hour,
      state: "completed",
      idempotencyKey: "task:tk_1:a1:t7",
    },
    { startedAt: day + hour, tokens: { ...tokens, models } },
  );
  const evidence = {
    ...makeSession().evidence,
    resumed: { at: day + 9 * hour, turnCount: 1, cutOff: false },
  };
  // it lay dead from early on until it was resumed
  await add(
    3,
    { createdAt: day, state: "idle", providerId: "other", evidence },
    { startedAt: day + 1, tokens },
  );

  const price = { model: "gpt-priced", seller: "x", source: "x", checked: "2026-06-01" };
  const prices = [{ ...price, input: 1_000, output: 0, cached: null, cacheWritten: null }];
  const reader = new DayUseReader(store);
  const use = await reader.read({ from: day, now, prices, minutes: true, profiles: true });

  const own = { tokens: 1_100, usd: 1, unpricedTokens: 0, minutes: 120 };
  expect(use.byProfile).toEqual(new Map([["tester", own]]));
  expect(use.byProvider.get("other")).toMatchObject({ unpricedTokens: 1_100, minutes: 60 });
  expect(use.byProvider.get("fake")).toMatchObject({ tokens: 1_100, minutes: 120 + 600 });
  expect(use.total).toEqual({ tokens: 2_200, usd: 1, unpricedTokens: 1_100, minutes: 780 });
  // without a limit that needs it no session is looked at
  const short = await reader.read({ from: day, now, prices, minutes: false, profiles: false });
  expect(short.total).toEqual({ ...use.total, minutes: 0 });
  const later = await reader.read({
    from: day,
    now: now + hour,
    prices,
    minutes: true,
    profiles: true,
  });
  expect(later.byProfile).toEqual(use.byProfile);
  expect(later.total.minutes).toBe(780 + 120);
});

test("what sessions used stays counted once they are removed, with the task they were started for", async () => {
  const folder = tempFolder();
  const store = await openStore({ file: join(folder, "agentpool.db"), mode: "write", now: day });
  onTestFinished(() => store.close());
  const run = makeRun({ limits: { ...makeRun().limits, usd: 1 }, startedAt: day, createdAt: day });
  const author = `run:${run.id}`;
  const over = { state: "completed", endedAt: day + 3 * hour, createdAt: day + hour } as const;
  const evidence = {
    ...makeSession().evidence,
    resumed: { at: day + 2 * hour, turnCount: 1, cutOff: false },
  };
  const sessions = [
    { ...over, id: "ap_000000000001", author, idempotencyKey: "task:tk_1:a1:t7" },
    { ...over, id: "ap_000000000002", author, evidence },
  ].map(makeSession);
  const tokens = { input: 1_000, output: 100, cached: 0 };
  const task = makeTask({ id: "tk_1", execution, state: "completed", endedAt: day + 3 * hour });
  await store.commit(
    decide({
      writes: [
        { noun: "run", insert: run },
        { noun: "task", insert: task },
        ...sessions.map((session) => ({ noun: "session", insert: session }) as const),
        ...sessions.map(({ id }) => {
          const turn = { id: `tn_${id}`, sessionId: id, startedAt: day + hour, tokens };
          return { noun: "turn", insert: makeTurn(turn) } as const;
        }),
      ],
    }),
  );
  const read = async () => ({
    day: await new DayUseReader(store).read({
      from: day,
      now,
      prices: [],
      minutes: true,
      profiles: true,
    }),
    run: await useOf(store, run, { now, pricesFile: join(folder, "prices.json") }),
  });
  const before = await read();
  expect(before.day.total).toMatchObject({ tokens: 2_200, minutes: 180 });
  expect(before.day.byProfile.get("tester")).toMatchObject({ tokens: 1_100, minutes: 120 });
  expect(before.run).toMatchObject({ tokens: 2_200, live: 0 });

  for (const { id } of sessions) expect(await store.remove(id)).toBe(true);
  const gone = { endedBefore: now, messagesBefore: now, now, dryRun: false };
  expect(await store.forget(gone)).toMatchObject({ tasks: 1 });

  expect(await read()).toEqual(before);
  expect(await store.turns.ofSession(sessions[0]?.id ?? "")).toEqual([]);
  const dayBefore = { from: day - 24 * hour, to: day };
  expect(await store.statistics.sessions(dayBefore)).toEqual([]);
});

test("settings name budgets of the home, of providers by any of their names, and of profiles", async () => {
  const folder = tempFolder();
  const config = join(folder, "config.yaml");
  const text =
    "budgets:\n  day_usd: 2.5\n  agents:\n    short: { tokens: 5, minutes: 9 }\n" +
    "    some-cli: { tokens: 7 }\n    tester: { usd: 1 }\n    open: { usd: }\n";
  writeFileSync(config, text);
  const settings = await configReader({ home: { root: folder, config }, env: {} })();

  const limits = await readDayLimits(settings, async (name) => {
    if (name === "short" || name === "some-cli") return "some-cli";
    throw new AgentpoolError("provider_not_found", `No provider "${name}"`);
  });

  expect(limits.map(({ of, tokens, usd, minutes }) => [of, tokens, usd, minutes])).toEqual([
    ["all sessions", null, 2.5, null],
    ["agent some-cli", 7, null, 9],
    ["profile tester", null, 1, null],
  ]);
  expect(limits[1]?.settings).toEqual({
    tokens: "budgets.agents.some-cli.tokens",
    usd: null,
    minutes: "budgets.agents.short.minutes",
  });
});
