/**
 * Every error a person, an agent or a program can meet, as data: a permanent code, the exit
 * status of the shell command and the HTTP status. Text may improve; codes never change meaning.
 */

interface ErrorKind {
  /** Exit status of the command line, see `agentpool help exit-codes`. */
  readonly exit: number;
  readonly http: number;
  /** What the code means, for the generated reference page. */
  readonly meaning: string;
  /** What to do next, where whoever throws it knows nothing better. */
  readonly hint?: string;
}

const kinds = {
  // 2: the request itself is wrong
  invalid_input: { exit: 2, http: 400, meaning: "An argument is missing, unknown or malformed." },
  invalid_task: {
    exit: 2,
    http: 400,
    meaning:
      "The task text is empty, a placeholder, holds control bytes, or is one that the agent would not read as it is.",
  },
  text_too_large: { exit: 2, http: 413, meaning: "A text is larger than can be delivered." },
  provider_required: {
    exit: 2,
    http: 400,
    meaning: "No provider was named; agentpool never picks one.",
  },
  invalid_config: { exit: 2, http: 400, meaning: "A file of settings cannot be read or is wrong." },
  invalid_run: {
    exit: 2,
    http: 400,
    meaning: "A run as it was written has faults; nothing was started.",
  },
  invalid_wait_for: { exit: 2, http: 400, meaning: "A word after --wait-for is not known." },
  resume_unsupported: {
    exit: 2,
    http: 400,
    meaning: "The agent CLI cannot go on with an earlier conversation.",
  },
  not_a_terminal: { exit: 2, http: 400, meaning: "The command needs a terminal and has none." },
  dependency_unknown: {
    exit: 2,
    http: 400,
    meaning: "A task depends on one that does not exist.",
  },
  dependency_cycle: { exit: 2, http: 400, meaning: "Tasks depend on each other in a circle." },
  ambiguous_id: { exit: 2, http: 400, meaning: "An id prefix or name fits several things." },
  unknown_operation: { exit: 2, http: 404, meaning: "The supervisor has no such operation." },
  // 3: not found
  session_not_found: {
    exit: 3,
    http: 404,
    meaning: "No session has this id, prefix or name.",
    hint: "List all: agentpool sessions",
  },
  provider_not_found: { exit: 3, http: 404, meaning: "No provider has this id." },
  prompt_not_found: { exit: 3, http: 404, meaning: "The session has no such prompt." },
  repo_not_found: { exit: 3, http: 404, meaning: "The repository path does not exist." },
  store_not_found: {
    exit: 3,
    http: 404,
    meaning: "No store exists in this home yet; nothing was ever started in it.",
  },
  base_not_found: {
    exit: 3,
    http: 404,
    meaning: "The base of a worktree names no commit, or one without the folder to work in.",
  },
  worktree_not_found: { exit: 3, http: 404, meaning: "The session has no worktree." },
  profile_not_found: { exit: 3, http: 404, meaning: "No profile has this name." },
  lease_not_found: { exit: 3, http: 404, meaning: "No lease has this id." },
  task_not_found: { exit: 3, http: 404, meaning: "No task has this id." },
  approval_not_found: {
    exit: 3,
    http: 404,
    meaning: "No approval has this id.",
    hint: "See which there are: agentpool approval list --all",
  },
  thread_not_found: { exit: 3, http: 404, meaning: "No thread has this id." },
  message_not_found: { exit: 3, http: 404, meaning: "No message of the participant has this id." },
  recipient_not_found: {
    exit: 3,
    http: 404,
    meaning: "No session and no registered agent has this name; nothing was sent.",
  },
  run_not_found: { exit: 3, http: 404, meaning: "No run has this id, prefix or name." },
  workers_not_found: { exit: 3, http: 404, meaning: "No group of workers has this id or name." },
  account_not_found: { exit: 3, http: 404, meaning: "No account has this id." },
  // 4: something this machine lacks
  renderer_missing: {
    exit: 4,
    http: 501,
    meaning: "No program is there that draws a picture as PNG.",
  },
  provider_not_installed: {
    exit: 4,
    http: 424,
    meaning: "The agent CLI of this provider was not found.",
  },
  not_logged_in: { exit: 4, http: 424, meaning: "Nobody is signed in to the agent CLI." },
  tmux_missing: { exit: 4, http: 424, meaning: "tmux is not installed." },
  tmux_too_old: { exit: 4, http: 424, meaning: "tmux is older than 3.2." },
  git_missing: { exit: 4, http: 424, meaning: "git is not installed." },
  driver_missing: { exit: 4, http: 424, meaning: "No SQLite driver could be loaded." },
  node_too_old: { exit: 4, http: 424, meaning: "Node.js is older than 20.19." },
  // 5: conflict with the present state of things
  not_a_git_repository: { exit: 5, http: 409, meaning: "A worktree needs a git repository." },
  repo_without_commits: {
    exit: 5,
    http: 409,
    meaning: "A worktree needs a commit to begin at, and the repository has none.",
  },
  repo_not_a_directory: { exit: 5, http: 409, meaning: "The repository path is not a folder." },
  repo_dirty: { exit: 5, http: 409, meaning: "The repository has uncommitted work." },
  prompt_open: { exit: 5, http: 409, meaning: "The session is asking; text would answer it." },
  prompt_changed: {
    exit: 5,
    http: 409,
    meaning: "The dialog is not the one the answer was meant for; nothing was typed.",
  },
  option_not_found: { exit: 5, http: 409, meaning: "The prompt does not offer this option." },
  session_ended: { exit: 5, http: 409, meaning: "The session is over." },
  session_live: { exit: 5, http: 409, meaning: "The session is not over." },
  no_conversation: {
    exit: 5,
    http: 409,
    meaning: "The session has no conversation to go on with: its agent never took a prompt.",
  },
  conversation_in_use: {
    exit: 5,
    http: 409,
    meaning: "Another live session goes on with the same conversation.",
  },
  session_busy: { exit: 5, http: 409, meaning: "Another command is acting on the session." },
  nothing_to_interrupt: { exit: 5, http: 409, meaning: "No turn is running in the session." },
  delivery_refused: { exit: 5, http: 409, meaning: "The text could not be delivered." },
  worktree_active: { exit: 5, http: 409, meaning: "The worktree belongs to a live session." },
  worktree_dirty: { exit: 5, http: 409, meaning: "The worktree holds uncommitted work." },
  lease_conflict: {
    exit: 5,
    http: 409,
    meaning: "Somebody else holds a lease on the path, or asked for one before.",
  },
  lease_ended: {
    exit: 5,
    http: 409,
    meaning: "The lease is over, or was given out anew; the path may be somebody else's by now.",
  },
  run_ended: { exit: 5, http: 409, meaning: "The run is over." },
  workers_exist: {
    exit: 5,
    http: 409,
    meaning: "A group of workers that is not stopped has this name.",
  },
  workers_ended: { exit: 5, http: 409, meaning: "The group of workers drains, or is stopped." },
  nothing_to_retry: {
    exit: 5,
    http: 409,
    meaning: "No task of the run failed or was cancelled.",
  },
  lease_not_held: { exit: 5, http: 409, meaning: "The lease belongs to somebody else." },
  task_not_claimable: {
    exit: 5,
    http: 409,
    meaning: "The task waits for something, or needs somebody else; who asked cannot have it now.",
    hint: "Take another one: agentpool task claim --help",
  },
  task_claimed: { exit: 5, http: 409, meaning: "Somebody else works on the task." },
  task_ended: { exit: 5, http: 409, meaning: "The task is completed, failed or cancelled." },
  claim_lost: {
    exit: 5,
    http: 409,
    meaning: "The claim is over; the task may be somebody else's by now, and nothing was changed.",
  },
  claim_not_held: { exit: 5, http: 409, meaning: "The claim belongs to somebody else." },
  approval_over: {
    exit: 5,
    http: 409,
    meaning: "The approval was decided, cancelled or refused by expiry before.",
  },
  thread_resolved: {
    exit: 5,
    http: 409,
    meaning: "The thread is resolved; nothing is added to it.",
  },
  idempotency_conflict: {
    exit: 5,
    http: 409,
    meaning: "The idempotency key was used for another request.",
    hint: "Give each request a key of its own.",
  },
  cursor_expired: {
    exit: 5,
    http: 410,
    meaning: "Events after the cursor have already been removed by retention.",
  },
  store_locked: { exit: 5, http: 423, meaning: "Another process holds the store." },
  supervisor_stuck: { exit: 5, http: 409, meaning: "The supervisor does not answer." },
  conflict: {
    exit: 5,
    http: 409,
    meaning: "The thing changed meanwhile; nothing was written.",
    hint: "Try again.",
  },
  stale_epoch: {
    exit: 5,
    http: 409,
    meaning: "Another supervisor took over; this one may no longer act.",
    hint: "Try again.",
  },
  // 6: limit or policy
  account_limited: {
    exit: 6,
    http: 429,
    meaning: "The account met a limit; nothing is started on it before that is over.",
  },
  budget_used_up: {
    exit: 6,
    http: 429,
    meaning:
      "A budget of the day is used up; nothing that would use more is begun before midnight UTC.",
    hint: "See what is left: agentpool budget",
  },
  confirmation_required: {
    exit: 6,
    http: 403,
    meaning: "A dangerous action needs the yes of a person, and nobody could be asked.",
  },
  confirmation_refused: {
    exit: 6,
    http: 403,
    meaning: "The person who was asked said no; nothing was done.",
  },
  own_approval: {
    exit: 6,
    http: 403,
    meaning: "Whoever asked for an approval, or acts for who did, cannot decide it.",
  },
  not_decider: {
    exit: 6,
    http: 403,
    meaning: "An agent decides only what those ask whom it started, or whose run it leads.",
  },
  policy_blocked: { exit: 6, http: 403, meaning: "A policy refuses this." },
  session_token_forged: {
    exit: 6,
    http: 401,
    meaning: "The session token was never given out, or to another session than the one that asks.",
    hint: "Unset AGENTPOOL_SESSION_TOKEN_FILE, unless the agent of that session asks.",
  },
  session_token_stale: {
    exit: 6,
    http: 401,
    meaning: "The session token belongs to an earlier process of its session.",
    hint: "Unset AGENTPOOL_SESSION_TOKEN_FILE, or let the session's present agent ask.",
  },
  tool_refused: {
    exit: 6,
    http: 403,
    meaning: "The toolset of the session that asks does not hold this; the refusal is recorded.",
    hint: "Leave it to whoever started the session.",
  },
  other_run: {
    exit: 6,
    http: 403,
    meaning: "The thing belongs to another run than the session that asks.",
    hint: "Name what belongs to your own run, or leave it to whoever started that one.",
  },
  usage_policy_blocked: {
    exit: 6,
    http: 429,
    meaning: "The newest usage of the account has a status that the configuration refuses.",
  },
  turn_limit_reached: {
    exit: 6,
    http: 409,
    meaning: "The session was sent as many texts as it was allowed.",
  },
  session_timeout: {
    exit: 6,
    http: 409,
    meaning: "The session was ended because its time was over.",
  },
  quota_low: {
    exit: 6,
    http: 429,
    meaning: "The account has less of its quota left than the configuration asks for.",
  },
  // 124, 130
  wait_timed_out: {
    exit: 124,
    http: 408,
    meaning: "The wait ended before what it waited for.",
    hint: "Try again, with more time.",
  },
  interrupted: { exit: 130, http: 499, meaning: "The command was interrupted." },
  // 1: it was tried and failed
  card_failed: { exit: 1, http: 500, meaning: "The picture of the statistics could not be drawn." },
  spawn_failed: {
    exit: 1,
    http: 502,
    meaning: "The agent could not be started.",
    hint: "agentpool doctor",
  },
  terminal_failed: {
    exit: 1,
    http: 502,
    meaning: "tmux refused or did not answer.",
    hint: "agentpool doctor",
  },
  answer_unconfirmed: {
    exit: 1,
    http: 502,
    meaning: "The answer was given and the agent has not shown that it took it.",
  },
  interrupt_unconfirmed: {
    exit: 1,
    http: 502,
    meaning: "The interrupt was sent and the agent has not shown that it stopped.",
  },
  supervisor_unreachable: {
    exit: 1,
    http: 503,
    meaning: "The supervisor could not be started.",
    hint: "agentpool doctor",
  },
  store_newer: { exit: 1, http: 500, meaning: "The store was written by a newer agentpool." },
  store_read_only: { exit: 1, http: 500, meaning: "The store cannot be written." },
  store_failed: {
    exit: 1,
    http: 500,
    meaning: "The store failed.",
    hint: "agentpool doctor",
  },
  disk_full: {
    exit: 1,
    http: 507,
    meaning: "No space is left where agentpool keeps its state.",
    hint: "Make room, then try again.",
  },
  usage_unknown: {
    exit: 1,
    http: 502,
    meaning: "What is left of a quota could not be asked for, or the answer was not understood.",
    hint: "agentpool doctor",
  },
  export_broken: {
    exit: 1,
    http: 422,
    meaning: "An exported file of events was changed, cut or put together anew.",
  },
  worktree_script_failed: {
    exit: 1,
    http: 502,
    meaning: "The setup or teardown script of a worktree failed.",
  },
  git_failed: {
    exit: 1,
    http: 502,
    meaning: "git failed.",
    hint: "agentpool doctor",
  },
  exec_failed: {
    exit: 1,
    http: 502,
    meaning: "A program that agentpool calls failed.",
    hint: "agentpool doctor",
  },
  internal: { exit: 70, http: 500, meaning: "A bug in agentpool." },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof kinds;

export const errorKinds: Readonly<Record<ErrorCode, ErrorKind>> = kinds;

export interface ErrorParts {
  /** Why it happened: the fact behind the failure. */
  readonly why?: string;
  /** What to type or do next. */
  readonly hint?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

function kindOf(code: ErrorCode): ErrorKind {
  return kinds[code];
}

/** The shape of every error on every wire: CLI `--json`, HTTP and MCP. */
export interface ErrorBody {
  readonly code: ErrorCode;
  readonly message: string;
  readonly why?: string;
  readonly hint?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

const brand = Symbol.for("agentpool.error");

/** The one error class. `message` says what failed, with the value; `why` and `hint` follow. */
export class AgentpoolError extends Error {
  /** Holds across copies of this class: the command line is a bundle with a copy of its own. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && brand in value;
  }

  readonly [brand] = true;
  readonly code: ErrorCode;
  readonly why: string | undefined;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, parts: ErrorParts = {}) {
    super(message, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = "AgentpoolError";
    this.code = code;
    this.why = parts.why;
    this.hint = parts.hint ?? kindOf(code).hint;
    this.details = parts.details;
  }

  get exitCode(): number {
    return errorKinds[this.code].exit;
  }

  toBody(): ErrorBody {
    return {
      code: this.code,
      message: this.message,
      ...(this.why === undefined ? {} : { why: this.why }),
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.details === undefined ? {} : { details: this.details }),
    };
  }

  /** Rebuilds an error that came over a wire; an unknown code becomes `internal`. */
  static fromBody(body: ErrorBody): AgentpoolError {
    const code = body.code in kinds ? body.code : "internal";
    return new AgentpoolError(code, body.message, {
      ...(body.why === undefined ? {} : { why: body.why }),
      ...(body.hint === undefined ? {} : { hint: body.hint }),
      ...(body.details === undefined ? {} : { details: body.details }),
    });
  }

  /** Wraps whatever was thrown; anything that is not ours is a bug of ours. */
  static from(thrown: unknown): AgentpoolError {
    if (thrown instanceof AgentpoolError) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new AgentpoolError("internal", message, { cause: thrown });
  }
}

/** What failed and why, in one line, for where there is no room for parts. */
export function messageWithWhy({ message, why }: AgentpoolError): string {
  return why === undefined ? message : `${message}: ${why}`;
}
