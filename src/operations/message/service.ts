import type { MessageRequests } from "../../orchestration/messages/message-requests.ts";

/** What operations ask of messages; the requests say what each promises. */
export type MessageService = Pick<MessageRequests, keyof MessageRequests>;
