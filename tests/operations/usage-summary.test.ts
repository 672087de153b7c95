import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { CapacityRow } from "../../src/operations/usage/capacity-rows.ts";
import type { Output } from "../../src/operations/usage/summary.ts";
import { decide, makeSnapshot, makeWindow } from "../support/records.ts";
import { openHome, type TestHome } from "../support/home.ts";
import { scriptedProvider } from "../support/scripted-provider.ts";

const hour = 3_600_000;

/** A provider like the scripted one, signed in, with this use of its quota. */
function addProvider(home: TestHome, id: string, ask: string): void {
  mkdirSync(home.home.providers, { recursive: true });
  writeFileSync(
    join(home.home.providers, `${id}.mjs`),
    `import fake from ${JSON.stringify(scriptedProvider())};
     const told = (usedPercent) => ({ plan: "pro", windows: [{ name: "5h", kind: "5h", usedPercent,
       remainingPercent: null, usedUnits: null, remainingUnits: null, resetsAt: Date.now() + 3_600_000 }] });
     export default { ...fake, id: "${id}", aliases: ["${id}-alias"], presets: {},
       usage: { probes: [{ id: "asked", does: "asks", hosts: [], confidence: "official", ask: ${ask} }] } };`,
  );
}

async function summary(home: TestHome, input: object = {}): Promise<Output> {
  return home.ask<Output>("usage.summary", { ...input });
}

function rowOf({ providers }: Output, id: string): CapacityRow {
  const row = providers[id];
  if (!row) throw new Error(`no row of ${id}`);
  return row;
}

test("says who takes new work, why others do not, and when they do again", async () => {
  const home = await openHome();
  addProvider(home, "roomy", "async () => told(20)");
  addProvider(home, "spent", "async () => told(100)");

  const before = await summary(home);
  expect(before).toMatchObject({ source: "store", partial: false, min_remaining_percent: null });
  expect(rowOf(before, "roomy")).toMatchObject({ usable: false, unusable_reason: "usage_unknown" });

  const asked = await summary(home, { refresh: true, backend: "native" });
  expect(asked).toMatchObject({ source: "live", next_available_provider: "spent" });
  expect(rowOf(asked, "roomy")).toMatchObject({
    status: "available",
    confidence: "official",
    installed: true,
    auth_status: "authenticated",
    usable: true,
    unusable_reason: null,
    stale: false,
    windows: [{ name: "5h", remaining_percent: 80, used_percent: 20, confidence: "official" }],
    source: "asked",
    summary: "usable, 5h 80 % left",
  });
  expect(rowOf(asked, "spent")).toMatchObject({
    status: "limit_reached",
    usable: false,
    unusable_reason: "limit_reached",
  });
  expect(asked.next_available_at).toBe(rowOf(asked, "spent").available_at);
  expect(asked.counts.total).toBe(asked.counts.usable + asked.counts.unusable);

  // what was told is shown from then on, and one provider alone by any of its names
  const one = await summary(home, { provider_id: "roomy-alias" });
  expect(Object.keys(one.providers)).toEqual(["roomy"]);
  expect(rowOf(one, "roomy").usable).toBe(true);
});

test("the settings decide how much must be left, and when it is asked anew", async () => {
  const home = await openHome();
  addProvider(home, "mine", "async () => told(95)");
  const set = (text: string): void => writeFileSync(home.home.config, `policy:\n${text}`);

  set("  min_remaining_percent: 10\n");
  const low = await summary(home, { refresh: true, provider_id: "mine", backend: "native" });
  expect(rowOf(low, "mine").unusable_reason).toBe("5h_below_10_percent");
  expect(low.min_remaining_percent).toBe(10);

  set("  min_remaining_percent: 1\n  block_on_usage_statuses: [near_limit]\n");
  expect(rowOf(await summary(home, { provider_id: "mine" }), "mine").unusable_reason).toBe(
    "near_limit",
  );

  set("  usage_auto_refresh_after_seconds: 100000\n");
  expect((await summary(home, { provider_id: "mine" })).source).toBe("store");
  await home.app.store.commit(
    decide({
      writes: [
        {
          noun: "usage",
          insert: makeSnapshot({ id: "us_old", accountId: "fake:x", providerId: "fake", at: 1 }),
        },
      ],
    }),
  );
  set("  usage_auto_refresh_after_seconds: 1\n");
  const other = await openHome();
  addProvider(other, "mine", "async () => told(5)");
  writeFileSync(other.home.config, "policy:\n  usage_auto_refresh_after_seconds: 60\n");
  expect((await summary(other, { provider_id: "mine", backend: "native" })).source).toBe("live");
});

test("a backend is whose word counts", async () => {
  const home = await openHome();
  const at = home.app.now();
  const tell = (source: string, remainingPercent: number): object => ({
    noun: "usage",
    insert: makeSnapshot({
      id: `us_${source}`,
      accountId: "codex-cli:x",
      source,
      at,
      windows: [
        makeWindow({ remainingPercent, usedPercent: 100 - remainingPercent, resetsAt: at + hour }),
      ],
    }),
  });
  await home.app.store.commit(
    decide({ writes: [tell("session", 40), tell("codexbar", 70)] as never }),
  );
  const shown = async (backend?: string): Promise<string[]> => {
    const { accounts } = await home.ask<{ accounts: { source: string }[] }>(
      "usage.show",
      backend === undefined ? {} : { backend },
    );
    return accounts.map(({ source }) => source);
  };
  expect(await shown("codexbar")).toEqual(["codexbar"]);
  expect(await shown("native")).toEqual(["session"]);
  expect(await shown("ccusage")).toEqual([]);
  expect(await shown()).toHaveLength(1);
});

test("candidates are those that can do it and are not ruled out, with reasons for the others", async () => {
  const home = await openHome();
  addProvider(home, "roomy", "async () => told(20)");
  addProvider(home, "spent", "async () => told(100)");
  await summary(home, { refresh: true, backend: "native" });
  interface Candidates {
    candidates: { provider_id: string }[];
    excluded: { provider_id: string; reasons: string[] }[];
  }
  const filter = (input: object): Promise<Candidates> =>
    home.ask<Candidates>("usage.candidates", {
      allowed_providers: ["roomy-alias", "spent", "fake"],
      ...input,
    });
  const names = ({ candidates }: Candidates): string[] => candidates.map((one) => one.provider_id);

  const all = await filter({});
  expect(names(all)).toEqual(["fake", "roomy"]);
  const why = (found: Candidates, id: string): string[] | undefined =>
    found.excluded.find((one) => one.provider_id === id)?.reasons;
  expect(why(all, "spent")).toEqual(["limit_reached"]);
  expect(why(all, "opencode")).toContain("not_allowed");
  expect(names(await filter({ include_usage_unknown: false }))).toEqual(["roomy"]);
  expect(names(await filter({ avoid_statuses: ["available"] }))).toEqual(["fake"]);
  expect(why(await filter({ required_capabilities: ["api"] }), "roomy")).toEqual(["lacks_api"]);
});
