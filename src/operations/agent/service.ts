import type { AgentRequests } from "../../orchestration/agents/agent-requests.ts";

/** What operations ask about who takes part; the requests say what each promises. */
export type AgentService = Pick<AgentRequests, keyof AgentRequests>;
