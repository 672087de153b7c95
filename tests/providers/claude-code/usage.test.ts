import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import provider from "../../../providers/claude-code/provider.ts";
import { readReset } from "../../../providers/claude-code/reset-text.ts";
import { statusLine } from "../../../providers/claude-code/status-line.ts";
import { statusOfWindows } from "../../../src/domain/usage-rules.ts";
import { cleanWindows } from "../../../src/domain/usage-windows.ts";
import type { LaunchRequest, ProbePane } from "../../../src/provider/definition.ts";
import { hookCommand, parseSpoolName } from "../../../src/provider/hooks.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { usageContext } from "../../support/usage-context.ts";
import { scene } from "./recordings.ts";

const now = Date.parse("2027-01-15T12:00:00Z");
const panel = readFileSync(join(import.meta.dirname, "usage-panel.txt"), "utf8").split("\n");
const [probe] = provider.usage?.probes ?? [];

/** A pane that shows these screens, one after the other key. */
function paneOf(...screens: readonly (readonly string[])[]): { pane: ProbePane; typed: string[] } {
  const typed: string[] = [];
  let at = 0;
  const next = (what: string): void => void typed.push(what);
  return {
    typed,
    pane: {
      screen: async () => screens[Math.min(at++, screens.length - 1)] ?? [],
      paste: async (text) => next(text),
      press: async (...keys) => next(keys.join(" ")),
      pause: async () => undefined,
    },
  };
}

async function ask(pane: ProbePane) {
  const watch = <T>(_argv: unknown, _options: unknown, talk: (one: ProbePane) => Promise<T>) =>
    talk(pane);
  return probe?.ask(usageContext({ watch, now }));
}

test("the panel: all of the session left, 66 % of the week, $82.07 besides", async () => {
  const { pane, typed } = paneOf(["starting"], ["❯ "], ["Loading usage data…"], panel);
  const given = await ask(pane);

  expect(typed).toEqual(["/usage", "Enter"]);
  const windows = cleanWindows(given?.windows ?? [], now);
  expect(
    windows.map(({ name, kind, remainingPercent, remainingUnits, resetsAt }) => [
      name,
      kind,
      remainingPercent,
      remainingUnits,
      resetsAt && new Date(resetsAt).toISOString(),
    ]),
  ).toEqual([
    ["5h", "5h", 100, null, "2027-01-15T20:59:00.000Z"],
    ["weekly", "weekly", 66, null, "2027-01-20T15:00:00.000Z"],
    ["weekly (Opus)", "model", 100, null, null],
    ["weekly (Sonnet)", "model", 98, null, "2027-01-20T15:00:00.000Z"],
    ["extra usage", "on_demand", 91, 82.07, "2027-02-01T00:00:00.000Z"],
  ]);
  expect(statusOfWindows(windows, now)).toBe("available");
});

test("the panel is asked for only when that is asked for, and a key has none", async () => {
  expect(probe?.costly).toBe(true);
  for (const line of [
    "  No usage limits to show for this sign-in.",
    " ❯ 1. Select login method:",
  ]) {
    const { pane } = paneOf(["❯\u00a0"], ["Settings  Usage", line]);
    await expect(ask(pane)).rejects.toMatchObject({ code: "not_logged_in" });
  }
  const menu = paneOf(["Select login method:", "❯ 1. Claude account with subscription"]);
  await expect(ask(menu.pane)).rejects.toMatchObject({ code: "not_logged_in" });
  expect(menu.typed).toEqual([]);
  const failed = paneOf(['❯ Try "edit <file>"'], ["  ✘ Couldn't load usage data"]);
  await expect(ask(failed.pane)).rejects.toMatchObject({ code: "usage_unknown" });
  await expect(ask(paneOf(["❯ 1. Yes"]).pane)).rejects.toMatchObject({ code: "usage_unknown" });
});

test.each([
  ["Resets 7:59am (America/Los_Angeles)", "2027-01-15T15:59:00.000Z"],
  ["Resets 3am (UTC)", "2027-01-16T03:00:00.000Z"],
  ["Resets 12am (UTC)", "2027-01-16T00:00:00.000Z"],
  ["Resets Jan 3, 12:30pm (Asia/Kolkata)", "2028-01-03T07:00:00.000Z"],
  ["resets Feb 1 (UTC)", "2027-02-01T00:00:00.000Z"],
])("%s is %s", (line, time) => {
  const found = readReset(line, now);
  expect(found && new Date(found).toISOString()).toBe(time);
});

test("what is no time gives none", () => {
  for (const line of ["Resets soon", "Resets 7pm (Mars/Olympus)", "Resets Foo 3 (UTC)", "7:59pm"]) {
    expect(readReset(line, now)).toBeNull();
  }
});

test("a changed quota in the status line is handed over once, and an idle one costs nothing", () => {
  const root = join(tempFolder(), "it's a folder");
  const spool = join(root, "spool");
  mkdirSync(spool, { recursive: true });
  const { setting, file } = statusLine({
    folder: root,
    hook: (event) => hookCommand(spool, event),
  } as LaunchRequest);
  writeFileSync(file.path, file.content);
  const draw = (payload: object): string =>
    execFileSync("/bin/sh", ["-c", String(setting["command"])], {
      input: JSON.stringify(payload),
      encoding: "utf8",
    });
  const heard = (): number => readdirSync(spool).filter((name) => parseSpoolName(name)).length;
  const limits = { five_hour: { used_percentage: 42, resets_at: 1_800_003_600 } };

  expect(draw({ session_id: "s", cost: { a: {} } })).toBe("");
  expect(heard()).toBe(0);
  expect(draw({ session_id: "s", rate_limits: limits })).toBe("");
  draw({ session_id: "s", cost: 3, rate_limits: limits });
  expect(heard()).toBe(1);
  draw({ rate_limits: { ...limits, seven_day: { used_percentage: 1, resets_at: 1_800_400_000 } } });
  expect(heard()).toBe(2);
  const payload = readFileSync(join(spool, readdirSync(spool)[0] ?? ""), "utf8");
  expect(JSON.parse(payload)).toMatchObject({ rate_limits: limits });
});

test("the status line tells the windows it knows, and nothing of what it does not", () => {
  const read = (limits: unknown) =>
    provider.hooks?.read("Quota", { session_id: "s", rate_limits: limits }, null).claims;

  expect(
    read({
      five_hour: { used_percentage: 85, resets_at: 1_795_257_172 },
      seven_day: { used_percentage: 21.3 },
      seven_day_opus: { used_percentage: 0 },
      seven_day_oauth_apps: null,
    }),
  ).toMatchObject([
    {
      kind: "quota",
      windows: [
        { name: "5h", kind: "5h", usedPercent: 85, resetsAt: 1_795_257_172_000 },
        { name: "weekly", kind: "weekly", usedPercent: 21.3, resetsAt: null },
        { name: "weekly (Opus)", kind: "model", usedPercent: 0 },
      ],
    },
  ]);
  for (const odd of [
    undefined,
    null,
    [],
    { five_hour: 3 },
    { five_hour: { used_percentage: "9" } },
  ]) {
    expect(read(odd)).toEqual([]);
  }
});

test("a refusal in the transcript says which window is spent", () => {
  const claims = scene("limited").flatMap((told) =>
    told.channel === "log"
      ? (provider.log?.read(JSON.stringify(told.line), null).claims ?? [])
      : [],
  );

  expect(claims.filter(({ kind }) => kind === "quota")).toMatchObject([
    { windows: [{ name: "5h", kind: "5h", usedPercent: 100, resetsAt: 1_800_003_600_000 }] },
  ]);
});
