import type { ConfigReader } from "../platform/config/reader.ts";
import type { Home } from "../platform/home.ts";
import type { ProviderService } from "../provider/provider-service.ts";
import type { Store } from "../store/store.ts";
import type { AccountService } from "./account/service.ts";
import type { AgentService } from "./agent/service.ts";
import type { ApprovalService } from "./approval/service.ts";
import type { LeaseService } from "./lease/service.ts";
import type { MessageService } from "./message/service.ts";
import type { NotificationService } from "./notification/service.ts";
import type { OrphanService } from "./orphan/service.ts";
import type { RunService } from "./run/service.ts";
import type { SessionService } from "./session/service.ts";
import type { SupervisorService } from "./supervisor/service.ts";
import type { ClaimService, TaskService } from "./task/service.ts";
import type { UsageService } from "./usage/service.ts";
import type { WorkerGroupService } from "./workers/service.ts";
import type { WorktreeService } from "./worktree/service.ts";

/**
 * What operations act on. The supervisor composes the whole of it; a process that only reads has
 * `store`, `home` and `version`, and its other parts throw `supervisor_unreachable`.
 */
export interface App {
  readonly version: string;
  readonly home: Home;
  /** What the person decided; with a folder, also what its project asks for. */
  readonly config: ConfigReader;
  readonly store: Store;
  readonly now: () => number;
  readonly sessions: SessionService;
  readonly providers: ProviderService;
  readonly worktrees: WorktreeService;
  readonly leases: LeaseService;
  readonly runs: RunService;
  readonly approvals: ApprovalService;
  readonly messages: MessageService;
  readonly agents: AgentService;
  readonly tasks: TaskService;
  readonly claims: ClaimService;
  readonly workerGroups: WorkerGroupService;
  readonly accounts: AccountService;
  readonly usage: UsageService;
  readonly orphans: OrphanService;
  readonly supervisor: SupervisorService;
  readonly notifications: NotificationService;
}
