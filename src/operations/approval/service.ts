import type { ApprovalRequests } from "../../orchestration/approvals/approval-requests.ts";

/** What operations ask of approvals; the requests say what each promises. */
export type ApprovalService = Pick<ApprovalRequests, keyof ApprovalRequests>;
