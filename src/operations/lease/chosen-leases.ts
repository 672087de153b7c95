import { AgentpoolError, type ErrorCode } from "../../domain/errors.ts";
import type { LeaseSelection } from "../../session/leases/requests.ts";
import type { OperationContext, Z } from "../define.ts";
import { filesField, holderFields } from "./lease-json.ts";

/** What a request may say of the leases it means. */
export interface ChoiceInput {
  lease_id?: string;
  session_id?: string;
  agent?: string;
  files: string[];
  token?: number;
}

export function choiceFields(z: Z) {
  return {
    lease_id: z.string().min(1).max(64).optional().describe("One lease, by its id"),
    ...holderFields(z),
    files: filesField(z, "Only the leases on these, as they were asked for").default([]),
    token: z.number().int().min(0).optional().describe("Its fencing token, as it was given"),
  };
}

/** What whoever prolongs leases or gives them back may be told. */
export const choiceErrors: readonly ErrorCode[] = [
  "lease_not_found",
  "lease_ended",
  "lease_not_held",
  "session_not_found",
  "ambiguous_id",
  "policy_blocked",
  "invalid_input",
];

/** Which leases a request means: one, or those of a holder. @throws invalid_input */
export function chosenLeases(
  input: Readonly<ChoiceInput>,
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
