import type { Home } from "../../../platform/home.ts";
import { isNewer } from "../../../domain/version.ts";
import { createRpcClient } from "../../../rpc/client.ts";
import type { Check } from "./check.ts";

/** Whether one runs and answers; starts none. @throws supervisor_stuck */
export async function checkSupervisor(home: Home, version: string): Promise<Check> {
  const name = "supervisor";
  const client = createRpcClient({ socketPath: home.supervisorSocket, version });
  const health = await client.health({ timeoutMs: 3_000 });
  if (!health) return { name, status: "ok", message: "not running; starts by itself when needed" };
  const about = `pid ${health.pid}, version ${health.version}, since ${health.started_at}`;
  if (isNewer(version, health.version)) {
    return {
      name,
      status: "warn",
      message: `${about}; it is older than this command and steps aside for the next one`,
      repair: "agentpool supervisor stop",
    };
  }
  return { name, status: "ok", message: about };
}
