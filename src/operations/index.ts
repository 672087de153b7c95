import { lift } from "./account/lift.ts";
import { list as listAccounts } from "./account/list.ts";
import type { Operation } from "./define.ts";
import { validate as validateModels } from "./models/validate.ts";
import { inventory } from "./provider/inventory.ts";
import { models } from "./provider/models.ts";
import { answer, approve, deny } from "./session/answer.ts";
import { artifacts } from "./session/artifacts.ts";
import { attach } from "./session/attach.ts";
import { collect } from "./session/collect.ts";
import { explain } from "./session/explain.ts";
import { interrupt } from "./session/interrupt.ts";
import { list } from "./session/list.ts";
import { observe } from "./session/observe.ts";
import { poll } from "./session/poll.ts";
import { recover } from "./session/recover.ts";
import { resume } from "./session/resume.ts";
import { send } from "./session/send.ts";
import { show } from "./session/show.ts";
import { spawn } from "./session/spawn.ts";
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
  wait,
  attach,
  collect,
  terminate,
  resume,
  recover,
  show,
  transcript,
  artifacts,
  explain,
  listWorktrees,
  cleanup,
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
  status,
  stop,
] as const;

/** The operations with their names and types, for callers that have types. */
export type Vocabulary = (typeof all)[number];

/** Everything anyone may ask of us. Every window is derived from this list. */
export const operations: readonly Operation[] = all;
