import { describe, expect, test } from "vitest";
import { accountState, limitUntil, sensibleReset } from "../../src/domain/account.ts";
import { idleScreen, Play, t0 } from "../support/session.ts";

const day = 86_400_000;

describe("the reset that is told with a limit", () => {
  test.each([
    [null, null],
    [t0 + 1, t0 + 1],
    [t0 + 31 * day, t0 + 31 * day],
    // of an earlier window, which an agent still remembers
    [t0, null],
    [t0 - day, null],
    // milliseconds that were taken for seconds
    [t0 * 1_000, null],
  ])("%j is taken as %j", (told, taken) => {
    expect(sensibleReset(told, t0)).toBe(taken);
  });

  test("is an hour away where none makes sense, so that nothing is tried over and over", () => {
    const play = new Play();
    play.say("screen", { kind: "screen", reading: idleScreen });
    play.say("log", { kind: "limit_hit", resetsAt: t0 - day, message: "spent" });
    const { limit } = play.view.session;
    expect(limit?.value.resetsAt).toBeNull();
    expect(limit?.value.until).toBe((limit?.at ?? 0) + 3_600_000);
    expect(play.state).toBe("limited");
  });
});

test("a limit whose end is not told leaves the end that another session was told", () => {
  const play = new Play();
  const resetsAt = t0 + day;
  play.say("operation", { kind: "account_limited", resetsAt, until: resetsAt, because: "spent" });
  play.say("log", { kind: "limit_hit", resetsAt: null, message: "too many" });
  expect(play.view.session.limit?.value).toMatchObject({ resetsAt, until: resetsAt, own: true });
});

test("an account is tried again from its reset on, and available once nothing stands against it", () => {
  const limit = {
    resetsAt: t0 + 5,
    until: limitUntil(t0 + 5, t0),
    since: t0,
    sessionId: "ap_1",
    source: "log",
    because: "spent",
  } as const;
  const account = { id: "fake", providerId: "fake", limit };
  expect(accountState(account, t0 + 4)).toBe("limited");
  expect(accountState(account, t0 + 5)).toBe("unproven");
  expect(accountState({ ...account, limit: null }, t0)).toBe("available");
});
