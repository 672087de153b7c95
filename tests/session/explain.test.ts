// needs: tmux, git
import { expect, test } from "vitest";
import { makeRepo, openHome } from "../support/home.ts";
import { waitFor } from "../support/wait.ts";

interface Explained {
  readonly state: string;
  readonly because: string;
  readonly sources: readonly { readonly source: string; readonly heard_at: string | null }[];
  readonly rules: readonly { readonly id: string; readonly matched: boolean }[];
  readonly observations: readonly { readonly at: string; readonly outcome: string }[];
}

test("a session that only its screen tells of is explained, now and as it was", async () => {
  const home = await openHome();
  const repo = makeRepo(home.folder);
  const { session_id } = await home.ask<{ session_id: string }>("session.spawn", {
    provider_id: "fake",
    task: "!fake sleep 5",
    repo_path: repo,
    isolation: "shared",
    provider_options: { hooks: "off", log: "off" },
  });
  const explain = (at?: string): Promise<Explained> =>
    home.ask("session.explain", { session_id, ...(at === undefined ? {} : { at }) });

  await waitFor(async () => (await explain()).state === "running");
  const then = new Date().toISOString();
  const running = await explain();
  expect(running.rules.find(({ matched }) => matched)).toMatchObject({ id: "spinner" });
  expect(running.sources.map(({ source }) => source)).toContain("screen");
  expect(running.sources.map(({ heard_at }) => heard_at ?? "")).not.toContain(
    "1970-01-01T00:00:00.000Z",
  );
  const rows = running.sources.map(({ source }) => source);
  expect(new Set(rows).size).toBe(rows.length);

  await waitFor(async () => (await explain()).state === "idle");
  const past = await explain(then);
  expect(past).toMatchObject({ state: "running", because: running.because });
  expect(past.rules).toMatchObject([{ id: "spinner", matched: true }]);
  expect(past.observations.every(({ at }) => at <= then)).toBe(true);
});
