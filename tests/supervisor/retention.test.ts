import { expect, test } from "vitest";
import { mergeConfig } from "../../src/platform/config/config.ts";
import type { ConfigKey } from "../../src/platform/config/keys.ts";
import type { ForgetOptions, Retention } from "../../src/store/store.ts";
import { applyRetention } from "../../src/supervisor/housekeeping.ts";

const day = 86_400_000;
const now = 100 * day;

async function applied(settings: Partial<Record<ConfigKey, unknown>>) {
  const removed: number[] = [];
  const pruned: Retention[] = [];
  const forgotten: ForgetOptions[] = [];
  const config = mergeConfig({});
  await applyRetention({
    parts: {
      now: () => now,
      config: async () => ({
        ...config,
        get: ((key: ConfigKey) => settings[key] ?? config.get(key)) as typeof config.get,
      }),
      store: {
        forget: async (options: ForgetOptions) => void forgotten.push(options),
        prune: async (retention: Retention) => {
          pruned.push(retention);
          return { events: 0, observations: 0 };
        },
      },
    } as never,
    removeOld: async (endedBefore) => void removed.push(endedBefore),
  });
  const runs = forgotten.map(({ endedBefore, dryRun }) => (dryRun ? "counted" : endedBefore));
  return { removed, runs, events: pruned.map(({ eventsMs }) => eventsMs) };
}

test("sessions and runs stay for ever and events of ended ones 30 days unless the person says otherwise", async () => {
  expect(await applied({})).toEqual({ removed: [], runs: [null], events: [30 * day] });
});

test("sessions go, runs, and events, after as many days as config.yaml says", async () => {
  const settings = {
    "retention.sessions_days": 7,
    "retention.runs_days": 5,
    "retention.events_days": 3,
  };

  expect(await applied(settings)).toEqual({
    removed: [now - 7 * day],
    runs: [now - 5 * day],
    events: [3 * day],
  });
});
