// needs: tmux
import { beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { cliHome } from "../support/cli-home.ts";
import { hostNames, startHost } from "./support/hosts.ts";

beforeAll(ensureBuilt, 120_000);

test("no call blocks over 25 s, however long it would like to wait; each says how to go on", async () => {
  const user = cliHome();
  const [older, modern] = await Promise.all(hostNames.map((name) => startHost(name, user)));
  if (!older || !modern) throw new Error("no hosts");
  const task = { task: "!fake stream 120", repo_path: user.folder };
  const { session_id } = await older.call("spawn_worker", { provider_id: "fake", ...task });
  const wait = { wait_for: "completed", timeout_seconds: 600 };

  const answers = await Promise.all([
    older.call("observe_worker", { session_id, ...wait }),
    modern.call("observe_worker", { session_id, ...wait }),
    modern.call("wait_workers", { session_ids: [session_id], ...wait }),
    older.call("send_worker_message", {
      session_id,
      message: "later",
      wait: "turn",
      timeout_seconds: 600,
    }),
  ]);

  const [first, second, several, sent] = answers;
  // the server ends a call after 25 s with an error, and none of these is one
  for (const one of answers) {
    expect(one.error).toBeUndefined();
    expect(one).toMatchObject({ requested_timeout_seconds: 600, effective_timeout_seconds: 24 });
  }
  for (const one of [first, second, several]) expect(one.outcome).toBe("timeout");
  expect(first.cursor).toBeGreaterThan(0);
  expect(several.sessions[0].cursor).toBeGreaterThan(0);
  // the text was not delivered yet, and is not lost
  expect(sent.delivery.state).toBe("queued");
});
