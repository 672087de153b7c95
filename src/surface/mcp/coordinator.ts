import { randomBytes } from "node:crypto";
import { AgentpoolError } from "../../domain/errors.ts";
import { isCoordinatorId } from "../../domain/principal.ts";

/**
 * On whose behalf this server asks. Each process is a coordinator of its own, unless a name was
 * given that a later process may take up again, to find the workers of an earlier one.
 * @throws invalid_config
 */
export function chooseCoordinator(
  flag: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const given = flag ?? (env["AGENTPOOL_MCP_COORDINATOR"] || undefined);
  if (given === undefined) return `coord_${randomBytes(6).toString("hex")}`;
  const id = given.startsWith("coord_") ? given : `coord_${given}`;
  if (isCoordinatorId(id)) return id;
  throw new AgentpoolError("invalid_config", `"${given}" cannot name a coordinator`, {
    why: "It takes 1 to 64 letters, digits, - and _.",
    hint: "Leave it out for one of its own to each server.",
  });
}
