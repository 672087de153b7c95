import { StringDecoder } from "node:string_decoder";
import type { TerminalPlace } from "../../domain/session.ts";
import type { TerminalInfo } from "../terminal.ts";
import type { PaneFacts } from "./panes.ts";
import { createSignalReader, type SignalReader } from "./terminal-signals.ts";

/** What is remembered of a pane between two looks. */
export interface KnownPane {
  readonly sessionId: string;
  place: TerminalPlace;
  dead: boolean;
  logging: boolean;
  /** When its window last wrote, in tmux's terms. */
  activity: string;
  title: string;
  /** Output is cut anywhere, also within a character. */
  decoder: StringDecoder;
  readonly signals: SignalReader;
  /** The wait for the exit code of a dead pane; kept, so that it is waited for once. */
  settling: Promise<void> | undefined;
}

/** A pane that lives and is logged. */
export function newPane(sessionId: string, place: TerminalPlace): KnownPane {
  return {
    sessionId,
    place,
    dead: false,
    logging: true,
    activity: "",
    title: "",
    decoder: new StringDecoder("utf8"),
    signals: createSignalReader(),
    settling: undefined,
  };
}

/** Forgets what it was in the middle of reading. */
export function afterGap(known: KnownPane): void {
  known.decoder = new StringDecoder("utf8");
  known.signals.reset();
}

export function infoOf(known: KnownPane, facts: PaneFacts): TerminalInfo {
  const { dead, exitCode, exitSignal, inMode, logging, title, cols, rows } = facts;
  const { sessionId, place } = known;
  return { sessionId, place, dead, exitCode, exitSignal, inMode, logging, title, cols, rows };
}
