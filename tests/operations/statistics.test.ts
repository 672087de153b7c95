import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { person } from "../../src/domain/principal.ts";
import type { Statistics } from "../../src/operations/statistics/shape.ts";
import { plainStatistics } from "../../src/operations/statistics/render.ts";
import { decide, makeSnapshot, makeTurn, makeWindow } from "../support/records.ts";
import { openHome, type TestHome } from "../support/home.ts";
import { makeSession } from "../support/session.ts";

const hour = 3_600_000;

/** Two ended sessions an hour ago, one of a subscription, and one that another session began. */
async function fill(home: TestHome): Promise<void> {
  const now = home.app.now();
  const began = now - hour;
  const model = "claude-opus-5-5";
  const count = { input: 1_000_000, output: 100_000, cached: 0 };
  const writes = ["codex-cli", "claude-code", "fake"].flatMap((providerId, n) => {
    const id = `ap_00000000000${n}`;
    const session = makeSession({
      id,
      idempotencyKey: null,
      providerId,
      accountId: `${providerId}:x`,
      author: n === 2 ? "session:ap_000000000000" : "person",
      state: "completed",
      createdAt: began,
      endedAt: now - 1,
      turnCount: 1,
    });
    const turn = makeTurn({
      id: `tn_${n}`,
      sessionId: id,
      state: "completed",
      createdAt: began,
      startedAt: began,
      endedAt: began + hour / 2,
      tokens: n === 2 ? null : { ...count, models: { [model]: count } },
    });
    return [
      { noun: "session" as const, insert: session },
      { noun: "turn" as const, insert: turn },
    ];
  });
  const snapshot = makeSnapshot({
    accountId: "codex-cli:x",
    at: began - 60_000,
    windows: [makeWindow({ remainingPercent: 30, usedPercent: 70, resetsAt: now + hour })],
  });
  await home.app.store.commit(decide({ writes: [...writes, { noun: "usage", insert: snapshot }] }));
}

test("tokens of removed sessions stay counted, and statistics say that nothing else of them is", async () => {
  const home = await openHome();
  await fill(home);
  const before = await home.ask<Statistics>("stats.show", {});
  expect(await home.app.store.remove("ap_000000000000")).toBe(true);

  const after = await home.ask<Statistics>("stats.show", {});

  expect(after.tokens?.totals).toEqual(before.tokens?.totals);
  expect(after.sessions).toMatchObject({ total: 2, turns: 2, by_provider: { fake: 1 } });
  expect(after.data_quality).toContain(
    "removed since: 1 session, of which only tokens are counted",
  );
});

test("statistics say what was done, spent and met, and what they do not know", async () => {
  const home = await openHome();
  await fill(home);

  const all = await home.ask<Statistics>("stats.show", {});
  expect(all).toMatchObject({
    schema_version: "stats/v1",
    scope: "all",
    window: { spec: "7d", label: "last 7 days" },
    sessions: { total: 3, spawned: 3, ended: 3, turns: 3, by_provider: { fake: 1 } },
    parallelism: { wall_clock_hours: 0.5, sum_worker_hours: 1.5, ratio: 3, peak_concurrent: 3 },
    walls: { hit: 0, avoided: 0, confidence: "high", coverage: { known: 1, told: 1 } },
    quota: { "codex-cli": { current_remaining_percent: 30, samples: 1, window: "5h" } },
    utilization: { subscription_utilization: 70, periods: 1 },
    tokens: {
      totals: { input: 2_000_000, output: 200_000 },
      providers_without_token_data: ["fake"],
    },
  });
  // a million read and a tenth written cost 4 + 2; the account with a quota is paid for otherwise
  expect(all.tokens?.by_provider["claude-code"]?.cost).toEqual({
    usd: 6,
    estimate: true,
    list_price_usd: 6,
    unpriced_tokens: 0,
    reasons: [],
  });
  expect(all.tokens?.by_provider["codex-cli"]?.cost).toMatchObject({
    usd: null,
    list_price_usd: 6,
    reasons: ["subscription"],
  });
  expect(all.data_quality.join()).toContain("fake worked and told of no tokens");
  expect(plainStatistics(all).split("\n")).toHaveLength(9);

  const mine = await home.ask<Statistics>("stats.show", { scope: "mine", sections: ["sessions"] });
  expect(mine.sessions?.total).toBe(2);
  expect(mine.tokens).toBeUndefined();
  const one = await home.ask<Statistics>("stats.show", { provider_id: "fake", window: "24h" });
  expect(one.sessions?.total).toBe(1);
  await expect(home.ask("stats.show", { window: "soon" })).rejects.toMatchObject({
    code: "invalid_input",
  });
});

test("tokens come by what is asked for, and a person's own prices go first", async () => {
  const home = await openHome();
  await fill(home);
  const own = {
    model: "claude-opus-5-5",
    seller: "us",
    input: 1,
    output: 0,
    source: "a contract",
    checked: "2026-11-21",
  };
  writeFileSync(home.home.prices, JSON.stringify([own]));

  const rows = async (input: Record<string, unknown>): Promise<{ key: string; cost: object }[]> =>
    (await home.ask<{ rows: { key: string; cost: object }[] }>("stats.tokens", input)).rows;
  expect(await rows({ by: "session" })).toHaveLength(2);
  expect(await rows({ by: "turn", session_id: "ap_000000000001" })).toMatchObject([
    { key: "tn_1", cost: { usd: 1 } },
  ]);
  expect((await rows({ by: "day" }))[0]?.key).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  expect(await rows({ by: "model" })).toMatchObject([{ key: "claude-opus-5-5" }]);

  writeFileSync(home.home.prices, JSON.stringify([{ ...own, inputt: 3 }]));
  await expect(rows({})).rejects.toMatchObject({ code: "invalid_config" });
});

test("a card is written where the caller stands or in the home, and nowhere else", async () => {
  const home = await openHome();
  await fill(home);
  const cwd = join(home.folder, "project");
  mkdirSync(cwd);
  symlinkSync(home.folder, join(cwd, "out"));
  const draw = async (input: object): Promise<{ path: string; bytes: number }> =>
    home
      .as(person)
      .call("stats.card", { input: { ...input }, cwd, env: { PATH: "/nowhere" } }) as never;

  const { path, bytes } = await draw({});
  expect(path.startsWith(home.home.cards)).toBe(true);
  const svg = readFileSync(path, "utf8");
  expect(Buffer.byteLength(svg)).toBe(bytes);
  expect(svg).toContain('width="1200" height="630"');
  expect(svg).toContain("codex-cli 1");
  expect(svg).not.toContain(home.folder);
  // every element is closed
  expect(svg.match(/<(?:g|text|svg|defs|clipPath|linearGradient|title)[ >]/g)?.length).toBe(
    svg.match(/<\/(?:g|text|svg|defs|clipPath|linearGradient|title)>/g)?.length,
  );

  expect((await draw({ output_path: "card.svg" })).path).toBe(join(cwd, "card.svg"));
  for (const output_path of [
    "../card.svg",
    "out/card.svg",
    "/tmp/card.svg",
    "card.txt",
    ".bashrc",
  ]) {
    await expect(draw({ output_path })).rejects.toMatchObject({ code: "invalid_input" });
  }
  expect(existsSync(join(home.folder, "card.svg"))).toBe(false);
  await expect(draw({ output_path: "card.png" })).rejects.toMatchObject({
    code: "renderer_missing",
  });
});

test("a picture is drawn by a renderer that is there, and one that fails is told of", async () => {
  const home = await openHome();
  const bin = join(home.folder, "bin");
  mkdirSync(bin);
  const draw = async (): Promise<{ path: string }> =>
    home.as(person).call("stats.card", {
      input: { format: "png" },
      env: { PATH: `${bin}:/usr/bin:/bin` },
    }) as never;
  const renderer = join(bin, "resvg");

  writeFileSync(renderer, `#!/bin/sh\nprintf '\\211PNG' > "$4"\n`, { mode: 0o755 });
  expect([...readFileSync((await draw()).path).subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
});
