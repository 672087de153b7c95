import { expect, test } from "vitest";
import { mergeConfig } from "../../src/platform/config/config.ts";
import type { ConfigKey } from "../../src/platform/config/keys.ts";
import type { Retention } from "../../src/store/store.ts";
import { applyRetention } from "../../src/supervisor/housekeeping.ts";

const day = 86_400_000;
const now = 100 * day;

async function applied(settings: Partial<Record<ConfigKey, unknown>>) {
  const removed: number[] = [];
  const pruned: Retention[] = [];
  const config = mergeConfig({});
  await applyRetention({
    parts: {
      now: () => now,
      config: async () => ({
        ...config,
        get: ((key: ConfigKey) => settings[key] ?? config.get(key)) as typeof config.get,
      }),
      store: {
        prune: async (retention: Retention) => {
          pruned.push(retention);
          return { events: 0, observations: 0 };
        },
      },
    } as never,
    removeOld: async (endedBefore) => void removed.push(endedBefore),
  });
  return { removed, events: pruned.map(({ eventsMs }) => eventsMs) };
}

test("sessions stay for ever and events of ended ones 30 days unless the person says otherwise", async () => {
  expect(await applied({})).toEqual({ removed: [], events: [30 * day] });
});

test("sessions go, and events, after as many days as config.yaml says", async () => {
  expect(await applied({ "retention.sessions_days": 7, "retention.events_days": 3 })).toEqual({
    removed: [now - 7 * day],
    events: [3 * day],
  });
});
