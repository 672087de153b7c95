/** What real agents tell of their quota while they work, from the headers of the model service. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { forAgent } from "../support/real/for-agent.ts";
import { startWork, type Work } from "../support/real/work.ts";
import { waitFor } from "../support/wait.ts";

interface Row {
  readonly status: string;
  readonly account: string;
  readonly warnings: readonly string[];
  readonly windows: readonly {
    readonly name: string;
    readonly used_percent: number | null;
    readonly reset_at: string | null;
    readonly source: string;
  }[];
}

async function usage(work: Work, ...flags: readonly string[]): Promise<Row | undefined> {
  const { accounts } = await work.json<{ accounts: Row[] }>(["usage", ...flags, "--json"]);
  return accounts[0];
}

/** Works one turn in which the service says that so much is used; gives the windows once told. */
async function told(work: Work, usedPercent: number): Promise<Row> {
  const name = await work.spawn(`[[used:${usedPercent}]][[say:done]]`);
  await work.observe(name, "completed");
  const row = await waitFor(
    async () => {
      const known = await usage(work);
      return known?.windows.some((window) => window.used_percent === usedPercent) && known;
    },
    { what: "the quota of the turn" },
  );
  await work.run(["terminate", name]);
  return row;
}

function soon(time: string | null): boolean {
  const left = Date.parse(time ?? "") - Date.now();
  return left > 0 && left <= 3_600_000;
}

forAgent("codex", (agent) => {
  let work: Work;
  beforeAll(async () => {
    ensureBuilt();
    work = await startWork(agent, "codex-cli");
  }, 120_000);
  afterAll(() => work.close(), 60_000);

  test("codex: both windows from its log, and a minimum above them refuses the next one", async () => {
    const row = await told(work, 45);

    expect(row).toMatchObject({
      status: "available",
      account: `codex-cli:${work.user.home}/.codex`,
    });
    expect(row.windows).toMatchObject([
      { name: "5h", used_percent: 45, source: "session-log" },
      { name: "weekly", used_percent: 11, source: "session-log" },
    ]);
    expect(soon(row.windows[0]?.reset_at ?? null)).toBe(true);

    mkdirSync(dirname(work.home.config), { recursive: true });
    writeFileSync(work.home.config, "policy: { min_remaining_percent: 60 }\n");
    const refused = await work.run(
      ["spawn", "--provider", "codex", "--task", "[[say:no]]", "--repo", work.user.repo],
      { status: 6 },
    );
    expect(refused.stderr).toContain("55 % is left of the 5h quota");
    writeFileSync(work.home.config, "");
  }, 90_000);

  test("codex: its app server is asked, and a key has no subscription", async () => {
    const row = await usage(work, "codex", "--refresh");
    expect(row).toMatchObject({ status: "unauthenticated" });
    expect(row?.warnings.join()).toContain("codex login");
  }, 60_000);
});

forAgent("claude", (agent) => {
  let work: Work;
  beforeAll(async () => {
    ensureBuilt();
    work = await startWork(agent, "claude-code");
  }, 120_000);
  afterAll(() => work.close(), 60_000);

  test("claude: both windows from its status line", async () => {
    const row = await told(work, 42);

    expect(row).toMatchObject({
      status: "available",
      account: `claude-code:${work.user.home}/.claude`,
    });
    expect(row.windows).toMatchObject([
      { name: "5h", used_percent: 42, source: "session-hook" },
      { name: "weekly", source: "session-hook" },
    ]);
    expect(soon(row.windows[0]?.reset_at ?? null)).toBe(true);
  }, 90_000);

  test("claude: its panel is opened on request, and this sign-in has no limits to show", async () => {
    const row = await usage(work, "claude", "--refresh", "--costly");
    expect(row).toMatchObject({ status: "unauthenticated" });
    expect(row?.warnings.join()).toContain("no subscription to tell of");
  }, 60_000);
});

forAgent("droid", (agent) => {
  let work: Work;
  beforeAll(async () => {
    ensureBuilt();
    work = await startWork(agent, "droid-cli");
  }, 120_000);
  afterAll(() => work.close(), 60_000);

  test("droid: the credits of its conversations are read from its files", async () => {
    const name = await work.spawn("[[say:done]]", ["--isolation", "shared"]);
    await work.observe(name, "completed");
    await work.run(["terminate", name]);
    // a model of one's own takes none
    expect((await usage(work, "droid", "--refresh"))?.windows).toMatchObject([
      { name: "credits, 30 days", used_units: 0, source: "droid-session-files" },
    ]);
  }, 90_000);
});
