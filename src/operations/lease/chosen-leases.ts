import { AgentpoolError } from "../../domain/errors.ts";
import type { LeaseSelection } from "../app.ts";
import type { OperationContext } from "../define.ts";

/** What a request may say of the leases it means. */
interface Choice {
  readonly lease_id?: string;
  readonly session_id?: string;
  readonly agent?: string;
  readonly files: readonly string[];
  readonly token?: number;
}

/** Which leases a request means: one, or those of a holder. @throws invalid_input */
export function chosenLeases(
  input: Choice,
  { principal, cwd }: Pick<OperationContext, "principal" | "cwd">,
): LeaseSelection {
  const { lease_id, session_id, agent, files, token } = input;
  if (lease_id !== undefined && files.length > 0) {
    throw new AgentpoolError("invalid_input", "A lease id and files were given", {
      why: "An id names one lease already.",
      hint: "Leave one of --lease-id and --file out.",
    });
  }
  if (token !== undefined && lease_id === undefined) {
    throw new AgentpoolError("invalid_input", "A token belongs to one lease", {
      hint: "Name it: --lease-id ID --token N",
    });
  }
  const isNamed = session_id !== undefined || agent !== undefined || principal.kind === "session";
  if (lease_id === undefined && !isNamed) {
    throw new AgentpoolError("invalid_input", "No lease is named", {
      hint: "Name one (--lease-id ID), or a holder: --session-id @last, or --agent NAME, with --file for some of theirs.",
    });
  }
  return {
    leaseId: lease_id ?? null,
    token: token ?? null,
    session: session_id ?? null,
    agent: agent ?? null,
    files,
    cwd,
  };
}
