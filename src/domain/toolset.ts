/**
 * What a session may ask of agentpool. `worker`: tasks, messages, leases and approvals, as itself.
 * `lead`: those, and to spread work and start workers; its agent only reads files. A session without
 * a toolset acts as itself wherever any agent may.
 */
export const sessionToolsets = ["worker", "lead"] as const;
export type SessionToolset = (typeof sessionToolsets)[number];

/** Names of tools as agents see them; permanent. */
const workerTools = [
  "claim_task",
  "complete_task",
  "fail_task",
  "release_task",
  "renew_claim",
  "list_tasks",
  "wait_task",
  "add_note",
  "report_progress",
  "send_message",
  "broadcast_message",
  "check_messages",
  "ack_messages",
  "open_thread",
  "reply_thread",
  "request_approval",
  "wait_approval",
  "acquire_lease",
  "renew_lease",
  "release_lease",
  "list_leases",
  "log_decision",
] as const;

/** What a lead has besides; of these, sessions and agents that are named are whom it acts on. */
const leadTools = [
  "add_task",
  "assign_task",
  "spawn_agent",
  "message_agent",
  "shutdown_agent",
  "approve_plan",
  "reject_plan",
  "get_run",
] as const;

export const toolsOf: Readonly<Record<SessionToolset, readonly string[]>> = {
  worker: workerTools,
  lead: [...workerTools, ...leadTools],
};

/** Tools of a lead that are an operation of everybody's under another name: operation by tool. */
export const leadNames: Readonly<Record<string, string>> = {
  spawn_agent: "session.spawn",
  message_agent: "session.send",
  shutdown_agent: "session.terminate",
};

/** How an operation shows itself as a tool. */
interface Offered {
  readonly operation: string;
  readonly tool: string;
  readonly aliases: readonly string[];
}

/** By which name a toolset has an operation; undefined when it has not. */
export function nameIn(toolset: SessionToolset, offered: Offered): string | undefined {
  return toolsOf[toolset].find((name) => {
    const other = leadNames[name];
    return other === undefined
      ? name === offered.tool || offered.aliases.includes(name)
      : other === offered.operation;
  });
}

/** Names a path where an agent's tool server leaves a file once the CLI has its list of tools. */
export const toolsListedVariable = "AGENTPOOL_MCP_LISTED_FILE";
