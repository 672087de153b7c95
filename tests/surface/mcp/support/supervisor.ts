import { join } from "node:path";
import { onTestFinished } from "vitest";
import { person } from "../../../../src/domain/principal.ts";
import type { App } from "../../../../src/operations/app.ts";
import { operations } from "../../../../src/operations/index.ts";
import { serveOperations } from "../../../../src/rpc/server.ts";
import { appDouble } from "../../../support/app-double.ts";
import { makeSession } from "../../../support/session.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

type Sessions = Partial<App["sessions"]>;

/** Operations on a real socket, with sessions that live in memory. */
export async function startSupervisor(sessions: Sessions = {}) {
  const session = makeSession({ state: "idle", stateBecause: "the composer is ready" });
  const { app, memory } = appDouble({
    sessions: {
      screen: async () => ({ text: "$ ready", live: true }),
      wait: async () => ({ session, outcome: "looked", event: null }),
      ...sessions,
    },
  });
  memory.sessions.push(session);
  const asked: number[] = [];
  const socketPath = join(tempFolder(), "s.sock");
  const server = await serveOperations({
    socketPath,
    operations,
    app,
    authenticate: async ({ pid }) => {
      asked.push(pid ?? 0);
      return person;
    },
    health: () => ({
      version: app.version,
      pid: process.pid,
      epoch: 1,
      started_at: new Date(0).toISOString(),
      inline: false,
      accepting: true,
    }),
    handover: async () => undefined,
    subscribeOutput: () => () => undefined,
    log: () => undefined,
    now: () => Date.now(),
  });
  onTestFinished(() => server.close());
  return { socketPath, session, memory, /** The pid named by each call. */ asked };
}
