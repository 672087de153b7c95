import type { Session, TerminalPlace } from "../../domain/session.ts";
import type { Home } from "../../platform/home.ts";
import type { Machine, ProcessIdentity } from "../../runtime/machine.ts";

/**
 * Something of ours that nobody looks after any more: its session is over, or the store does not
 * know it. Found by reading alone.
 */
export type Orphan = PaneOrphan | ProcessOrphan | WorktreeOrphan | BranchOrphan | FileOrphan;

interface Found {
  readonly sessionId: string | null;
  /** What it is called: a path, a branch, a pane, a process. */
  readonly what: string;
  /** Why nobody looks after it. */
  readonly because: string;
  /** Why it stays all the same; null where it may go. */
  readonly stays: string | null;
}

export interface PaneOrphan extends Found {
  readonly kind: "pane";
  readonly place: TerminalPlace;
}

export interface ProcessOrphan extends Found {
  readonly kind: "process";
  readonly process: ProcessIdentity;
}

export interface WorktreeOrphan extends Found {
  readonly kind: "worktree";
  readonly path: string;
  /** A repository that knows of it, where it can be told. */
  readonly repoPath: string | null;
}

export interface BranchOrphan extends Found {
  readonly kind: "branch";
  readonly repoPath: string;
  readonly ref: string;
  readonly tip: string;
}

export interface FileOrphan extends Found {
  readonly kind: "files";
  /** Nothing but what goes is in the session's folder: it goes, too. */
  readonly wholeFolder: boolean;
}

/** What is looked at, and whom is asked; a supervisor has all of it, `doctor` its own. */
export interface OrphanSearch {
  readonly machine: Machine;
  readonly home: Home;
  readonly now: number;
  readonly session: (id: string) => Promise<Session | undefined>;
  /** Folders sessions were given to work in, each once. */
  readonly repoPaths: () => Promise<readonly string[]>;
  /** Every pane with a tag of ours; undefined where no tmux server of ours runs. */
  readonly panes: () => Promise<readonly TaggedPane[] | undefined>;
}

export interface TaggedPane {
  readonly sessionId: string;
  readonly place: TerminalPlace;
  readonly dead: boolean;
}

/** Ids of sessions as they stand at the end of names, `-a2` for later attempts. */
export const sessionIdAtEnd = /(ap_[0-9a-f]{12})(?:-a\d+)?$/;
