import { createHash } from "node:crypto";
import { tmpdir, userInfo } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { AgentpoolError } from "../domain/errors.ts";

/** Where agentpool keeps everything: one folder, 0700. */
export interface Home {
  readonly root: string;
  readonly database: string;
  readonly lock: string;
  readonly supervisorSocket: string;
  /** Who holds the role: pid, start token, version, epoch. */
  readonly supervisorFacts: string;
  /** For which version the last holder left, and until when. */
  readonly handover: string;
  readonly tmuxSocket: string;
  /** Tokens of live sessions, one file each, 0600. */
  readonly tokens: string;
  /** Programs that agents find by their names. */
  readonly programs: string;
  readonly worktrees: string;
  readonly providers: string;
  /** What a person adds to the models of providers. */
  readonly models: string;
  /** What the person decided: `AGENTPOOL_CONFIG`, else `config.yaml`. */
  readonly config: string;
  /** A person's words on whom to ask for what; for agents to read. */
  readonly preferences: string;
  /** Roles a person defines, a Markdown file each. */
  readonly profiles: string;
  /** What a person adds to the prices of models. */
  readonly prices: string;
  /** Pictures of statistics. */
  readonly cards: string;
  readonly log: string;
  /** What a supervisor says before it can write its log. */
  readonly bootLog: string;
  readonly binaryCache: string;
  /** Names the files that were put into a session's work folder for its agent. */
  readonly workFiles: (id: string) => string;
  readonly session: (id: string) => SessionFolder;
  /** The folder of one run, 0700. */
  readonly run: (id: string) => string;
  /** The folder of one group of workers, 0700. */
  readonly workerGroup: (id: string) => string;
}

/** The folder of one session, 0700. */
export interface SessionFolder {
  readonly root: string;
  /** Hook payloads on their way in. */
  readonly spool: string;
  /** What the pane wrote, raw: `terminal.<n>.log`. */
  readonly terminal: string;
  /** Files the agent CLI reads. */
  readonly agent: string;
  /** Logs of an agent that keeps its conversations where it is told; they outlive its process. */
  readonly conversations: string;
  /** Exact bytes of texts not yet delivered. */
  readonly outbox: string;
  readonly artifacts: string;
  /** Objects of the base snapshot where they must not go into the user's repository. */
  readonly objects: string;
  /** Everything a start or restart needs, environment values included. */
  readonly launch: string;
}

/** Unix socket paths longer than this do not fit into the kernel's address everywhere. */
const maxSocketPathBytes = 100;

/** What the kernel shows there are no files; Node's `mkdir` does not come back from it. */
const noPlace = /^\/(?:proc|sys)(?:\/|$)/;

/** The home in force: `AGENTPOOL_HOME`, else `~/.agentpool`. @throws invalid_config */
export function homeFrom(env: Readonly<Record<string, string | undefined>>): Home {
  const named = env["AGENTPOOL_HOME"];
  const root =
    named !== undefined && named !== ""
      ? resolve(named)
      : join(
          env["HOME"] && isAbsolute(env["HOME"]) ? env["HOME"] : userInfo().homedir,
          ".agentpool",
        );
  if (noPlace.test(root)) {
    throw new AgentpoolError("invalid_config", `${root} is no place for a home`, {
      why: "Nothing can be kept there.",
      hint: "Set AGENTPOOL_HOME to a folder on a local disk.",
    });
  }
  const sockets = { runtimeFolder: env["XDG_RUNTIME_DIR"], tempFolder: tmpdir() };
  return {
    root,
    database: join(root, "state", "agentpool.db"),
    lock: join(root, "state", "supervisor.lock.db"),
    supervisorSocket: socketPath(root, "supervisor.sock", sockets),
    supervisorFacts: join(root, "run", "supervisor.json"),
    handover: join(root, "run", "handover.json"),
    tmuxSocket: socketPath(root, "tmux.sock", sockets),
    tokens: join(root, "run", "tokens"),
    programs: join(root, "run", "bin"),
    worktrees: join(root, "worktrees"),
    providers: join(root, "providers"),
    models: join(root, "models"),
    prices: join(root, "prices.json"),
    cards: join(root, "cards"),
    config: configFile(root, env["AGENTPOOL_CONFIG"]),
    preferences: join(root, "preferences.md"),
    profiles: join(root, "profiles"),
    log: join(root, "log", "supervisor.log"),
    bootLog: join(root, "log", "supervisor.log.boot"),
    binaryCache: join(root, "cache", "binaries.json"),
    workFiles: (id) => join(root, "sessions", id, "work-files.txt"),
    session: (id) => sessionFolder(join(root, "sessions", id)),
    run: (id) => join(root, "runs", id),
    workerGroup: (id) => join(root, "workers", id),
  };
}

function configFile(root: string, named: string | undefined): string {
  return named === undefined || named === "" ? join(root, "config.yaml") : resolve(named);
}

/** Concatenated, since a list of sessions asks for hundreds of these in a command's first instant. */
function sessionFolder(root: string): SessionFolder {
  return {
    root,
    spool: `${root}/spool`,
    terminal: `${root}/terminal`,
    agent: `${root}/agent`,
    conversations: `${root}/conversations`,
    outbox: `${root}/outbox`,
    artifacts: `${root}/artifacts`,
    objects: `${root}/objects`,
    launch: `${root}/launch.json`,
  };
}

/**
 * Where a socket of this home lies: in the home, or, where that path would be too long for the
 * kernel, under the runtime or temp folder by a hash of the home. The same home always gives the
 * same path.
 */
export function socketPath(
  root: string,
  name: string,
  folders: { readonly runtimeFolder: string | undefined; readonly tempFolder: string },
): string {
  const inHome = join(root, "run", name);
  if (Buffer.byteLength(inHome) < maxSocketPathBytes) return inHome;
  const hash = createHash("sha256").update(root).digest("hex").slice(0, 12);
  const inRuntime = folders.runtimeFolder
    ? join(folders.runtimeFolder, `agentpool-${hash}`, name)
    : undefined;
  if (inRuntime !== undefined && Buffer.byteLength(inRuntime) < maxSocketPathBytes) {
    return inRuntime;
  }
  const inTemp = join(folders.tempFolder, `agentpool-${process.getuid?.() ?? 0}-${hash}`, name);
  return Buffer.byteLength(inTemp) < maxSocketPathBytes
    ? inTemp
    : join("/tmp", `agentpool-${hash}`, name);
}
