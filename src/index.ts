export { AgentpoolError, errorKinds, type ErrorBody, type ErrorCode } from "./domain/errors.ts";
export { defineProvider, type ProviderDefinition } from "./provider/definition.ts";
export type {
  AgentPoolClient,
  AgentpoolEvent,
  CallSettings,
  EventSettings,
} from "./surface/library/client.ts";
export { connect, type ConnectOptions } from "./surface/library/connect.ts";
export { MessageBus, type Message, type ReceivedMessage } from "./surface/library/message-bus.ts";
export { Pipeline } from "./surface/library/pipeline.ts";
export type { PipelineOptions, PipelineResult, StageResult } from "./surface/library/pipeline.ts";
export { AgentPool } from "./surface/library/pool.ts";
export type { AgentPoolOptions, PoolSettings, TeamOptions } from "./surface/library/pool.ts";
export type {
  AgentStarted,
  AgentWaiting,
  EventCallback,
  PoolEvent,
} from "./surface/library/pool-event.ts";
export type { RunOptions } from "./surface/library/run-options.ts";
export type { SessionResult, SessionStatus } from "./surface/library/session-result.ts";
export { Stage, type StageOptions, type StageTransform } from "./surface/library/stage.ts";
export { TaskBoard } from "./surface/library/task-board.ts";
export type {
  BoardStatus,
  BoardTask,
  BoardTaskHead,
  BoardTaskEntry,
  BoardTaskOptions,
  ClaimOptions,
} from "./surface/library/task-board.ts";
export { Task, type TaskOptions } from "./surface/library/task.ts";
export type { TeamBoard, TeamTaskOptions } from "./surface/library/team-board.ts";
export type { WorkerOptions } from "./surface/library/worker-options.ts";
