/** Statistics and capacity as a shell has them, from a home in which no supervisor runs. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { homeFrom } from "../../../src/platform/home.ts";
import { openStore } from "../../../src/store/open.ts";
import { ensureBuilt } from "../../support/built.ts";
import { decide, makeTurn } from "../../support/records.ts";
import { runCli } from "../../support/run-cli.ts";
import { makeSession } from "../../support/session.ts";
import { tempFolder } from "../../support/temp-folder.ts";

beforeAll(ensureBuilt, 120_000);

async function homeWithWork(): Promise<string> {
  const root = tempFolder();
  const now = Date.now();
  const file = homeFrom({ AGENTPOOL_HOME: root }).database;
  const store = await openStore({ file, mode: "write", now });
  const session = makeSession({
    state: "completed",
    createdAt: now - 60_000,
    endedAt: now - 1,
    turnCount: 1,
  });
  const turn = makeTurn({
    sessionId: session.id,
    state: "completed",
    startedAt: now - 60_000,
    endedAt: now - 30_000,
    tokens: { input: 10, output: 5, cached: 0 },
  });
  await store.commit(
    decide({
      writes: [
        { noun: "session", insert: session },
        { noun: "turn", insert: turn },
      ],
    }),
  );
  await store.close();
  return root;
}

test("stats are read from the file, as nine plain lines or a card where the person wants it", async () => {
  const home = await homeWithWork();

  const plain = await runCli(["stats", "--plain"], { home });
  expect(plain.stdout.trim().split("\n")).toHaveLength(9);
  expect(plain.stdout).toContain("sessions_total=1\n");
  expect(plain.stdout).toContain("tokens_total=15\n");

  const file = join(tempFolder(), "card.svg");
  const shared = await runCli(["stats", "--since", "24h", "--share", file, "--json"], { home });
  expect(JSON.parse(shared.stdout)).toMatchObject({ path: file, width: 1200, height: 630 });
  expect(readFileSync(file, "utf8")).toContain("</svg>");

  const nowhere = join(tempFolder(), "missing", "card.svg");
  const lost = await runCli(["stats", "--share", nowhere], { home });
  expect(lost).toMatchObject({ status: 2, stdout: "" });
  expect(lost.stderr).toContain(`--share: ${nowhere} cannot be written`);
  expect(lost.stderr).toContain("Name a file in a folder that is there");

  const odd = await runCli(["stats", "--share", "card.gif"], { home });
  expect(odd).toMatchObject({ status: 2, stdout: "" });
  expect(odd.stderr).toContain(".svg or .png");
  expect(existsSync(homeFrom({ AGENTPOOL_HOME: home }).supervisorSocket)).toBe(false);
});

test("capacity is told under both names, without asking anybody", async () => {
  const home = await homeWithWork();
  for (const command of ["usage-summary", "capacity-summary"]) {
    const { stdout, status } = await runCli([command, "--provider", "fake", "--json"], { home });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      source: "store",
      counts: { total: 1 },
      providers: { fake: { installed: true, unusable_reason: "usage_unknown" } },
    });
  }
});

test.each([
  [["--costly"], "--refresh"],
  [["--timeout", "5"], "--refresh"],
  [["--refresh", "--cached"], "one of them"],
])("usage %j says that it would change nothing", async (flags, hint) => {
  const { status, stderr } = await runCli(["usage", ...flags], { home: tempFolder() });
  expect(status).toBe(2);
  expect(stderr).toContain(hint);
});
