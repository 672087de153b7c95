import { lift } from "./account/lift.ts";
import { list as listAccounts } from "./account/list.ts";
import type { Operation } from "./define.ts";
import { list as listEvents } from "./event/list.ts";
import { onboard } from "./guide/onboard.ts";
import { get as getSkill, list as listSkills, path as skillPath } from "./guide/skills.ts";
import { acquire as acquireLease } from "./lease/acquire.ts";
import { check as checkLeases } from "./lease/check.ts";
import { list as listLeases } from "./lease/list.ts";
import { release as releaseLease } from "./lease/release.ts";
import { renew as renewLease } from "./lease/renew.ts";
import { validate as validateModels } from "./models/validate.ts";
import { gc } from "./orphan/gc.ts";
import {
  init as initPreferences,
  path as preferencesPath,
  show as showPreferences,
} from "./preferences/preferences.ts";
import { testWays } from "./notification/test-ways.ts";
import { inventory } from "./provider/inventory.ts";
import { models } from "./provider/models.ts";
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
import { candidates } from "./usage/candidates.ts";
import { refresh as refreshUsage } from "./usage/refresh.ts";
import { show as showUsage } from "./usage/show.ts";
import { summary } from "./usage/summary.ts";
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
  onboard,
  showPreferences,
  initPreferences,
  preferencesPath,
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
