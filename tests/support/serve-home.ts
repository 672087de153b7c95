import { onTestFinished } from "vitest";
import { person } from "../../src/domain/principal.ts";
import { operations } from "../../src/operations/index.ts";
import { packageVersion } from "../../src/platform/package-version.ts";
import { serveOperations } from "../../src/rpc/server.ts";
import type { ConnectOptions } from "../../src/surface/library/connect.ts";
import { askingEnv, type TestHome } from "./home.ts";

/**
 * Has the supervisor of a test's home, which is in this process, listen on its socket. Gives what a
 * program says to find it there.
 */
export async function serveHome({ home, app, folder }: TestHome): Promise<ConnectOptions> {
  const version = packageVersion();
  const server = await serveOperations({
    socketPath: home.supervisorSocket,
    operations,
    app,
    authenticate: () => Promise.resolve(person),
    health: () => ({ version, pid: 1, epoch: 1, started_at: "", inline: true, accepting: true }),
    handover: () => Promise.resolve(),
    subscribeOutput: () => () => undefined,
    log: () => undefined,
    now: () => Date.now(),
  });
  onTestFinished(() => server.close());
  return { home: home.root, cwd: folder, env: askingEnv() };
}
