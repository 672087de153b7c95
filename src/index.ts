export { AgentpoolError, errorKinds, type ErrorBody, type ErrorCode } from "./domain/errors.ts";
export { defineProvider, type ProviderDefinition } from "./provider/definition.ts";
export type {
  AgentPoolClient,
  AgentpoolEvent,
  CallSettings,
  EventSettings,
} from "./surface/library/client.ts";
export { connect, type ConnectOptions } from "./surface/library/connect.ts";
