import { lift } from "./account/lift.ts";
import { list as listAccounts } from "./account/list.ts";
import { heartbeat } from "./agent/heartbeat.ts";
import { hung } from "./agent/hung.ts";
import { leave as leaveAgent } from "./agent/leave.ts";
import { list as listAgents } from "./agent/list.ts";
import { register as registerAgent } from "./agent/register.ts";
import { cancel as cancelApproval } from "./approval/cancel.ts";
import { approve as approveRequest, reject as rejectRequest } from "./approval/decide.ts";
import { list as listApprovals } from "./approval/list.ts";
import { request as requestApproval } from "./approval/request.ts";
import { show as showApproval } from "./approval/show.ts";
import { wait as waitApproval } from "./approval/wait.ts";
import { show as showBudgets } from "./budget/show.ts";
import { log as logDecision } from "./decision/log.ts";
import type { Operation } from "./define.ts";
import { list as listEvents } from "./event/list.ts";
import { query as queryEvents } from "./event/query.ts";
import { onboard } from "./guide/onboard.ts";
import { get as getSkill, list as listSkills, path as skillPath } from "./guide/skills.ts";
import { acquire as acquireLease } from "./lease/acquire.ts";
import { check as checkLeases } from "./lease/check.ts";
import { list as listLeases } from "./lease/list.ts";
import { release as releaseLease } from "./lease/release.ts";
import { renew as renewLease } from "./lease/renew.ts";
import { ack as ackMessages } from "./message/ack.ts";
import { broadcast } from "./message/broadcast.ts";
import { check as checkMessages } from "./message/check.ts";
import { send as sendMessage } from "./message/send.ts";
import { validate as validateModels } from "./models/validate.ts";
import { gc } from "./orphan/gc.ts";
import {
  init as initPreferences,
  path as preferencesPath,
  show as showPreferences,
} from "./preferences/preferences.ts";
import { list as listProfiles } from "./profile/list.ts";
import { show as showProfile } from "./profile/show.ts";
import { testWays } from "./notification/test-ways.ts";
import { inventory } from "./provider/inventory.ts";
import { models } from "./provider/models.ts";
import {
  cancel as cancelRun,
  pause as pauseRun,
  resume as resumeRun,
  retry as retryRun,
} from "./run/control.ts";
import { finish as finishRun } from "./run/finish.ts";
import { list as listRuns } from "./run/list.ts";
import { report as reportRun } from "./run/report.ts";
import { pipeline, pool, start as startRun, swarm, team } from "./run/start.ts";
import { show as showRun } from "./run/show.ts";
import { watch as watchRun } from "./run/watch.ts";
import { answer, approve, deny } from "./session/answer.ts";
import { artifacts } from "./session/artifacts.ts";
import { attach } from "./session/attach.ts";
import { collect } from "./session/collect.ts";
import { explain } from "./session/explain.ts";
import { interrupt } from "./session/interrupt.ts";
import { keys } from "./session/keys.ts";
import { list } from "./session/list.ts";
import { log } from "./session/log.ts";
import { observe } from "./session/observe.ts";
import { poll } from "./session/poll.ts";
import { prune } from "./session/prune.ts";
import { recover } from "./session/recover.ts";
import { remove } from "./session/remove.ts";
import { resume } from "./session/resume.ts";
import { send } from "./session/send.ts";
import { show } from "./session/show.ts";
import { spawn } from "./session/spawn.ts";
import { status as sessionStatus } from "./session/status.ts";
import { terminate } from "./session/terminate.ts";
import { transcript } from "./session/transcript.ts";
import { wait } from "./session/wait.ts";
import { cardShow } from "./statistics/card-show.ts";
import { show as showStatistics } from "./statistics/show.ts";
import { tokensShow } from "./statistics/tokens-show.ts";
import { status } from "./supervisor/status.ts";
import { stop } from "./supervisor/stop.ts";
import { list as listThreads } from "./thread/list.ts";
import { open as openThread } from "./thread/open.ts";
import { reply as replyThread } from "./thread/reply.ts";
import { resolve as resolveThread } from "./thread/resolve.ts";
import { show as showThread } from "./thread/show.ts";
import { add as addTask } from "./task/add.ts";
import { addMany as addTasks } from "./task/add-many.ts";
import { assign as assignTask } from "./task/assign.ts";
import { cancel as cancelTask } from "./task/cancel.ts";
import { claim as claimTask } from "./task/claim.ts";
import { complete as completeTask } from "./task/complete.ts";
import { fail as failTask } from "./task/fail.ts";
import { graph as drawTasks } from "./task/graph.ts";
import { list as listTasks } from "./task/list.ts";
import { note as noteTask } from "./task/note.ts";
import { release as releaseTask } from "./task/release.ts";
import { renew as renewTask } from "./task/renew.ts";
import { retry as retryTask } from "./task/retry.ts";
import { show as showTask } from "./task/show.ts";
import { wait as waitTasks } from "./task/wait.ts";
import { candidates } from "./usage/candidates.ts";
import { refresh as refreshUsage } from "./usage/refresh.ts";
import { show as showUsage } from "./usage/show.ts";
import { summary } from "./usage/summary.ts";
import {
  drain as drainWorkers,
  scale as scaleWorkers,
  stop as stopWorkers,
} from "./workers/control.ts";
import { list as listWorkers } from "./workers/list.ts";
import { start as startWorkers } from "./workers/start.ts";
import { status as workersStatus } from "./workers/status.ts";
import { cleanup } from "./worktree/cleanup.ts";
import { finish as finishWorktree } from "./worktree/finish.ts";
import { list as listWorktrees } from "./worktree/list.ts";

const all = [
  spawn,
  list,
  observe,
  poll,
  send,
  answer,
  approve,
  deny,
  interrupt,
  keys,
  wait,
  attach,
  sessionStatus,
  collect,
  terminate,
  resume,
  recover,
  show,
  transcript,
  log,
  listEvents,
  artifacts,
  explain,
  listWorktrees,
  finishWorktree,
  cleanup,
  acquireLease,
  renewLease,
  releaseLease,
  listLeases,
  checkLeases,
  requestApproval,
  waitApproval,
  listApprovals,
  showApproval,
  approveRequest,
  rejectRequest,
  cancelApproval,
  sendMessage,
  broadcast,
  checkMessages,
  ackMessages,
  openThread,
  replyThread,
  listThreads,
  showThread,
  resolveThread,
  logDecision,
  listAgents,
  hung,
  registerAgent,
  heartbeat,
  leaveAgent,
  queryEvents,
  addTask,
  addTasks,
  claimTask,
  completeTask,
  failTask,
  releaseTask,
  renewTask,
  noteTask,
  listTasks,
  showTask,
  waitTasks,
  drawTasks,
  retryTask,
  cancelTask,
  assignTask,
  pool,
  pipeline,
  swarm,
  team,
  startRun,
  listRuns,
  showRun,
  watchRun,
  cancelRun,
  pauseRun,
  resumeRun,
  retryRun,
  reportRun,
  finishRun,
  startWorkers,
  scaleWorkers,
  workersStatus,
  listWorkers,
  drainWorkers,
  stopWorkers,
  remove,
  prune,
  inventory,
  models,
  validateModels,
  listAccounts,
  lift,
  showUsage,
  refreshUsage,
  summary,
  candidates,
  showStatistics,
  cardShow,
  tokensShow,
  showBudgets,
  onboard,
  showPreferences,
  initPreferences,
  preferencesPath,
  listProfiles,
  showProfile,
  listSkills,
  getSkill,
  skillPath,
  gc,
  testWays,
  status,
  stop,
] as const;

/** The operations with their names and types, for callers that have types. */
export type Vocabulary = (typeof all)[number];

/** Everything anyone may ask of us. Every window is derived from this list. */
export const operations: readonly Operation[] = all;
