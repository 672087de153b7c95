import type { TerminalPlace } from "../domain/session.ts";

/**
 * Where the terminals of sessions live. One implementation: tmux. Promised:
 * - Every write is guarded by the epoch inside the terminal server itself; a holder whose epoch
 *   is stale types nothing, whatever it tries (`stale_epoch`).
 * - `open` never loses the first output: log and pane begin in one step.
 * - Events may be merged but not lost: after a gap, `lost` or `resynced` is emitted and the
 *   caller asks `list` again.
 */
export interface TerminalHost {
  /** Makes sure the server runs and the control connection stands. Idempotent. */
  connect(): Promise<void>;

  /** Opens a pane whose process is the agent itself. */
  open(spec: OpenTerminal): Promise<TerminalPlace>;

  /** Every pane that carries a session tag, dead ones included. */
  list(): Promise<readonly TerminalInfo[]>;

  /** The visible screen, with its colours. Undefined when the pane is gone. */
  capture(place: TerminalPlace): Promise<CapturedScreen | undefined>;

  /**
   * Pastes text (bracketed when the program asked for it, byte-exact, any size) and sets the
   * delivery mark, in one guarded step. Nothing is typed when a precondition fails. A text over
   * the limit is written at once as several pastes, which are bracketed in any case.
   */
  paste(place: TerminalPlace, text: string, options: PasteOptions): Promise<StepResult>;

  /** Presses keys in tmux's spelling and sets the mark, if any, in one guarded step. */
  press(place: TerminalPlace, keys: readonly string[], options?: PressOptions): Promise<StepResult>;

  /** The last delivery mark of the pane. */
  mark(place: TerminalPlace): Promise<DeliveryMark | undefined>;

  /** What a person needs to look into, or type into, this one pane. */
  viewer(place: TerminalPlace, options: { readonly write: boolean }): Promise<ViewerInfo>;

  /** Kills the pane and its window. Its log stays. */
  close(place: TerminalPlace): Promise<void>;

  /** Restarts logging of a pane whose log writer died. */
  relog(place: TerminalPlace, logFolder: string): Promise<void>;

  on<E extends keyof TerminalEvents>(event: E, listener: TerminalEvents[E]): () => void;

  /** Ends the control connection by closing its input; the server and all agents live on. */
  disconnect(): Promise<void>;
  /** Ends the server itself. @throws conflict while a session lives in it */
  shutdown(): Promise<void>;
  /**
   * Ends the server with all that lives in it, for when nobody can find it any more. Goes by the
   * connection that stands and never by the server's address, where a successor's may be by now.
   */
  endUnreachable(): Promise<void>;
}

export interface OpenTerminal {
  readonly sessionId: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  /** Added to the server's own allow-listed environment; passed on the control connection only. */
  readonly env: Readonly<Record<string, string>>;
  readonly cols: number;
  readonly rows: number;
  /** Folder for `terminal.<n>.log`; created 0700. */
  readonly logFolder: string;
}

export interface TerminalInfo {
  readonly sessionId: string;
  readonly place: TerminalPlace;
  readonly dead: boolean;
  /** Null while alive, and while tmux has not reaped the process yet. */
  readonly exitCode: number | null;
  readonly exitSignal: string | null;
  /** In copy mode or another mode that swallows keys. */
  readonly inMode: boolean;
  /** The log writer runs. */
  readonly logging: boolean;
  readonly title: string;
  readonly cols: number;
  readonly rows: number;
}

export interface CapturedScreen {
  readonly cols: number;
  readonly rows: number;
  /**
   * Rows from the top, with SGR escapes, without trailing blanks. Attributes carry over from one
   * row to the next until they are reset.
   */
  readonly lines: readonly string[];
  readonly cursor: { readonly x: number; readonly y: number; readonly visible: boolean };
  readonly title: string;
  readonly alternate: boolean;
  readonly inMode: boolean;
  /** When a person with write access last pressed a key in this pane, else null. */
  readonly lastPersonInputAt: number | null;
}

export interface PasteOptions {
  readonly mark: DeliveryMark;
  /** The text is pasted only while each of these lines is on the visible screen. */
  readonly onlyWhileVisible?: readonly string[];
  readonly limit?: PasteLimit;
}

/** How much one paste may hold. */
export interface PasteLimit {
  /** One more than the line ends in it; at least 2. */
  readonly lines: number;
  /** In UTF-16 units. */
  readonly characters: number;
}

export interface DeliveryMark {
  readonly deliveryId: string;
  readonly stage: "pasted" | "submitted";
}

export interface PressOptions {
  readonly mark?: DeliveryMark;
  /** The keys are pressed only while each of these lines is on the visible screen. */
  readonly onlyWhileVisible?: readonly string[];
}

/** `refused` means that nothing at all was typed. */
export type StepResult =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly reason: "stale_epoch" | "pane_gone" | "pane_dead" | "in_mode" | "not_visible";
    };

export interface ViewerInfo {
  /** argv to run in the person's terminal. */
  readonly argv: readonly string[];
  readonly detachKeys: string;
}

export interface TerminalEvents {
  /** The pane wrote something. `text` is what it wrote, escapes included; may be a part only. */
  readonly output: (sessionId: string, text: string) => void;
  /**
   * The pane's process ended; ask `list` for the exit code. What it wrote last may not have been
   * told by `output`; screen and log hold it.
   */
  readonly died: (sessionId: string) => void;
  /** The pane or its window is gone. */
  readonly closed: (sessionId: string) => void;
  readonly bell: (sessionId: string) => void;
  readonly title: (sessionId: string, title: string) => void;
  /** Output was dropped for this pane; what it shows now must be read anew. */
  readonly resynced: (sessionId: string) => void;
  /** The log writer of a living pane died (disk full); output is missing until `relog`. */
  readonly unlogged: (sessionId: string) => void;
  /** The server or the connection to it is gone. */
  readonly lost: (because: string) => void;
}
